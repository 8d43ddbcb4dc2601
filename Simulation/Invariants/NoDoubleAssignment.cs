using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>A task is not given to more provers than its mechanism means to: a race has at most as many racing as it takes. A lease is granted once,
/// to a prover that its run has durably noted before, so that none is ever forgotten; and it does not come back after it has ended.</summary>
/// <remarks>The registry may hold more leases of a run than the run has places: a reservation that was repeated late is granted although the run
/// counts its prover as refused. It is released with the run, so what is limited is who races.</remarks>
internal sealed class NoDoubleAssignment : Invariant
{
    private readonly HashSet<string> _granted = new(StringComparer.Ordinal);

    public override string Name => "no-double-assignment";

    public override void Changed(DurableChange change, MarketView market)
    {
        switch (change)
        {
            case RaceChanged { After: var race }:
                var racing = 0;
                foreach (var participant in race.Participants)
                {
                    if (participant.Value.Status is ParticipantStatus.Joining or ParticipantStatus.Proving) racing++;
                }
                if (racing > race.Parameters.Participants) Broken(market, $"at most {race.Parameters.Participants} racing in run {change.Key}", $"{racing}");
                break;
            case ProverChanged { Before: var before, After: var after } when before is null || !ReferenceEquals(before.Leases, after.Leases):
                foreach (var lease in after.Leases.Keys)
                {
                    if (before?.Leases.ContainsKey(lease) != true) Check(change.Key, lease, market);
                }
                break;
        }
    }

    private void Check(string prover, string lease, MarketView market)
    {
        if (!_granted.Add(lease)) Broken(market, $"lease {lease} granted once", "granted again after it had ended");
        var run = lease[..^(prover.Length + 1)];
        if (market.Records.Races.GetValueOrDefault(run)?.Participants.ContainsKey(prover) != true)
            Broken(market, $"run {run} to have noted prover {prover} before a lease is granted", "it has not");
    }
}
