using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Requests;

public sealed class ExpiryTests
{
    [Fact]
    public async Task A_request_nobody_could_take_says_why_and_is_refunded()
    {
        await using var market = await MarketAsync(funds: 100);
        var other = await market.AddProgramAsync(TestProofSystem.Program("other"));
        await market.ProverAsync("denied", stake: 50);
        await market.ProverAsync("other-program", stake: 50, offer: Offer("other-program") with { Programs = [other], Hardware = ["gpu"] });
        await market.ProverAsync("no-gpu", stake: 50);
        await market.ProverAsync("poor", stake: 2, offer: Offer("poor") with { Hardware = ["gpu"] });
        await market.ProverAsync("careful", stake: 50, offer: Offer("careful") with { Hardware = ["gpu"], MaxBond = Credits(1) });
        (await market.ProverAsync("gone-1", stake: 50)).Renews = false;
        (await market.ProverAsync("gone-2", stake: 50)).Renews = false;
        await market.AdvanceAsync(TimeSpan.FromSeconds(31));

        await market.OpenAsync(market.Spec("r1") with
        {
            Mechanism = RaceOf(("bond", "5")), Constraints = new RequestConstraints { DeniedProvers = ["denied"], Hardware = ["gpu"] },
        });
        await market.AdvanceAsync(HardIn);
        var status = await market.EndsAsync("r1");

        Assert.Equal((RequestPhase.Expired, ReasonCode.NobodyJoined), (status.Phase, status.Outcome));
        Assert.Equal(Domain.Credits.Zero, status.Paid);
        Assert.Equal(0, status.Invited);
        Assert.Equal(
            new Dictionary<ReasonCode, int>
            {
                [ReasonCode.StakeInsufficient] = 1,
                [ReasonCode.ProgramNotServed] = 1,
                [ReasonCode.HardwareMissing] = 1,
                [ReasonCode.ProverExcluded] = 1,
                [ReasonCode.ProverNotLive] = 2,
                [ReasonCode.BondAboveLimit] = 1,
            },
            status.LeftOut.ToDictionary());
        Assert.Equal(Credits(100), await market.AvailableAsync("alice"));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task Why_nobody_took_it_is_still_known_after_a_restart()
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("lacks-hardware");
        await market.OpenAsync(market.Spec("r1") with { Constraints = new RequestConstraints { Hardware = ["gpu"] } });
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        await market.KillAsync();
        await market.RestartAsync();
        var status = await market.StatusAsync("r1");
        Assert.Equal(ReasonCode.NobodyJoined, status.Outcome);
        Assert.Equal((ReasonCode.HardwareMissing, 1), Assert.Single(status.LeftOut.Select(entry => (entry.Key, entry.Value))));
    }

    [Fact]
    public async Task Who_joined_and_did_not_deliver_is_slashed()
    {
        await using var market = await MarketAsync(funds: 100);
        var silent = await market.ProverAsync("silent", stake: 20);
        var quitter = await market.ProverAsync("quitter", stake: 20);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("bond", "5")) });
        await silent.TakeAsync("r1");
        await quitter.TakeAsync("r1");
        await quitter.DeclineAsync("r1");
        await market.AdvanceAsync(HardIn);
        var status = await market.EndsAsync("r1");

        Assert.Equal((RequestPhase.Expired, ReasonCode.NobodyDelivered), (status.Phase, status.Outcome));
        Assert.Equal(Credits(100), await market.AvailableAsync("alice"));
        Assert.Equal(Credits(5), await market.AvailableAsync(GrainKeys.TreasuryAccount));
        Assert.Equal(Credits(15), (await market.RegistryOf("silent").GetProverAsync("silent"))!.FreeStake);
        Assert.Equal(Credits(20), (await market.RegistryOf("quitter").GetProverAsync("quitter"))!.FreeStake);
        Assert.Equal(ReasonCode.RunClosed, (await silent.StoppedByAsync()).Reason);
        await Audit.AtRestAsync(market);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(17.3)]
    [InlineData(120)]
    [InlineData(4000)]
    public async Task The_deadline_acts_never_early_and_at_most_a_second_late(double seconds)
    {
        await using var market = await MarketAsync();
        var hard = market.Now.AddSeconds(seconds);
        await market.OpenAsync(market.Spec("r1") with { SoftDeadline = hard, HardDeadline = hard });
        await market.AdvanceToAsync(hard - TimeSpan.FromTicks(1));
        Assert.Equal(RequestPhase.Open, (await market.StatusAsync("r1")).Phase);
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var status = await market.EndsAsync("r1");
        Assert.Equal(RequestPhase.Expired, status.Phase);
        Assert.All(
            status.Timeline.Where(entry => entry.Phase >= RequestPhase.Settling),
            entry => Assert.InRange(entry.At, hard, hard.AddSeconds(1)));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_deadline_that_passes_while_the_silo_is_down_acts_at_the_restart()
    {
        await using var market = await MarketAsync(funds: 100);
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("bond", "1")) });
        await prover.TakeAsync("r1");
        await market.KillAsync();
        market.Time.Advance(HardIn + HardIn);
        await market.RestartAsync();
        Assert.Equal(RequestPhase.Expired, (await market.EndsAsync("r1")).Phase);
        Assert.Equal(Credits(100), await market.AvailableAsync("alice"));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_request_not_acknowledged_before_a_crash_is_carried_through_or_submitted_again()
    {
        await using var market = await MarketAsync(funds: 100);
        var spec = market.Spec("r1");
        // The page after the deposit.
        var hold = market.Faults.HoldWrite("account", "alice/2");
        var submission = market.Request("r1").SubmitAsync(spec);
        await hold.Reached;
        await market.KillAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => submission);
        hold.Open();
        await market.RestartAsync();
        // Its body is there, so it is carried on with even if the client never comes back.
        await market.ReachesAsync("r1", RequestPhase.Open);
        Assert.Equal(RequestPhase.Open, (await market.SubmitAsync(spec)).Phase);
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }
}
