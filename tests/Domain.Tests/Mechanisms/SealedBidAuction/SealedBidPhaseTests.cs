using ProvingMarket.Domain.Mechanisms.SealedBidAuction;

namespace ProvingMarket.Domain.Tests.Mechanisms.SealedBidAuction;

/// <summary>Bidding, reveal and decision by the clock and by what comes in; whoever is late, altered or somebody else is refused with a code.</summary>
public sealed class SealedBidPhaseTests
{
    private static readonly SealedBidParameters Parameters = Bids.Parameters();

    private static readonly SealedBidBook Opened = SealedBidRules.Open(Bids.Auction, Samples.Now, Samples.Hard);

    private static readonly SealedBid First = Bids.Bid("p1", 5_000_000);

    [Fact]
    public void Nobody_bids_after_bidding_has_closed()
    {
        var book = Commit(Opened, First);
        Assert.Null(CheckCommit(book, "p2", At(9.999)));
        Assert.Equal(ReasonCode.BiddingClosed, CheckCommit(book, "p2", At(10))?.Code);
        Assert.Equal(ReasonCode.BiddingClosed, CheckCommit(Close(book), "p2", At(3))?.Code);
    }

    [Fact]
    public void Without_a_bid_one_window_follows_the_other()
    {
        Assert.Equal(Samples.Hard.AddSeconds(-10), SealedBidRules.BiddingCloses(Opened, Parameters));
        foreach (var (first, closes) in new[] { (0.0, 10), (9.999, 10), (10, 20), (34, 40), (145, 150), (149.9, 150) })
            Assert.Equal(At(closes), SealedBidRules.BiddingCloses(Commit(Opened, First, At(first)), Parameters));
        Assert.Equal(ReasonCode.BiddingClosed, CheckCommit(Opened, "p1", At(150))?.Code);
    }

    [Fact]
    public void A_seal_is_taken_once_and_stands()
    {
        var book = Commit(Opened, First);
        Assert.Same(book, Commit(book, First));
        Assert.Null(SealedBidRules.CheckCommit(Close(book), Parameters, "p1", SealedBidCommitment.Of(First), At(100)));
        Assert.Equal(ReasonCode.CommitmentConflict, CheckCommit(book, "p1", At(1))?.Code);
        Assert.Equal(ReasonCode.FieldMalformed, SealedBidRules.CheckCommit(book, Parameters, "p2", "5.00", At(1))?.Code);
    }

    [Fact]
    public void Bidding_closes_when_everybody_invited_has_answered()
    {
        var book = Commit(Commit(Opened, First), Bids.Bid("p2", 1));
        Assert.True(IsOver(book, ["p1", "p2"], []));
        Assert.True(IsOver(book, ["p1", "p2", "p3"], ["p3"]));
        Assert.False(IsOver(book, ["p1", "p2", "p3"], []));
        Assert.False(IsOver(book, null, [])); // invitations are still going out
        Assert.False(IsOver(Opened, ["p3"], ["p3"])); // nobody bid: somebody else may still connect
        Assert.True(SealedBidRules.IsBiddingOver(book, Parameters, null, new HashSet<string>(), At(10)));

        static bool IsOver(SealedBidBook book, string[]? invited, string[] declined) =>
            SealedBidRules.IsBiddingOver(book, Parameters, invited, declined.ToHashSet(), At(1));
    }

    [Fact]
    public void Closing_late_leaves_the_reveal_its_whole_window_and_changes_nothing_about_ETAs()
    {
        var book = SealedBidRules.CloseBidding(Commit(Opened, First), Parameters, At(60));
        Assert.Equal((At(10), At(70)), (book.BiddingClosedAt, SealedBidRules.RevealCloses(book, Parameters)));
        Assert.Null(CheckReveal(book, First, At(69.999)));
        Assert.Equal(ReasonCode.RevealClosed, CheckReveal(book, First, At(70))?.Code);
        book = SealedBidRules.CloseBidding(Commit(Opened, Bids.Bid("p1", 1, eta: 140)), Parameters, At(60));
        Assert.Null(SealedBidRules.Reveal(book, Parameters, Bids.Bid("p1", 1, eta: 140), 0).Revealed["p1"].Refusal);
        Assert.Equal(At(4), SealedBidRules.CloseBidding(Commit(Opened, First), Parameters, At(4)).BiddingClosedAt);
    }

