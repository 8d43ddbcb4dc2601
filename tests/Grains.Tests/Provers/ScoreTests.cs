using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing.Scores;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Provers;

/// <summary>What a prover is told of itself.</summary>
public sealed class ScoreTests
{
    [Fact]
    public async Task It_counts_runs_once_says_why_not_and_what_would_have_won_them_and_writes_nothing()
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("able", stake: 50, conduct: Conduct.Good, offer: Offer("able") with { Hardware = ["gpu"] });
        await market.ProverAsync("plain", stake: 50, conduct: Conduct.Good, offer: Offer("plain") with { AvailabilityPercent = 50 });
        await market.SubmitAsync(market.Spec("r1") with { Constraints = new RequestConstraints { Hardware = ["gpu"] } });
        await market.AdvanceAsync(TimeSpan.FromSeconds(40));
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        await market.SettleAsync();

        var able = (await market.Prover("able").GetScoreAsync()).Score!;
        Assert.Equal((1, 1, 1L), (able.Tally.Runs, able.Tally.Leases, able.Completed));
        Assert.Empty(able.Tally.LeftOut);
        Assert.Single(able.Tally.Times);
        Assert.Equal(1, able.Invitations.Invited["race"]);
        Assert.Equal(1, able.Reached);

        var plain = (await market.Prover("plain").GetScoreAsync()).Score!;
        Assert.Equal((1, 1, 0), (plain.Tally.Runs, plain.Tally.LeftOut[ReasonCode.HardwareMissing], plain.Tally.Leases));
        Assert.Equal((0, true), (plain.Reached, plain.IsLive));
        var change = Assert.Single(plain.Improvements);
        Assert.Equal((ImprovementKind.Hardware, "hardware gpu", 1), (change.Kind, change.Change, change.Gains));
        Assert.True(plain.Commitments.Single(commitment => commitment.Kind == CommitmentKind.Availability).IsKept);
    }

    [Fact]
    public async Task One_that_never_connected_is_unknown_and_one_that_left_is_told_to_come_back()
    {
        await using var market = await MarketAsync();
        Assert.Equal(ReasonCode.ProverUnknown, (await market.Prover("nobody").GetScoreAsync()).Refusal?.Code);
        var gone = await market.ProverAsync("gone", stake: 50);
        await market.SubmitAsync(market.Spec("r1"));
        await market.AdvanceAsync(TimeSpan.FromSeconds(3));
        await market.Prover("gone").DisconnectAsync(gone.Session);
        var score = (await market.Prover("gone").GetScoreAsync()).Score!;
        Assert.Equal((false, 0), (score.IsLive, score.Reached));
        Assert.Equal(ImprovementKind.Availability, score.Improvements[0].Kind);
    }
}
