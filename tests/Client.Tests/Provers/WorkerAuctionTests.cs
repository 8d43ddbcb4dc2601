using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Tests.Provers;

/// <summary>What a worker does in auctions: it waits for a price that rises, and bids under seal.</summary>
public sealed class WorkerAuctionTests : WorkerTestBase
{
    public WorkerAuctionTests() => Harness.Configure = options => options.AskPerUnit = Credits.Whole(2);

    [Fact]
    public async Task A_seal_is_followed_by_its_reveal_and_the_award_by_the_proof()
    {
        await Harness.StartAsync();
        var run = SealedRun("r1/0");
        var proof = await Harness.BeginProofAsync(run);
        proof.Complete();
        await Harness.Events.NextAsync(ProverEventKind.Won);

        var seal = Assert.Single(run.Seals.Calls);
        var bid = Assert.Single(run.Reveals.Calls);
        Assert.Equal(("p1", "session-1", SealedBidCommitment.Of(bid)), seal);
        Assert.Equal(("r1/0", "p1", run.Invitation.Work.PriceAt(Credits.Whole(2)), SealedBid.NonceBytes), (bid.Auction, bid.ProverId, bid.Price, bid.Nonce.Length));
        Assert.True(bid.Eta > TimeSpan.Zero);
    }

    [Fact]
    public async Task Two_bids_have_two_nonces()
    {
        await Harness.StartAsync();
        var (one, other) = (SealedRun("r1/0"), SealedRun("r2/0"));
        (await Harness.BeginProofAsync(one)).Complete();
        await Harness.Events.NextAsync(ProverEventKind.Won);
        (await Harness.BeginProofAsync(other)).Complete();
        await Harness.Events.NextAsync(ProverEventKind.Won);
        Assert.NotEqual(one.Reveals.Calls[0].Nonce, other.Reveals.Calls[0].Nonce);
    }

    /// <summary>Nobody tells a worker that bidding has closed, and the window is the shortest that a requester may ask for: it asks at that very moment.</summary>
    [Fact]
    public async Task A_bid_is_revealed_as_soon_as_bidding_has_closed_by_the_clock()
    {
        await Harness.StartAsync();
        var run = SealedRun("r1/0");
        var closes = Clock.Now.AddMilliseconds(120);
        run.Seals.Then(new SealAnswer { BiddingCloses = closes });
        run.Reveals.Usual = _ => Window(closes);
        await Harness.InviteAsync(run);
        await Clock.PassAsync(TimeSpan.FromMilliseconds(50));
        await Clock.PassAsync(TimeSpan.FromMilliseconds(70));
        (await Harness.Backend.NextAsync()).Complete();
        await Harness.Events.NextAsync(ProverEventKind.Won);
        Assert.Equal((3, closes), (run.Reveals.Calls.Length, Clock.Now));
    }

    /// <summary>The market's clock may be behind the worker's, and bidding ends early when everybody has answered: four questions fit in the shortest window at least.</summary>
    [Theory]
    [InlineData(0.9)] // long before the worker is told
    [InlineData(1.5)] // after it: at first it asks often again
    public async Task A_bid_is_revealed_in_the_shortest_window_whenever_it_opens(double opensAfter)
    {
        Harness.Randomness.Fraction = 1;
        await Harness.StartAsync();
        var run = SealedRun("r1/0");
        var (told, opens) = (Clock.Now.AddSeconds(1.4), Clock.Now.AddSeconds(opensAfter));
        run.Seals.Then(new SealAnswer { BiddingCloses = told });
        run.Reveals.Usual = _ => Window(opens);
        await Harness.InviteAsync(run);
        foreach (var wait in (int[])(opensAfter < 1.4 ? [100, 200, 400, 500] : [100, 200, 400, 500, 200, 100]))
            await Clock.PassAsync(TimeSpan.FromMilliseconds(wait));
        (await Harness.Backend.NextAsync()).Complete();
        await Harness.Events.NextAsync(ProverEventKind.Won);
        Assert.InRange(Clock.Now, opens, opens + (SealedBidParameters.ShortestRevealWindow / 4));
    }

    [Fact]
    public async Task A_bid_that_is_not_taken_ends_the_job()
    {
        await Harness.StartAsync();
        var run = SealedRun("r1/0");
        run.Seals.Then(new SealAnswer { Refusal = Refusal.Of(ReasonCode.BiddingClosed, "commitment") });
        await Harness.InviteAsync(run);
        var refused = await Harness.Events.NextAsync(ProverEventKind.JoinRefused);
        Assert.Equal(ReasonCode.BiddingClosed, refused.Reason);
        Assert.Empty(run.Reveals.Calls);
        Assert.Empty(run.Joins.Calls);
    }