    [Fact]
    public void A_reveal_that_was_cut_off_has_its_whole_window_again()
    {
        var book = SealedBidRules.ResumeReveal(Close(Commit(Opened, First)), At(35));
        Assert.Equal((At(10), At(45)), (book.BiddingClosedAt, SealedBidRules.RevealCloses(book, Parameters)));
        Assert.Throws<InvalidOperationException>(() => SealedBidRules.ResumeReveal(Opened, At(35)));
    }

    [Fact]
    public void Nothing_is_revealed_while_somebody_can_still_bid() => Assert.Equal(ReasonCode.RevealNotOpen, CheckReveal(Commit(Opened, First), First, At(9))?.Code);

    [Fact]
    public void A_bid_is_revealed_in_time_and_once()
    {
        var book = Close(Commit(Commit(Opened, First), Bids.Bid("p2", 1)));
        Assert.Null(CheckReveal(book, First, At(19.999)));
        Assert.Equal(ReasonCode.RevealClosed, CheckReveal(book, First, At(20))?.Code);
        var revealed = SealedBidRules.Reveal(book, Parameters, First, 0);
        Assert.Same(revealed, SealedBidRules.Reveal(revealed, Parameters, First, 500));
        Assert.Null(CheckReveal(revealed, First, At(30))); // the same answer, whenever it is asked again
        var decided = SealedBidRules.Decide(revealed, Parameters, Bids.Seed, At(20));
        Assert.Null(CheckReveal(decided, First, At(30)));
        Assert.Equal(ReasonCode.RevealClosed, CheckReveal(decided, Bids.Bid("p2", 1), At(15))?.Code);
    }

