using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Mechanisms.SealedBidAuction;

/// <summary>Who is given the work of a sealed-bid auction, and who is let go: max price and cap 10, bond 4, windows of 10 s, 160 s to the hard deadline.</summary>
public sealed class SealedBidAwardTests
{
    private static readonly RunOrder Order = Samples.Order(
        ("delayCost", "0"), ("failureCost", "0"), ("bond", "4"), ("biddingWindow", "10"), ("revealWindow", "10"), ("backups", "2"), ("etaGrace", "0"));

    private static readonly TimeSpan UntilHard = Samples.Hard - Samples.Now;

    [Fact]
    public void A_seal_is_not_a_lease_to_be_confirmed()
    {
        SealedBid[] bids = [Bids.Bid("p1", 1_000_000), Bids.Bid("p2", 2_000_000)];
        Assert.Equal(ReasonCode.LeaseMissing, RunRules.CheckConfirmation(Sealed(bids).Run, "p1", "s1", At(1))?.Code);
        var decided = Decided(bids).Run;
        Assert.Equal(ReasonCode.LeaseMissing, RunRules.CheckConfirmation(decided, "p2", "s1", At(21))?.Code);
        Assert.Null(RunRules.CheckConfirmation(decided, "p1", "s1", At(21)));
    }

    [Fact]
    public void A_backup_that_would_have_less_time_than_its_bid_asked_for_is_let_go_and_loses_nothing()
    {
        var half = (UntilHard - TimeSpan.FromSeconds(20)).TotalSeconds / 2;
        var auction = Decided(Bids.Bid("p1", 1_000_000, eta: half + 1), Bids.Bid("p2", 2_000_000, eta: half), Bids.Bid("p3", 3_000_000, eta: 5));
        Assert.Equal("p1", auction.Award!.ProverId);
        var missed = At(20 + half + 1).AddTicks(1);
        auction = SealedBidRunRules.Act(SealedBidRunRules.Act(auction, missed), missed);

        Assert.Equal("p3", auction.Award!.ProverId);
        Assert.Equal((ParticipantStatus.Left, ReasonCode.DeadlineTooSoon), (auction.Run.Participants["p2"].Status, auction.Run.Participants["p2"].Reason));
        Assert.Contains(auction.Run.Events, entry => entry is { Reason: ReasonCode.DeadlineTooSoon, ProverId: "p2" });
        auction = auction.With(RunRules.Concluded(auction.Run, ReasonCode.None, Samples.Hard));
        Assert.Equal((LeaseOutcome.Decline, Credits.Zero), Ending(auction, "p2"));
        Assert.Null(SealedBidAudit.Check(Order, auction.Run.Transcript));
    }

    [Fact]
    public void Who_needs_exactly_the_time_that_is_left_is_awarded_it()
    {
        var left = (UntilHard - TimeSpan.FromSeconds(20)).TotalSeconds;
        Assert.Equal("p1", Decided(Bids.Bid("p1", 1_000_000, eta: left)).Award!.ProverId);
        var late = Decided(Bids.Bid("p1", 1_000_000, eta: left + 0.001));
        Assert.Null(late.Award);
        Assert.Equal(ReasonCode.DeadlineTooSoon, late.Run.Participants["p1"].Reason);
    }

    [Fact]
    public void A_bid_above_the_reserve_is_told_so_and_so_is_the_requester()
    {
        var auction = Decided(Bids.Bid("p1", 10_000_001), Bids.Bid("p2", 2_000_000));
        Assert.Equal(ReasonCode.BidAboveReserve, auction.Run.Participants["p1"].Reason);
        Assert.Equal(
            "its bid cannot win: BidAboveReserve: price must be at most 10 credits, was 10.000001",
            Assert.Single(auction.Run.Events, entry => entry is { Reason: ReasonCode.BidAboveReserve, ProverId: "p1", Phase: RequestPhase.Open }).Detail);
    }

    [Fact]
    public void Its_speed_is_measured_from_the_award_and_not_from_the_seal()
    {
        var auction = Decided(Bids.Bid("p1", 1_000_000, eta: 5));
        auction = SealedBidRunRules.Verified(auction, new AcceptedProof { ProverId = "p1", Proof = Bytes.Utf8("proof"), ReceivedAt = At(23), VerifiedAt = At(24) });
        Assert.Equal(TimeSpan.FromSeconds(3), Assert.Single(auction.Run.Report!.Leases).Took);
    }

