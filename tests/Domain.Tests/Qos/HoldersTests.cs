using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Qos;

namespace ProvingMarket.Domain.Tests.Qos;

/// <summary>How many independent provers held the work of a request.</summary>
public sealed class HoldersTests
{
    [Fact]
    public void Identities_of_one_account_count_once() =>
        Assert.Equal(2, RealisedQos.HoldersOf([.. Enumerable.Range(0, 16).Select(i => Lease($"sybil-{i}", "one")), Lease("other", "two", LeaseOutcome.Complete, ReasonCode.Won)]));

    [Fact]
    public void Without_an_account_each_prover_counts() => Assert.Equal(2, RealisedQos.HoldersOf([Lease("p1", ""), Lease("p2", "")]));

    [Theory]
    [InlineData(LeaseOutcome.Complete, ReasonCode.Won, null, 1)]
    [InlineData(LeaseOutcome.Cancel, ReasonCode.Outraced, null, 1)]
    [InlineData(LeaseOutcome.Cancel, ReasonCode.RunClosed, null, 0)]
    [InlineData(LeaseOutcome.Decline, ReasonCode.PriceBelowAsk, null, 0)]
    [InlineData(LeaseOutcome.Lapse, ReasonCode.LeaseLapsed, null, 0)]
    [InlineData(LeaseOutcome.Miss, ReasonCode.LeaseMissed, null, 1)]
    [InlineData(LeaseOutcome.Miss, ReasonCode.LeaseMissed, 1, 1)]
    [InlineData(LeaseOutcome.Miss, ReasonCode.ProofInvalid, null, 1)]
    [InlineData(LeaseOutcome.Miss, ReasonCode.BidNotRevealed, 1, 0)]
    [InlineData(LeaseOutcome.Miss, ReasonCode.WorkerDraining, 1, 0)] // gave it back at a price
    public void Whoever_could_have_delivered_counts(LeaseOutcome outcome, ReasonCode reason, int? penalty, int holders) =>
        Assert.Equal(holders, RealisedQos.HoldersOf([Lease("p1", "one", outcome, reason) with { Penalty = penalty is { } credits ? Credits.Whole(credits) : null }]));

    private static LeaseEnding Lease(string prover, string account, LeaseOutcome outcome = LeaseOutcome.Cancel, ReasonCode reason = ReasonCode.Outraced) => new()
    {
        ProverId = prover, Account = account, Outcome = outcome, Reason = reason, Bond = Credits.Whole(2), Deadline = Samples.Hard,
    };
}