    [Fact]
    public void An_altered_bid_is_refused_and_its_terms_are_not_repeated()
    {
        var book = Close(Commit(Opened, First));
        SealedBid[] altered =
        [
            Bids.Bid("p1", 7_654_321), Bids.Bid("p1", 5_000_000, eta: 2), Bids.Bid("p1", 5_000_000, nonce: 2),
            First with { Nonce = Bytes.CopyOf(First.Nonce.Span[..31]) }, First with { Nonce = Bytes.Empty },
        ];
        Assert.All(altered, bid => Assert.Equal(ReasonCode.CommitmentMismatch, CheckReveal(book, bid, At(11))?.Code));
        Assert.DoesNotContain("7.65", CheckReveal(book, altered[0], At(11))!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bid_of_another_auction_or_prover_is_refused_by_name_and_by_seal()
    {
        // p2 copies the seal of p1; p3 brings the seal it made for another auction.
        var copied = SealedBidCommitment.Of(First);
        var elsewhere = Bids.Bid("p3", 5_000_000, auction: "request-1/1");
        var book = Commit(Opened, First);
        book = SealedBidRules.Commit(book, "p2", copied, At(1));
        book = Close(SealedBidRules.Commit(book, "p3", SealedBidCommitment.Of(elsewhere), At(1)));

        Assert.Equal(ReasonCode.BidOfAnotherProver, SealedBidRules.CheckReveal(book, Parameters, "p2", First, At(11))?.Code);
        Assert.Equal(ReasonCode.CommitmentMismatch, CheckReveal(book, First with { ProverId = "p2" }, At(11))?.Code);
        Assert.Equal(ReasonCode.BidForAnotherAuction, CheckReveal(book, elsewhere, At(11))?.Code);
        Assert.Equal(ReasonCode.CommitmentMismatch, CheckReveal(book, elsewhere with { Auction = Bids.Auction }, At(11))?.Code);
        Assert.Equal(ReasonCode.CommitmentMissing, CheckReveal(book, Bids.Bid("p4", 1), At(11))?.Code);
        Assert.Null(CheckReveal(book, First, At(11))); // who was copied is not harmed
    }

    [Fact]
    public void What_cannot_win_is_revealed_without_harm()
    {
        SealedBid[] bids = [Bids.Bid("p1", 10_000_001), Bids.Bid("p2", -1), Bids.Bid("p3", 1, eta: 0), Bids.Bid("p4", 1, eta: 140.001), Bids.Bid("p5", 10_000_000, eta: 140)];
        var decision = Bids.Decide(Parameters, bids);
        Assert.Equal(["p5"], decision.Ranking.Select(bid => bid.ProverId));
        Assert.Equal(["p1", "p2", "p3", "p4"], decision.Losers.ToArray());
        Assert.Empty(decision.NotRevealed);
        var book = Close(bids.Aggregate(Opened, (book, bid) => Commit(book, bid)));
        Assert.Equal(
            [ReasonCode.BidAboveReserve, ReasonCode.OutOfRange, ReasonCode.OutOfRange, ReasonCode.DeadlineTooSoon],
            bids[..4].Select(bid => SealedBidRules.Reveal(book, Parameters, bid, 0).Revealed[bid.ProverId].Refusal!.Code));
    }

    [Fact]
    public void Who_does_not_reveal_is_named_and_pays_a_share_of_the_bond()
    {
        var book = Close(Commit(Commit(Opened, First), Bids.Bid("p2", 1)));
        Assert.False(SealedBidRules.IsRevealOver(book, Parameters, At(19.9)));
        var revealed = SealedBidRules.Reveal(book, Parameters, First, 0);
        Assert.False(SealedBidRules.IsRevealOver(revealed, Parameters, At(19.9)));
        Assert.True(SealedBidRules.IsRevealOver(revealed, Parameters, At(20)));
        var decision = SealedBidRules.Decide(revealed, Parameters, Bids.Seed, At(20)).Decision!;
        Assert.Equal(["p2"], decision.NotRevealed.ToArray());
        Assert.Equal("p1", Assert.Single(decision.Ranking).ProverId);
        Assert.Equal(Credits.Whole(1), SealedBidRules.NonRevealPenalty(Parameters));
        Assert.Equal(new Credits(40_000), SealedBidRules.NonRevealPenalty(Bids.Parameters(("nonRevealPenalty", "1"))));
        Assert.True(SealedBidRules.IsRevealOver(SealedBidRules.Reveal(revealed, Parameters, Bids.Bid("p2", 1), 0), Parameters, At(11)));
    }

    [Fact]
    public void A_transition_out_of_phase_is_a_bug()
    {
        var book = Commit(Opened, First);
        Assert.Throws<InvalidOperationException>(() => SealedBidRules.Reveal(book, Parameters, First, 0));
        Assert.Throws<InvalidOperationException>(() => SealedBidRules.Decide(book, Parameters, Bids.Seed, At(1)));
        Assert.Throws<InvalidOperationException>(() => Commit(Close(book), Bids.Bid("p2", 1)));
        Assert.Throws<InvalidOperationException>(() => SealedBidRules.CloseBidding(Close(book), Parameters, At(1)));
    }

    private static DateTimeOffset At(double seconds) => Samples.Now.AddSeconds(seconds);

    private static SealedBidBook Commit(SealedBidBook book, SealedBid bid, DateTimeOffset? at = null) =>
        SealedBidRules.Commit(book, bid.ProverId, SealedBidCommitment.Of(bid), at ?? Samples.Now);

    private static SealedBidBook Close(SealedBidBook book) => SealedBidRules.CloseBidding(book, Parameters, At(10));

    private static Refusal? CheckCommit(SealedBidBook book, string proverId, DateTimeOffset now) =>
        SealedBidRules.CheckCommit(book, Parameters, proverId, SealedBidCommitment.Of(Bids.Bid(proverId, 42)), now);

    private static Refusal? CheckReveal(SealedBidBook book, SealedBid bid, DateTimeOffset now) => SealedBidRules.CheckReveal(book, Parameters, bid.ProverId, bid, now);
}
