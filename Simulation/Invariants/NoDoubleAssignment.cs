using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>A task is not given to more provers than its mechanism means to (<see cref="Places"/>). A lease is granted once,
/// to a prover that its run has durably noted before, so that none is ever forgotten; and it does not come back after it has ended.</summary>
/// <remarks>The registry may hold more leases of a run than the run has places: a reservation that was repeated late is granted although the run
/// counts its prover as refused. It is released with the run, so what is limited is who works.</remarks>
internal sealed class NoDoubleAssignment : Invariant
{
    private readonly HashSet<string> _granted = new(StringComparer.Ordinal);

    public override string Name => "no-double-assignment";

    public override void Changed(DurableChange change, MarketView market)
    {
        switch (change)
        {
            case RunChanged { After: var run }:
                var (most, at) = Places.Of(run);
                var found = run.Run.Participants.Values.Count(participant => at.Contains(participant.Status));
                if (found > most) Broken(market, $"at most {most} at work in run {change.Key}", $"{found}");
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
        if (market.Records.Runs.GetValueOrDefault(run)?.Run.Participants.ContainsKey(prover) != true)
            Broken(market, $"run {run} to have noted prover {prover} before a lease is granted", "it has not");
    }
}
