using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.Grains.Tests.Mechanisms.SealedBidAuction.SealedBidGiven;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.SealedBidAuction;

/// <summary>What a bidder, or a requester, does in a sealed-bid auction that it should not: it gains nothing by that, and nobody else loses.</summary>
public sealed class SealedBidHonestyTests
{
    [Fact]
    public async Task Who_does_not_reveal_loses_a_part_of_its_bond()
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("secretive", stake: 2, conduct: Conduct.Secretive);
        await market.ProverAsync("good", stake: 2, conduct: Conduct.Good, offer: Offer("good") with { AskPerUnit = Credits(1) });
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        var status = await market.EndsAsync("r1");
        // The bid that was not revealed is none: the other is alone and is paid the cap.
        Assert.Equal(("good", Credits(10)), (status.ProverId, status.Paid));
        Assert.Contains(status.Timeline, entry => entry is { Reason: ReasonCode.BidNotRevealed, ProverId: "secretive" });
        await Audit.AtRestAsync(market);
        // A quarter of 2: half of it to the requester, 30 % to the winner, the rest to the treasury.
        Assert.Equal(
            (Credits(1.5m), Credits(990.25m), Credits(10.15m), Credits(0.1m)),
            ((await market.RegistryOf("secretive").GetProverAsync("secretive"))!.Stake, await market.AvailableAsync("alice"), await market.AvailableAsync("good-account"),
                await market.AvailableAsync("treasury")));
    }

    /// <summary>Who did not reveal is in the transcript without its account; the settlement knows it, and the audit follows.</summary>
    [Fact]
    public async Task Who_does_not_reveal_has_no_share_of_what_it_loses_when_another_of_its_account_wins()
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("secretive", stake: 2, conduct: Conduct.Secretive, offer: Offer("secretive") with { Account = "owner" });
        await market.ProverAsync("good", stake: 2, conduct: Conduct.Good, offer: Offer("good") with { Account = "owner", AskPerUnit = Credits(1) });
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("good", (await market.EndsAsync("r1")).ProverId);
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(10), Credits(0.25m)), (await market.AvailableAsync("owner"), await market.AvailableAsync("treasury")));
    }

    [Fact]
    public async Task Replayed_late_altered_and_foreign_bids_are_refused()
    {
        await using var market = await MarketAsync();
        var (one, other) = (await market.ProverAsync("p1", stake: 2), await market.ProverAsync("p2", stake: 2));
        await market.ProverAsync("idle", stake: 2);
        await market.OpenAsync(Spec(market));
        var bid = Bid("p1", 3m);
        var seal = SealedBidCommitment.Of(bid);
        Assert.Null((await Run(market).SealAsync("p1", one.Session, seal)).Refusal);
        Assert.Null((await Run(market).SealAsync("p2", other.Session, seal)).Refusal); // a copied seal is taken: it opens to nothing
        Assert.Equal(ReasonCode.CommitmentConflict, (await Run(market).SealAsync("p1", one.Session, SealedBidCommitment.Of(Bid("p1", 2m)))).Refusal?.Code);
        Assert.Equal(ReasonCode.NotAwarded, (await Run(market).JoinAsync("p1", one.Session)).Refusal?.Code);
        await market.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(ReasonCode.BiddingClosed, (await Run(market).SealAsync("idle", "s1", seal)).Refusal?.Code);
        Assert.Equal(ReasonCode.BidOfAnotherProver, (await Run(market).RevealAsync("p2", bid))?.Code);
        Assert.Equal(ReasonCode.CommitmentMismatch, (await Run(market).RevealAsync("p2", bid with { ProverId = "p2" }))?.Code);
        Assert.Equal(ReasonCode.BidForAnotherAuction, (await Run(market).RevealAsync("p1", bid with { Auction = "r2/0" }))?.Code);
        Assert.Equal(ReasonCode.CommitmentMismatch, (await Run(market).RevealAsync("p1", bid with { Price = Credits(1) }))?.Code);
        Assert.Equal(ReasonCode.CommitmentMissing, (await Run(market).RevealAsync("idle", Bid("idle", 1m)))?.Code);
        await market.AdvanceAsync(TimeSpan.FromSeconds(10));
        // Nobody revealed in time; another round is open, and what was sealed in the first one is worth nothing in it.
        Assert.Equal(ReasonCode.CommitmentMissing, (await Run(market).RevealAsync("p1", bid))?.Code);
        Assert.Equal(ReasonCode.ProverExcluded, (await Run(market).SealAsync("p1", one.Session, seal)).Refusal?.Code);
        Assert.Null((await Run(market).SealAsync("idle", "s1", seal)).Refusal);
        await market.AdvanceAsync(HardIn);
        Assert.Equal(ReasonCode.NobodyJoined, (await market.EndsAsync("r1")).Outcome);
        await Audit.AtRestAsync(market);
    }

    /// <summary>The winner and its backup say, one after the other, that nobody can prove it; nobody else bids.</summary>
    [Fact]
    public async Task An_award_given_back_because_nobody_can_prove_it_costs_nothing_when_nobody_does()
    {
        await using var market = await MarketAsync();
        var provers = new[] { await market.ProverAsync("p1", stake: 2), await market.ProverAsync("p2", stake: 2) };
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        foreach (var (prover, price) in provers.Zip([3m, 4m]))
            Assert.Null((await Run(market).SealAsync(prover.Id, prover.Session, SealedBidCommitment.Of(Bid(prover.Id, price)))).Refusal);
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        foreach (var (prover, price) in provers.Zip([3m, 4m])) Assert.Null(await Run(market).RevealAsync(prover.Id, Bid(prover.Id, price)));
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        foreach (var prover in provers)
        {
            Assert.NotNull((await Run(market).JoinAsync(prover.Id, prover.Session)).Assignment);
            await Run(market).DeclineAsync(prover.Id, prover.Session, ReasonCode.InputRejected);
            await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        }
        await market.AdvanceAsync(HardIn);
        Assert.Equal(ReasonCode.NobodyDelivered, (await market.EndsAsync("r1")).Outcome);
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(1000), Credits(0)), (await market.AvailableAsync("alice"), await market.AvailableAsync("treasury")));
        foreach (var prover in provers)
        {
            var record = (await market.RegistryOf(prover.Id).GetProverAsync(prover.Id))!;
            // Leaving an award costs a quarter of the bond of 2 at least.
            Assert.Equal((Credits(0.5m), Credits(1.5m), Credits(0.5m)), (record.Slashed, record.Stake, await market.AvailableAsync(prover.Offer.Account)));
            Assert.Equal((0L, 0.0, 0), (record.Missed, record.Track.Failures, record.Track.FailuresInRow));
        }
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
    }

    [Fact]
    public async Task A_bidder_that_has_not_seen_the_input_does_not_escape_the_penalty_by_what_it_says_of_it()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 2);
        await market.ProverAsync("idle", stake: 2);
        await market.OpenAsync(Spec(market));
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, SealedBidCommitment.Of(Bid("p1", 3m)))).Refusal);
        await Run(market).DeclineAsync("p1", prover.Session, ReasonCode.InputRejected);
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(0.5m), Credits(0)), (await market.AvailableAsync("treasury"), await market.AvailableAsync("p1-account")));
        Assert.Equal(1, (await market.RegistryOf("p1").GetProverAsync("p1"))!.Missed);
    }

    /// <summary>A seal is a bid, not work: who says that it proves, and never reveals, has not escaped the penalty, nor the award.</summary>
    [Fact]
    public async Task A_bidder_that_confirms_a_lease_it_was_not_awarded_is_refused_and_pays_for_not_revealing()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 2);
        await market.OpenAsync(Spec(market));
        var seal = SealedBidCommitment.Of(Bid("p1", 3m));
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, seal)).Refusal);
        Assert.Equal(ReasonCode.LeaseMissing, (await Run(market).ConfirmAsync("p1", prover.Session))?.Code);
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        Assert.Equal(Credits(0.5m), (await market.RegistryOf("p1").GetProverAsync("p1"))!.Slashed);
    }

    /// <summary>Nobody could ever be awarded it, so it would cost nothing to be the second and set the price.</summary>
    [Fact]
    public async Task A_bid_that_could_not_be_awarded_when_the_reveal_is_over_does_not_set_the_price()
    {
        await using var market = await MarketAsync();
        var (good, shill) = (await market.ProverAsync("p1", stake: 2), await market.ProverAsync("shill", stake: 2));
        await market.OpenAsync(Spec(market));
        await good.InvitedToAsync();
        await shill.InvitedToAsync();
        await market.SettleAsync();
        Assert.Null((await Run(market).SealAsync("p1", good.Session, SealedBidCommitment.Of(Bid("p1", 3m)))).Refusal);
        var unreal = Bid("shill", 3.5m) with { Eta = HardIn - TimeSpan.FromSeconds(9) };
        Assert.Null((await Run(market).SealAsync("shill", shill.Session, SealedBidCommitment.Of(unreal))).Refusal);
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Null(await Run(market).RevealAsync("p1", Bid("p1", 3m)));
        Assert.Null(await Run(market).RevealAsync("shill", unreal));
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var refusal = market.Disk.All<SealedBidRunState>("sealed-bid")["r1/0"].Book.Revealed["shill"].Refusal;
        Assert.Equal((ReasonCode.DeadlineTooSoon, "eta"), (refusal?.Code, refusal?.Field));
        var assignment = (await Run(market).JoinAsync("p1", good.Session)).Assignment!;
        Assert.Equal(Credits(10), assignment.Reward);
        Assert.Equal(Credits(10), (await DeliverAsync(market, good, assignment)).Reward);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }

    /// <summary>The only bidder is paid the reserve price: nobody gets there by answering for the others.</summary>
    [Fact]
    public async Task Who_declines_in_the_name_of_others_does_not_end_their_time_to_bid()
    {
        await using var market = await MarketAsync();
        var (rival, slow) = (await market.ProverAsync("p1", stake: 2), await market.ProverAsync("p2", stake: 2));
        await market.OpenAsync(Spec(market));
        await rival.InvitedToAsync();
        await slow.InvitedToAsync();
        Assert.Null((await Run(market).SealAsync("p1", rival.Session, SealedBidCommitment.Of(Bid("p1", 3m)))).Refusal);
        foreach (var session in new[] { "", "another" }) await Run(market).DeclineAsync("p2", session, ReasonCode.PriceBelowAsk);
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Null((await Run(market).SealAsync("p2", slow.Session, SealedBidCommitment.Of(Bid("p2", 2m)))).Refusal);
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }
}