    /// <summary>A silo that restarts does not know who is there until workers have connected again: that is no reason to forget what was bid.</summary>
    [Theory]
    [InlineData(ReasonCode.SessionUnknown)]
    [InlineData(ReasonCode.ProverUnknown)]
    [InlineData(ReasonCode.ProverNotLive)]
    public async Task A_winner_that_the_market_does_not_know_for_a_moment_fetches_its_award_with_the_same_bid(ReasonCode forgotten)
    {
        await Harness.StartAsync();
        var run = SealedRun("r1/0");
        run.Joins.Then(new JoinAnswer { Refusal = Refusal.Of(forgotten, "session") });
        await Harness.InviteAsync(run);
        await Events.NextAsync(ProverEventKind.Connected);
        await Clock.PassAsync(FirstRetry);
        (await Harness.Backend.NextAsync()).Complete();
        await Events.NextAsync(ProverEventKind.Won);
        Assert.Single(run.Seals.Calls);
        Assert.Single(run.Reveals.Calls);
        Assert.Equal(2, run.Joins.Calls.Length);
        Assert.Single(run.Submissions.Calls);
    }

    /// <summary>The first seal may have been taken although its answer was lost: another one would be refused, and this one could not be revealed any more.</summary>
    [Fact]
    public async Task A_bid_that_may_have_been_sealed_is_sealed_again_with_the_same_nonce_whatever_is_answered_meanwhile()
    {
        await Harness.StartAsync();
        var run = SealedRun("r1/0");
        run.Seals.ThenThrow(new TimeoutException("lost")).Then(new SealAnswer { Refusal = Refusal.Of(ReasonCode.SessionUnknown, "session") });
        await Harness.InviteAsync(run);
        await Clock.PassAsync(FirstRetry);
        await Events.NextAsync(ProverEventKind.Connected);
        await Clock.PassAsync(FirstRetry);
        (await Harness.Backend.NextAsync()).Complete();
        await Events.NextAsync(ProverEventKind.Won);
        Assert.Equal(3, run.Seals.Calls.Length);
        Assert.Equal(SealedBidCommitment.Of(Assert.Single(run.Reveals.Calls)), Assert.Single(run.Seals.Calls.Select(call => call.Commitment).Distinct()));
    }

    [Fact]
    public async Task A_price_that_rises_is_taken_when_it_covers_the_ask_and_not_before()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        var now = Harness.Clock.Now;
        var ask = run.Invitation.Work.PriceAt(Credits.Whole(2));
        run.Invitation = run.Invitation with
        {
            Reward = ask + ask,
            Ramp = new PriceRamp { StartPrice = Credits.Zero, EndPrice = ask + ask, OfferedFrom = now, RisesFrom = now, Length = TimeSpan.FromSeconds(20) },
        };
        run.Assignment = run.Assignment with { Reward = ask };
        await Harness.InviteAsync(run);
        await Harness.Events.NextAsync(ProverEventKind.Queued);
        await Harness.Clock.TimerAsync(TimeSpan.FromSeconds(10));
        Harness.Clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(run.Joins.Calls);
        Harness.Clock.Advance(TimeSpan.FromSeconds(1));
        (await Harness.Backend.NextAsync()).Complete();
        await Harness.Events.NextAsync(ProverEventKind.Won);
        Assert.Single(run.Joins.Calls);
    }

    /// <summary>A ramp of three seconds, on which a tenth of a second is worth more than the one per cent that a price may miss.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(0)]
    [InlineData(-100)]
    public async Task A_worker_whose_clock_is_wrong_takes_a_price_that_rises_by_the_markets(int aheadMilliseconds)
    {
        var ahead = TimeSpan.FromMilliseconds(aheadMilliseconds);
        Harness.Prover.Connects.Usual = _ => new ConnectAnswer { RenewEvery = FakeProver.RenewEvery, MarketTime = Clock.Now - ahead };
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        var (ask, starts) = (run.Invitation.Work.PriceAt(Credits.Whole(2)), Clock.Now - ahead);
        var ramp = new PriceRamp { StartPrice = Credits.Zero, EndPrice = ask + ask, OfferedFrom = starts, RisesFrom = starts, Length = TimeSpan.FromSeconds(3) };
        run.Invitation = run.Invitation with { Reward = ask + ask, Ramp = ramp };
        run.Joins.Usual = _ => new JoinAnswer { Assignment = run.Assignment with { Reward = ramp.PriceAt(Clock.Now - ahead) } };
        await Harness.InviteAsync(run);
        await Clock.PassAsync(TimeSpan.FromSeconds(1.5));
        (await Harness.Backend.NextAsync()).Complete();
        await Harness.Events.NextAsync(ProverEventKind.Won);
        Assert.Empty(run.Declines.Calls);
    }

    /// <summary>What a run answers that reveals bids in the shortest window, from then on.</summary>
    private Refusal? Window(DateTimeOffset opens) =>
        Clock.Now < opens ? Refusal.Of(ReasonCode.RevealNotOpen, "bid")
        : Clock.Now < opens + SealedBidParameters.ShortestRevealWindow ? null
        : Refusal.Of(ReasonCode.RevealClosed, "bid");

    private FakeRun SealedRun(string key)
    {
        var run = Harness.Run(key);
        run.Invitation = run.Invitation with { Kind = InvitationKind.Sealed, Reward = Credits.Whole(100) };
        return run;
    }
}
