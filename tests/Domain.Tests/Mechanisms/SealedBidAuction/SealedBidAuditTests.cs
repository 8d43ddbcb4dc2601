using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;

namespace ProvingMarket.Domain.Tests.Mechanisms.SealedBidAuction;

/// <summary>An auction with a bidder that does not reveal, a winner that misses and a backup that delivers: its outcome follows from its transcript,
/// and whoever rewrites an entry, with all hashes made to fit, is found at that entry.</summary>
public sealed class SealedBidAuditTests
{
    private static readonly RunOrder Order = Samples.Order() with
    {
        Mechanism = Samples.Choice(("delayCost", "0"), ("failureCost", "0"), ("bond", "4"), ("biddingWindow", "10"), ("revealWindow", "10"), ("backups", "2"))
            with { Name = SealedBidParameters.MechanismName },
    };

    [Fact]
    public void The_outcome_follows_from_the_transcript()
    {
        var auction = Played();
        Assert.Null(SealedBidAudit.Check(Order, auction.Run.Transcript));
        // The backup is paid as though the winner had not bid: the third asked for 5.
        Assert.Equal(("p2", 5_000_000), (auction.Run.Report!.Payments.Single().ProverId, auction.Run.Report.Payments.Single().Amount.Micro));
        var endings = auction.Run.Report.Leases.ToDictionary(lease => lease.ProverId, lease => (lease.Outcome, lease.Slashed));
        Assert.Equal((LeaseOutcome.Miss, Credits.Whole(4)), endings["p1"]);
        Assert.Equal((LeaseOutcome.Complete, Credits.Zero), endings["p2"]);
        Assert.Equal((LeaseOutcome.Cancel, Credits.Zero), endings["p3"]);
        Assert.Equal((LeaseOutcome.Miss, Credits.Whole(1)), endings["p4"]);
    }

    [Theory]
    [InlineData(TranscriptKind.Revealed, "p1", "1 10000000 0101010101010101010101010101010101010101010101010101010101010101")] // a lower price
    [InlineData(TranscriptKind.Revealed, "p2", "nonsense")]
    [InlineData(TranscriptKind.Drawn, null, "p2 p1 p3")]
    [InlineData(TranscriptKind.Awarded, "p1", "1 1")]
    [InlineData(TranscriptKind.Paid, "p2", "9000000")]
    [InlineData(TranscriptKind.PhaseEnded, null, "Decided")]
    [InlineData(TranscriptKind.Penalised, "p4", "1000001")]
    [InlineData(TranscriptKind.Committed, "p4", "nonsense")]
    [InlineData(TranscriptKind.Leased, "p1", "4000000 p9-account")] // not the account that bid
    public void Whoever_rewrites_an_entry_is_found_there(TranscriptKind kind, string? prover, string value)
    {
        var transcript = Played().Run.Transcript;
        var at = transcript.ToList().FindIndex(entry => entry.Kind == kind && entry.ProverId == prover);
        Assert.Equal(at, SealedBidAudit.Check(Order, Forged(transcript, at, entry => entry with { Value = value }))?.Entry);
    }

    [Fact]
    public void A_bid_that_is_left_out_changes_the_outcome()
    {
        var transcript = Played().Run.Transcript;
        var at = transcript.ToList().FindIndex(entry => entry.Kind == TranscriptKind.Revealed && entry.ProverId == "p1");
        var without = Chained(transcript.RemoveAt(at));
        Assert.Equal(TranscriptKind.Drawn, without[SealedBidAudit.Check(Order, without)!.Entry].Kind); // the ranking does not follow any more
    }

    [Fact]
    public void Who_is_spared_a_penalty_or_given_one_is_found()
    {
        var transcript = Played().Run.Transcript;
        var at = transcript.ToList().FindIndex(entry => entry.Kind == TranscriptKind.Penalised);
        Assert.Equal("p4 left and does not lose 1 credits of its bond", SealedBidAudit.Check(Order, Chained(transcript.RemoveAt(at)))?.Finding);
        Assert.Equal(new AuditFinding(at, "p3 loses a part of its bond for nothing"), SealedBidAudit.Check(Order, Chained(transcript.Insert(at, transcript[at] with { ProverId = "p3" }))));
    }

