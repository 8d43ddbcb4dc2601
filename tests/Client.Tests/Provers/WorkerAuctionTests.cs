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
        Harness.Clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(run.Joins.Calls);
        Harness.Clock.Advance(TimeSpan.FromSeconds(1));
        (await Harness.Backend.NextAsync()).Complete();
        await Harness.Events.NextAsync(ProverEventKind.Won);
        Assert.Single(run.Joins.Calls);
    }

    private FakeRun SealedRun(string key)
    {
        var run = Harness.Run(key);
        run.Invitation = run.Invitation with { Kind = InvitationKind.Sealed, Reward = Credits.Whole(100) };
        return run;
    }
}
