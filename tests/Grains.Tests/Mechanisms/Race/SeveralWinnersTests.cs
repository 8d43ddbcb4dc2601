using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Requests;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Race;

public sealed class SeveralWinnersTests
{
    [Fact]
    public async Task Winners_share_the_reward_and_the_race_is_over_with_the_last_place()
    {
        await using var market = await MarketAsync(funds: 100);
        var (one, two, three) = (await market.ProverAsync("p1"), await market.ProverAsync("p2"), await market.ProverAsync("p3"));
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("winners", "2"), ("split", "25"), ("hold", "20")) });
        var assignment = await one.TakeAsync("r1");
        await two.TakeAsync("r1");
        await three.TakeAsync("r1");

        Assert.Equal(Credits(8), (await two.DeliverAsync("r1", assignment)).Reward);
        // Kept back: nothing is released before the second place is taken.
        Assert.Equal(ReasonCode.ProofNotAvailable, (await market.Request("r1").GetProofAsync()).Refusal!.Code);
        Assert.Null((await market.Run("r1").GetProgressAsync()).Report);
        Assert.Equal(Credits(8), (await two.DeliverAsync("r1", assignment)).Reward);
        Assert.Equal(Credits(2), (await one.DeliverAsync("r1", assignment)).Reward);
        Assert.Equal(ReasonCode.RunWon, (await three.DeliverAsync("r1", assignment)).Refusal!.Code);

        var status = await market.EndsAsync("r1");
        Assert.Equal((RequestPhase.Fulfilled, "p2", Credits(10)), (status.Phase, status.ProverId, status.Paid));
        Assert.Equal((Credits(2), Credits(8)), (await market.AvailableAsync("p1-account"), await market.AvailableAsync("p2-account")));
        await Audit.AtRestAsync(market);
        var run = market.Disk.All<RaceState>("race")["r1/0"].Run;
        Assert.Null(RaceAudit.Check(run.Order, run.Transcript));
    }

    [Fact]
    public async Task The_first_proof_is_released_when_it_has_been_held_back_long_enough()
    {
        await using var market = await MarketAsync(funds: 100);
        var (one, two) = (await market.ProverAsync("p1"), await market.ProverAsync("p2"));
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("winners", "2"), ("split", "25"), ("hold", "20")) });
        var assignment = await one.TakeAsync("r1");
        await two.TakeAsync("r1");
        await one.DeliverAsync("r1", assignment);
        await market.AdvanceAsync(TimeSpan.FromSeconds(19.9));
        Assert.False((await market.StatusAsync("r1")).Phase.IsFinal());
        await market.AdvanceAsync(TimeSpan.FromSeconds(0.2));
        Assert.Equal(Credits(8), (await market.EndsAsync("r1")).Paid);
        Assert.Equal(Credits(92), await market.AvailableAsync("alice"));
        Assert.Equal(ReasonCode.RunWon, (await two.DeliverAsync("r1", assignment)).Refusal!.Code);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task Nobody_joins_once_there_is_a_proof_and_nobody_is_waited_for_who_is_not_at_work()
    {
        await using var market = await MarketAsync(funds: 100);
        var (one, two, late) = (await market.ProverAsync("p1"), await market.ProverAsync("p2"), await market.ProverAsync("late"));
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("winners", "2"), ("hold", "50")) });
        var assignment = await one.TakeAsync("r1");
        await two.TakeAsync("r1");
        await one.DeliverAsync("r1", assignment);
        Assert.Equal(ReasonCode.RunWon, (await late.JoinAsync("r1")).Refusal!.Code);
        await two.DeclineAsync("r1");
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_delivered_proof_is_paid_although_the_requester_cancels_while_it_is_held_back()
    {
        await using var market = await MarketAsync(funds: 100);
        var (one, two) = (await market.ProverAsync("p1"), await market.ProverAsync("p2"));
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("winners", "2"), ("split", "0"), ("hold", "50")) });
        var assignment = await one.TakeAsync("r1");
        await two.TakeAsync("r1");
        Assert.Equal(Credits(10), (await one.DeliverAsync("r1", assignment)).Reward);
        await market.CompleteAsync(market.Request("r1").CancelAsync());
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        Assert.Equal(Credits(10), await market.AvailableAsync("p1-account"));
        await Audit.AtRestAsync(market);
    }
}
