using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>By the silo's clock, a run ends for its hard deadline, and a lease is missed, never before that deadline; and while nothing is disturbed, an
/// open run is ended at most a second after it.</summary>
/// <remarks>Undisturbed means that in the time before the deadline no fault was injected that holds work up: a call whose answer is lost is only known
/// to be lost after the response timeout, so no market can promise a second then. That it ends at all is <see cref="EveryRequestEnds"/>.</remarks>
internal sealed class DeadlinesAreKept : Invariant
{
    /// <summary>How late a deadline's action may be.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    /// <summary>After so long nothing follows from a fault any more: a delayed call has arrived, a lost one has timed out and was repeated, what a dead
    /// silo had open was woken by the reminder.</summary>
    public static readonly TimeSpan FaultsEchoFor = TimeSpan.FromMinutes(3);

    private readonly PriorityQueue<string, DateTimeOffset> _deadlines = new();

    public override string Name => "deadline-never-early-nor-late";

    public override bool WatchesSteps => true;

    public override void Changed(DurableChange change, MarketView market)
    {
        if (change is not RunChanged { Before: var before, After: var run }) return;
        // The requester's, whatever the run was ordered; a stage that others may follow has a deadline of its own.
        var spec = market.Records.Bodies.GetValueOrDefault(run.Run.Order.RequestId)?.Spec;
        var deadline = spec is { Fallbacks.IsEmpty: true, Mechanism: not null } ? spec.HardDeadline : run.Run.Order.HardDeadline;
        if (before is null) _deadlines.Enqueue(change.Key, deadline);
        CheckMisses(change.Key, before?.Run, run.Run, market);
        if (before?.Run.Report is not null || run.Run.Report is not { } report) return;

        // An auction is over when everybody in its ranking has had a chance; the others wait for somebody until the end.
        var isForDeadline = report.Reason is ReasonCode.NobodyJoined or ReasonCode.NobodyDelivered && run is not SealedBidRunState;
        if (isForDeadline && (market.Now < deadline || report.EndedAt < deadline))
            Broken(market, $"run {change.Key} to end for its deadline not before {deadline:O}", $"{report.EndedAt:O}, written at {market.Now:O}");
        foreach (var lease in report.Leases)
        {
            // Leases of some mechanisms end before the request does; those that were missed then have been judged then, by the clock of that time.
            if (lease is not { Outcome: LeaseOutcome.Miss, Reason: ReasonCode.LeaseMissed } || run.Run.Participants[lease.ProverId].Status == ParticipantStatus.Missed) continue;
            var by = lease.Deadline < deadline ? lease.Deadline : deadline;
            if (report.EndedAt < by) Broken(market, $"the lease of {lease.ProverId} in run {change.Key} missed not before {by:O}", $"{report.EndedAt:O}");
        }
    }

    private void CheckMisses(string key, RunState? before, RunState after, MarketView market)
    {
        foreach (var (prover, participant) in after.Participants)
        {
            if (participant.Status != ParticipantStatus.Missed || before?.Participants.GetValueOrDefault(prover)?.Status == ParticipantStatus.Missed) continue;
            var by = RunRules.TermsOf(after, participant).Deadline;
            if (market.Now < by) Broken(market, $"the lease of {prover} in run {key} missed not before {by:O}", $"{market.Now:O}");
        }
    }

    public override void Stepped(MarketView market)
    {
        while (_deadlines.TryPeek(out var run, out var deadline) && market.Now > deadline + Tolerance)
        {
            _deadlines.Dequeue();
            if (market.Records.Runs[run].Run.Report is null && market.DisturbedAt < deadline - FaultsEchoFor)
                Broken(market, $"run {run} ended by {deadline + Tolerance:O}", $"open at {market.Now:O}");
        }
    }
}
