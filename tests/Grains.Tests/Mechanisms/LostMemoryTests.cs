using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms;

/// <summary>What a run has in memory only is found out again: a crash changes nothing about how it ends for provers that do not come back.</summary>
public sealed class LostMemoryTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_racer_that_never_comes_back_loses_its_bond_whether_the_silo_crashes_or_not(bool crashes)
    {
        await using var market = await MarketAsync();
        var racer = await market.ProverAsync("racer", stake: 2);
        await market.OpenAsync(market.Spec("r1") with
        {
            Mechanism = RaceOf(("bond", "2")),
            Fallbacks = [new RequestFallback { Mechanism = RaceOf(), Causes = [FailureCause.Late] }],
        });
        await racer.TakeAsync("r1");
        racer.Renews = false;
        if (crashes) await CrashAsync(market);
        await market.AdvanceAsync(HardIn / 2 + TimeSpan.FromSeconds(2));

        Assert.Contains((await market.StatusAsync("r1")).Timeline, entry => entry.Detail == "stage 0 failed (Late); race, stage 1, without racer");
        var record = (await market.RegistryOf("racer").GetProverAsync("racer"))!;
        Assert.Equal((Credits(0), Credits(2), 1L), (record.Stake, record.Slashed, record.Missed));
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_was_called_and_has_not_answered_at_the_deadline_loses_nothing(bool crashes)
    {
        await using var market = await MarketAsync();
        var called = await market.ProverAsync("called", stake: 2);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = MechanismOf("random-election", ("bond", "2"), ("answerWindow", "3600")) });
        await called.InvitedToAsync();
        called.Renews = false;
        if (crashes) await CrashAsync(market);
        await EndsWithoutLossAsync(market, "called");
    }

    /// <summary>Slot and bond were reserved for a bid that was never sealed.</summary>
    [Fact]
    public async Task Whoever_was_about_to_bid_when_the_silo_crashed_loses_nothing()
    {
        await using var market = await MarketAsync();
        var bidder = await market.ProverAsync("bidder", stake: 2);
        await market.OpenAsync(market.Spec("r1") with
        {
            Mechanism = MechanismOf("sealed-bid-auction", ("bond", "2"), ("biddingWindow", "10"), ("revealWindow", "10")),
        });
        var seal = SealedBidCommitment.Of(new SealedBid
        {
            Auction = "r1/0", ProverId = "bidder", Price = Credits(1), Eta = TimeSpan.FromSeconds(5), Nonce = Bytes.CopyOf(new byte[32]),
        });
        var wish = market.Faults.HoldWrite("sealed-bid", "r1/0");
        var sealing = market.Run<ISealedBidRunGrain>("r1").SealAsync("bidder", bidder.Session, seal);
        await wish.Reached;
        var bid = market.Faults.HoldWrite("sealed-bid", "r1/0");
        wish.Open();
        await bid.Reached;
        bidder.Renews = false;
        await CrashAsync(market);
        await Assert.ThrowsAnyAsync<Exception>(() => sealing);
        Assert.Single((await market.RegistryOf("bidder").GetProverAsync("bidder"))!.Leases);
        await EndsWithoutLossAsync(market, "bidder");
    }

    private static async Task CrashAsync(MarketCluster market)
    {
        await market.KillAsync();
        await market.StartAgainAsync();
    }

    private static async Task EndsWithoutLossAsync(MarketCluster market, string prover)
    {
        await market.AdvanceAsync(HardIn + TimeSpan.FromSeconds(2));
        Assert.Equal(ReasonCode.NobodyJoined, (await market.EndsAsync("r1")).Outcome);
        var record = (await market.RegistryOf(prover).GetProverAsync(prover))!;
        Assert.Equal((Credits(2), 0L), (record.Stake, record.Missed));
        await Audit.AtRestAsync(market);
    }
}
