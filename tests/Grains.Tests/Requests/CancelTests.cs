using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.RandomElection;
using ProvingMarket.Domain.Requests;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Requests;

public sealed class CancelTests
{
    [Fact]
    public async Task An_unknown_request_cannot_be_cancelled()
    {
        await using var market = await MarketAsync();
        var answer = await market.Request("r1").CancelAsync();
        Assert.Equal((ReasonCode.RequestUnknown, "requestId"), (answer.Refusal!.Code, answer.Refusal.Field));
        Assert.Null(answer.Status);
    }

    [Fact]
    public async Task A_routed_request_is_cancelled_before_anyone_is_invited()
    {
        await using var market = await MarketAsync(funds: 100);
        // The start of an election is written; a race's is not.
        var opening = market.Faults.HoldWrite("random-election", "r1/0");
        await market.SubmitAsync(market.Spec("r1") with { Mechanism = MechanismOf(RandomElectionParameters.MechanismName) });
        await opening.Reached;
        var cancelling = market.Request("r1").CancelAsync();
        opening.Open();
        Assert.Null((await cancelling).Refusal);
        await AssertCancelledAsync(market);
    }

    [Fact]
    public async Task An_open_request_is_cancelled_and_refunded()
    {
        await using var market = await MarketAsync(funds: 100);
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        await prover.InvitedToAsync();
        Assert.Null((await market.Request("r1").CancelAsync()).Refusal);
        await AssertCancelledAsync(market);
        Assert.Equal(ReasonCode.RunClosed, (await prover.StoppedByAsync()).Reason);
    }

    [Fact]
    public async Task Provers_at_work_lose_nothing_when_the_requester_cancels()
    {
        await using var market = await MarketAsync(funds: 100);
        var prover = await market.ProverAsync("p1", stake: 20);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("bond", "5")) });
        var assignment = await prover.TakeAsync("r1");
        await market.Request("r1").CancelAsync();
        await AssertCancelledAsync(market);
        Assert.Equal(Credits(20), (await market.RegistryOf("p1").GetProverAsync("p1"))!.FreeStake);
        Assert.NotNull((await prover.DeliverAsync("r1", assignment)).Refusal);
    }

    [Fact]
    public async Task A_cheat_is_slashed_although_the_requester_cancels()
    {
        await using var market = await MarketAsync(funds: 100);
        var cheat = await market.ProverAsync("cheat", stake: 20);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("bond", "5")) });
        await cheat.DeliverCorruptedAsync("r1", await cheat.TakeAsync("r1"));
        await market.Request("r1").CancelAsync();
        Assert.Equal(RequestPhase.Cancelled, (await market.EndsAsync("r1")).Phase);
        Assert.Equal((Credits(100), Credits(5)), (await market.AvailableAsync("alice"), await market.AvailableAsync("treasury")));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_proof_that_is_being_accepted_wins_over_a_cancellation()
    {
        await using var market = await MarketAsync(funds: 100);
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        var assignment = await prover.TakeAsync("r1");
        var verdict = market.Faults.HoldWrite("race", "r1/0");
        var delivery = prover.DeliverAsync("r1", assignment);
        await verdict.Reached;

        var cancel = await market.Request("r1").CancelAsync();
        Assert.Null(cancel.Refusal);
        Assert.False(cancel.Status!.Phase.IsFinal());
        verdict.Open();

        Assert.Equal(Credits(10), (await delivery).Reward);
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        Assert.Equal(ReasonCode.RequestEnded, (await market.Request("r1").CancelAsync()).Refusal!.Code);
        Assert.Equal(Credits(10), await market.AvailableAsync("p1-account"));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_request_that_settles_cannot_be_cancelled_any_more()
    {
        await using var market = await MarketAsync(funds: 100);
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        var payment = market.Faults.HoldWrite("account", "alice");
        await prover.DeliverAsync("r1", await prover.TakeAsync("r1"));
        await payment.Reached;
        var cancelling = market.Request("r1").CancelAsync();
        payment.Open();
        var answer = await cancelling;
        Assert.Equal((ReasonCode.RequestEnded, "requestId"), (answer.Refusal!.Code, answer.Refusal.Field));
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task Cancelling_again_gives_the_same_and_changes_nothing()
    {
        await using var market = await MarketAsync(funds: 100);
        await market.OpenAsync(market.Spec("r1"));
        var answers = await Task.WhenAll(market.Request("r1").CancelAsync(), market.Request("r1").CancelAsync());
        Assert.All(answers, answer => Assert.Null(answer.Refusal));
        var ended = await AssertCancelledAsync(market);
        var again = await market.Request("r1").CancelAsync();
        Assert.Null(again.Refusal);
        Assert.Equal((RequestPhase.Cancelled, ended.Version), (again.Status!.Phase, again.Status.Version));
    }

    /// <summary>The wish is durable, but whoever wished it was not told.</summary>
    [Fact]
    public async Task Cancelling_again_carries_out_a_wish_that_was_only_written_down()
    {
        await using var market = await MarketAsync(funds: 100);
        await market.OpenAsync(market.Spec("r1"));
        await market.SettleAsync();
        market.Faults.Plan(1, StorageFault.FailAfter);
        await Assert.ThrowsAnyAsync<Exception>(() => market.Request("r1").CancelAsync());
        Assert.Null((await market.Request("r1").CancelAsync()).Refusal);
        await AssertCancelledAsync(market);
    }

    [Fact]
    public async Task An_ended_request_cannot_be_cancelled()
    {
        await using var market = await MarketAsync(funds: 15);
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("won"));
        await prover.DeliverAsync("won", await prover.TakeAsync("won"));
        await market.EndsAsync("won");
        Assert.NotNull((await market.Request("rejected").SubmitAsync(market.Spec("rejected"))).Refusal);
        foreach (var id in new[] { "won", "rejected" })
        {
            var answer = await market.Request(id).CancelAsync();
            Assert.Equal((ReasonCode.RequestEnded, "requestId"), (answer.Refusal!.Code, answer.Refusal.Field));
            Assert.True(answer.Status!.Phase.IsFinal());
        }
    }

    private static async Task<Interfaces.Requests.RequestStatus> AssertCancelledAsync(TestKit.Cluster.MarketCluster market)
    {
        var status = await market.EndsAsync("r1");
        Assert.Equal((RequestPhase.Cancelled, ReasonCode.CancelledByRequester), (status.Phase, status.Outcome));
        Assert.Equal(Domain.Credits.Zero, status.Paid);
        Assert.Equal(Credits(100), await market.AvailableAsync("alice"));
        await Audit.AtRestAsync(market);
        return status;
    }
}