    [Fact]
    public void Who_was_about_to_bid_when_bidding_closed_is_out_without_a_penalty()
    {
        var auction = SealedBidRunRules.Sealing(Sealed(Bids.Bid("p1", 1_000_000)), "p2", "s1");
        auction = SealedBidRunRules.Act(auction, At(10));
        Assert.Equal((ParticipantStatus.Left, ReasonCode.BiddingClosed), (auction.Run.Participants["p2"].Status, auction.Run.Participants["p2"].Reason));
        Assert.Equal(ParticipantStatus.Offered, auction.Run.Participants["p1"].Status);
        auction = auction.With(RunRules.Concluded(auction.Run, ReasonCode.None, Samples.Hard));
        Assert.Equal((LeaseOutcome.Decline, Credits.Zero), Ending(auction, "p2"));
    }

    [Fact]
    public void Who_has_missed_the_award_is_not_waited_for_in_the_next_round()
    {
        var auction = Decided(Bids.Bid("p1", 1_000_000));
        auction = SealedBidRunRules.Act(SealedBidRunRules.Act(auction, At(22)), At(22));
        Assert.Equal(SealedBidPhase.Bidding, auction.Book.Phase);
        auction = Seal(auction, Bids.Bid("p2", 1_000_000), At(23));
        Assert.True(SealedBidRunRules.IsBiddingOver(auction, ["p1", "p2"], new HashSet<string>(), At(23)));
    }

    [Fact]
    public void An_audit_finds_who_was_passed_over_and_who_was_given_too_little_time()
    {
        var auction = Decided(Bids.Bid("p1", 1_000_000), Bids.Bid("p2", 2_000_000));
        var at = auction.Run.Transcript.ToList().FindIndex(entry => entry.Kind == TranscriptKind.Awarded);
        var before = auction.Run.Transcript[..at];
        string? FindingOf(string prover, DateTimeOffset at)
        {
            var awarded = TranscriptRules.Append(before, TranscriptKind.Awarded, at, prover, "10000000 0");
            return SealedBidAudit.Check(Order, TranscriptRules.Append(awarded, TranscriptKind.Closed, at, value: nameof(ReasonCode.RunClosed)))?.Finding;
        }
        Assert.Equal("p1 is before p2 in the ranking and has not left", FindingOf("p2", At(20)));
        Assert.Equal("p1 is awarded less time than its ETA", FindingOf("p1", Samples.Hard));
    }

    [Fact]
    public void A_winner_that_has_not_fetched_its_assignment_has_the_whole_time_again_and_its_backup_waits()
    {
        var auction = SealedBidRunRules.Resumed(Decided(Bids.Bid("p1", 1_000_000, eta: 5), Bids.Bid("p2", 2_000_000)), At(40));
        Assert.Equal(("p1", 0, At(40), At(45)), (auction.Award!.ProverId, auction.Award.Place, auction.Award.AwardedAt, auction.Award.Deadline));
        Assert.Equal(At(45).AddTicks(1), SealedBidRunRules.NextAt(auction));
        var fetched = SealedBidRunRules.Fetched(auction);
        Assert.Same(fetched, SealedBidRunRules.Resumed(fetched, At(44)));
        // A backup that has taken over is given its time anew, too, and stays in its place.
        var missed = At(45).AddTicks(1);
        auction = SealedBidRunRules.Act(SealedBidRunRules.Act(fetched, missed), missed);
        auction = SealedBidRunRules.Resumed(auction, At(60));
        Assert.Equal(("p2", 1, At(61)), (auction.Award!.ProverId, auction.Award.Place, auction.Award.Deadline));
        auction = SealedBidRunRules.Verified(auction, new AcceptedProof { ProverId = "p2", Proof = Bytes.Utf8("proof"), ReceivedAt = At(61), VerifiedAt = At(61) });
        Assert.Null(SealedBidAudit.Check(Order, auction.Run.Transcript));
    }