    /// <summary>Whoever never reveals never has the work: its account stands with its seal, so that what it loses is shared with no other prover of that account.</summary>
    [Fact]
    public void Who_is_said_to_rescue_what_its_own_bid_has_lost_is_found()
    {
        var honest = Evidence(Played(silentAccount: "p2-account"));
        Assert.Empty(RequestAudit.Check(honest, BuiltInMechanisms.All).Findings);
        Assert.Equal("request-1/rescue/p1", Assert.Single(honest.Settlement!.Credits, credit => credit.Kind == CreditKind.Rescue).EntryId);

        var treasury = honest.Settlement.Credits.Single(credit => credit.EntryId == "request-1/treasury/p4");
        var share = new SettlementCredit { EntryId = "request-1/rescue/p4", Account = "p2-account", Amount = new Credits(300_000), Kind = CreditKind.Rescue };
        var forged = honest.Settlement with { Credits = honest.Settlement.Credits.Replace(treasury, treasury with { Amount = treasury.Amount - share.Amount }).Add(share) };
        Assert.Contains(
            RequestAudit.Check(honest with { Settlement = forged }, BuiltInMechanisms.All).Findings,
            finding => finding.Finding.Contains("0.3 credits of Rescue to p2-account (request-1/rescue/p4) follow from no transcript", StringComparison.Ordinal));

        // The same share is due when the bid was another's.
        var others = Evidence(Played());
        Assert.Contains(others.Settlement!.Credits, credit => credit == share);
        Assert.Empty(RequestAudit.Check(others, BuiltInMechanisms.All).Findings);
    }

    [Fact]
    public void Another_order_and_a_broken_chain_are_found()
    {
        var transcript = Played().Run.Transcript;
        Assert.Equal(0, SealedBidAudit.Check(Order with { MaxPrice = Credits.Whole(9) }, transcript)?.Entry);
        Assert.Equal(3, SealedBidAudit.Check(Order, transcript.SetItem(3, transcript[3] with { Value = "x" }))?.Entry);
    }

    private static RequestEvidence Evidence(SealedBidRunState auction) => new()
    {
        RequestId = Order.RequestId,
        Account = Order.Account,
        MaxPrice = Order.MaxPrice,
        Phase = RequestPhase.Fulfilled,
        Outcome = ReasonCode.Won,
        Stages = [new StageEvidence { Stage = 0, Mechanism = Order.Mechanism, TranscriptHash = auction.Run.Report!.TranscriptHash, Order = Order, Transcript = auction.Run.Transcript }],
        Settlement = SettlementRules.Of(Order.RequestId, Order.Account, Order.MaxPrice, auction.Run.Report, new SlashSplit(), At(23)),
    };

    private static SealedBidRunState Played(string silentAccount = "p4-account")
    {
        var auction = SealedBidRunRules.Start(Order, Bids.Auction, Samples.Now).State!;
        SealedBid[] bids = [Bids.Bid("p1", 3_000_000), Bids.Bid("p2", 4_000_000), Bids.Bid("p3", 5_000_000), Bids.Bid("p4", 1_000_000)];
        foreach (var bid in bids)
        {
            var seal = SealedBidCommitment.Of(bid);
            Assert.Null(SealedBidRunRules.CheckSeal(auction, bid.ProverId, seal, At(1)));
            auction = SealedBidRunRules.Sealing(auction, bid.ProverId, "s1");
            auction = SealedBidRunRules.Sealed(auction, bid.ProverId, "s1", bid.ProverId == "p4" ? silentAccount : $"{bid.ProverId}-account", 500_000, seal, At(1));
        }
        auction = SealedBidRunRules.Act(auction, At(10));
        foreach (var bid in bids[..3])
        {
            Assert.Null(SealedBidRunRules.CheckReveal(auction, bid.ProverId, bid, At(11)));
            auction = SealedBidRunRules.Reveal(auction, bid, At(11));
        }
        Assert.Equal(At(20), SealedBidRunRules.NextAt(auction));
        auction = SealedBidRunRules.Act(auction, At(20));
        Assert.Equal("p1", auction.Award!.ProverId);
        auction = SealedBidRunRules.Act(SealedBidRunRules.Act(auction, At(22)), At(22)); // missed at 21.5, awarded to the next
        Assert.Equal((1, "p2"), (auction.Award!.Place, auction.Award.ProverId));
        Assert.Equal(ReasonCode.NotAwarded, SealedBidRunRules.CheckJoin(auction, "p3", At(22))?.Code);
        return SealedBidRunRules.Verified(auction, new AcceptedProof { ProverId = "p2", Proof = Bytes.Utf8("proof"), ReceivedAt = At(23), VerifiedAt = At(23) });
    }

    private static ImmutableArray<TranscriptEntry> Forged(ImmutableArray<TranscriptEntry> transcript, int at, Func<TranscriptEntry, TranscriptEntry> forge) =>
        Chained(transcript.SetItem(at, forge(transcript[at])));

    private static ImmutableArray<TranscriptEntry> Chained(ImmutableArray<TranscriptEntry> entries) => entries.Aggregate(
        ImmutableArray<TranscriptEntry>.Empty, (chain, entry) => TranscriptRules.Append(chain, entry.Kind, entry.At, entry.ProverId, entry.Value));

    private static DateTimeOffset At(double seconds) => Samples.Now.AddSeconds(seconds);
}