    [Fact]
    public void A_winner_with_too_little_time_after_an_absence_is_let_go_and_a_backup_that_needs_less_takes_over()
    {
        var auction = SealedBidRunRules.Resumed(Decided(Bids.Bid("p1", 1_000_000, eta: 60), Bids.Bid("p2", 2_000_000, eta: 5)), At(110));
        Assert.Equal(ReasonCode.NotAwarded, SealedBidRunRules.CheckJoin(auction, "p1", At(110))?.Code);
        auction = SealedBidRunRules.Act(auction, At(110));
        Assert.Equal(("p2", ReasonCode.DeadlineTooSoon), (auction.Award!.ProverId, auction.Run.Participants["p1"].Reason));
        auction = auction.With(RunRules.Concluded(auction.Run, ReasonCode.None, Samples.Hard));
        Assert.Equal((LeaseOutcome.Decline, Credits.Zero), Ending(auction, "p1"));
        Assert.Null(SealedBidAudit.Check(Order, auction.Run.Transcript));
        Assert.False(RunMoney.Of(auction.Run.Transcript).Slashed.ContainsKey("p1"));
    }

    [Fact]
    public void An_audit_finds_awards_that_begin_anew_or_end_for_no_reason()
    {
        var auction = Decided(Bids.Bid("p1", 1_000_000, eta: 5), Bids.Bid("p2", 2_000_000));
        Assert.Equal("p2 has no award that could begin anew", FindingOf(chain => Append(chain, TranscriptKind.Resumed, 21, "p2", "Decided")));
        Assert.Equal("phase Reveal begins anew in phase Decided", FindingOf(chain => Append(chain, TranscriptKind.Resumed, 21, null, "Reveal")));
        Assert.Equal(
            "p1 is let go although the time that is left is what its bid asked for",
            FindingOf(chain => Append(Append(chain, TranscriptKind.Resumed, 21, "p1", "Decided"), TranscriptKind.Returned, 21, "p1", "DeadlineTooSoon")));
        Assert.Equal(
            "p1 is before p2 in the ranking and has not left",
            FindingOf(chain => Append(Append(chain, TranscriptKind.Resumed, 21, "p1", "Decided"), TranscriptKind.Awarded, 21, "p2", "10000000 0")));
        Assert.StartsWith("p1 missed its award before its deadline", FindingOf(chain => Append(chain, TranscriptKind.Missed, 25, "p1", "")), StringComparison.Ordinal);
        Assert.Equal("p2 missed an award that it did not have", FindingOf(chain => Append(chain, TranscriptKind.Missed, 26, "p2", "")));

        static ImmutableArray<TranscriptEntry> Append(ImmutableArray<TranscriptEntry> chain, TranscriptKind kind, double at, string? prover, string value) =>
            TranscriptRules.Append(chain, kind, At(at), prover, value);

        string? FindingOf(Func<ImmutableArray<TranscriptEntry>, ImmutableArray<TranscriptEntry>> forge) =>
            SealedBidAudit.Check(Order, Append(forge(auction.Run.Transcript), TranscriptKind.Closed, 30, null, nameof(ReasonCode.RunClosed)))?.Finding;
    }

    private static SealedBidRunState Sealed(params SealedBid[] bids) =>
        bids.Aggregate(SealedBidRunRules.Start(Order, Bids.Auction, Samples.Now).State!, (auction, bid) => Seal(auction, bid, At(1)));

    private static SealedBidRunState Seal(SealedBidRunState auction, SealedBid bid, DateTimeOffset now)
    {
        var seal = SealedBidCommitment.Of(bid);
        Assert.Null(SealedBidRunRules.CheckSeal(auction, bid.ProverId, seal, now));
        return SealedBidRunRules.Sealed(SealedBidRunRules.Sealing(auction, bid.ProverId, "s1"), bid.ProverId, "s1", $"{bid.ProverId}-account", 0, seal, now);
    }

    /// <summary>All reveal what they have sealed, and the auction is decided when the window is over.</summary>
    private static SealedBidRunState Decided(params SealedBid[] bids)
    {
        var auction = SealedBidRunRules.Act(Sealed(bids), At(10));
        foreach (var bid in bids)
        {
            Assert.Null(SealedBidRunRules.CheckReveal(auction, bid.ProverId, bid, At(11)));
            auction = SealedBidRunRules.Reveal(auction, bid, At(11));
        }
        return SealedBidRunRules.Act(auction, At(20));
    }

    private static (LeaseOutcome Outcome, Credits Slashed) Ending(SealedBidRunState auction, string prover)
    {
        var ending = auction.Run.Report!.Leases.Single(lease => lease.ProverId == prover);
        return (ending.Outcome, ending.Slashed);
    }

    private static DateTimeOffset At(double seconds) => Samples.Now.AddSeconds(seconds);
}
