using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Mechanisms.DutchAuction;

/// <summary>Any sequence of what provers, clock and requester can do to a Dutch auction, as its grain would apply it.</summary>
public sealed class DutchAuctionSequenceTests
{
    private static readonly string[] Provers = ["p1", "p2", "p3"];

    private static readonly FsCheck.Gen<Step> Steps = Gen.Frequency<Step>(
        (6, from id in Gen.Elements(Provers) from session in Sessions() from grant in Gen.Frequency((4, Gen.Constant(ReasonCode.None)), (1, Gen.Constant(ReasonCode.SlotsFull)), (1, Gen.Constant(ReasonCode.SessionUnknown)))
            select (Step)new Join(id, session, grant)),
        (4, from id in Gen.Elements(Provers) from session in Sessions() select (Step)new Confirm(id, session)),
        (2, from id in Gen.Elements(Provers) from session in Sessions() select (Step)new Decline(id, session)),
        (3, from id in Gen.Elements(Provers) from session in Sessions() from valid in Property.Coin select (Step)new Submit(id, session, valid)),
        (1, from cause in Gen.Elements(ReasonCode.None, ReasonCode.CancelledByRequester) select (Step)new Conclude(cause)),
        (4, from seconds in Gen.Choose(1, 40) select (Step)new Wait(seconds)));

    [Fact]
    public void A_lock_is_paid_its_price_given_back_for_a_share_and_missed_for_all_of_it()
    {
        var auction = Start(("lockTimeout", "40"));
        auction = Lock(auction, "p1", At(15));
        // One to ten over 30 s: 5.5 after 15 s.
        Assert.Equal(("p1", 5_500_000, At(55)), (auction.Lock!.ProverId, auction.Lock.Price.Micro, auction.Lock.Deadline));
        Assert.Equal(ReasonCode.LockHeld, DutchAuctionRules.CheckJoin(auction, "p2", At(20))?.Code);
        Assert.Same(auction, DutchAuctionRules.Joining(auction, "p1", "s1", At(20))); // the price stays

        var won = DutchAuctionRules.Verified(auction, Proof("p1", At(55)));
        Assert.Equal(5_500_000, Assert.Single(won.Run.Report!.Payments).Amount.Micro);

        // Given back after a quarter of the time: a quarter of the bond, and the price goes on rising.
        var returned = DutchAuctionRules.Declined(auction, "p1", "s1", ReasonCode.ProvingFailed, At(25));
        Assert.Equal(new Credits(2_500_000), returned.Run.Participants["p1"].Penalty);
        Assert.Null(DutchAuctionRules.NextAt(returned));
        Assert.Equal(ReasonCode.ProverExcluded, DutchAuctionRules.CheckJoin(returned, "p1", At(25))?.Code);
        returned = Lock(returned, "p2", At(30));
        Assert.Equal(10_000_000, returned.Lock!.Price.Micro);
        var ending = DutchAuctionRules.Verified(returned, Proof("p2", At(31))).Run.Report!.Leases.Single(lease => lease.ProverId == "p1");
        Assert.Equal((LeaseOutcome.Miss, ReasonCode.ProvingFailed, 2_500_000), (ending.Outcome, ending.Reason, ending.Slashed.Micro));

        // Missed: all of it, and others come to the rescue without a bond.
        Assert.Equal(At(55).AddTicks(1), DutchAuctionRules.NextAt(auction));
        Assert.Same(auction, DutchAuctionRules.Act(auction, At(55)));
        var missed = DutchAuctionRules.Act(auction, At(56));
        Assert.Equal(DateTimeOffset.MinValue, DutchAuctionRules.NextAt(missed));
        var rescue = DutchAuctionRules.Act(missed, At(56));
        Assert.Equal((At(56), Credits.Zero), (rescue.RescueOpenedAt, rescue.Run.Bond));
        Assert.Null(DutchAuctionRules.NextAt(rescue));
        Assert.Equal(ReasonCode.ProverExcluded, DutchAuctionRules.CheckJoin(rescue, "p1", At(57))?.Code);
        rescue = Lock(Lock(rescue, "p2", At(57)), "p3", At(57)); // both may: it is a race now
        Assert.Equal("p1", rescue.Lock!.ProverId);
        var settlement = Settle(DutchAuctionRules.Verified(rescue, Proof("p3", At(60))));
        Assert.Equal(
            [("p3-account", 5_000_000, CreditKind.Reward), ("bot", 5_000_000, CreditKind.Compensation), ("p3-account", 3_000_000, CreditKind.Rescue), ("treasury", 2_000_000, CreditKind.Treasury)],
            settlement.Credits.Select(credit => (credit.Account, credit.Amount.Micro, credit.Kind)));
    }

    [Fact]
    public void Whoever_rewrites_a_lock_a_penalty_or_a_payment_is_found_there()
    {
        var returned = DutchAuctionRules.Declined(Lock(Start(), "p1", At(15)), "p1", "s1", ReasonCode.ProvingFailed, At(20));
        var won = DutchAuctionRules.Verified(Lock(returned, "p2", At(21)), Proof("p2", At(22)));
        foreach (var kind in new[] { TranscriptKind.Locked, TranscriptKind.Penalised, TranscriptKind.Paid })
        {
            var at = won.Run.Transcript.ToList().FindIndex(entry => entry.Kind == kind);
            var forged = won.Run.Transcript.SetItem(at, won.Run.Transcript[at] with { Value = "9000000" }).Aggregate(
                System.Collections.Immutable.ImmutableArray<TranscriptEntry>.Empty,
                (chain, entry) => TranscriptRules.Append(chain, entry.Kind, entry.At, entry.ProverId, entry.Value));
            Assert.Equal(at, DutchAuctionAudit.Check(won.Run.Order, forged)?.Entry);
        }
    }

    [Fact]
    public void An_invalid_proof_opens_the_rescue_at_once()
    {
        var auction = Lock(Start(), "p1", At(0));
        auction = auction.With(RunRules.Disqualified(auction.Run, "p1", ReasonCode.ProofInvalid, "", At(1)));
        Assert.Equal(At(1), DutchAuctionRules.Act(auction, At(1)).RescueOpenedAt);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_lock_that_is_not_confirmed_does_not_block_the_run_for_long(bool granted)
    {
        var auction = DutchAuctionRules.Joining(Start(), "p1", "s1", At(0));
        if (granted) auction = DutchAuctionRules.Granted(auction, "p1", "s1", "p1-account", At(1));
        Assert.Null(RunRules.CheckJoin(auction.Run, "p1", At(1)));
        Assert.Equal(At(10), DutchAuctionRules.NextAt(auction));
        var lapsed = DutchAuctionRules.Act(auction, At(10));
        Assert.Equal(ParticipantStatus.Lapsed, lapsed.Run.Participants["p1"].Status);
        Assert.Null(DutchAuctionRules.CheckJoin(lapsed, "p2", At(10)));
    }

    [Fact]
    public void Who_was_refused_the_lock_keeps_its_bond_in_the_rescue()
    {
        var auction = DutchAuctionRules.Joining(Start(), "p2", "s1", At(0));
        auction = auction.With(RunRules.JoinRefused(auction.Run, "p2", Refusal.Of(ReasonCode.SlotsFull, "slots"), isFirstAttempt: true));
        auction = Lock(auction, "p1", At(1));
        auction = DutchAuctionRules.Act(DutchAuctionRules.Act(auction, At(100)), At(100));
        auction = DutchAuctionRules.Joining(auction, "p2", "s1", At(101));
        Assert.Equal(new LeaseTerms { Bond = Credits.Whole(10), Deadline = Samples.Hard }, auction.Run.Participants["p2"].Terms);
    }

    [Fact]
    public void A_prover_that_is_refused_the_lock_asks_for_it_a_bounded_number_of_times()
    {
        var auction = Start();
        for (var i = 0; i < DutchAuctionRules.MostAttempts; i++)
        {
            Assert.Equal(i >= DutchAuctionRules.ManyAttempts, DutchAuctionRules.MustAskItself(auction, "p1"));
            Assert.Equal(i >= DutchAuctionRules.ManyAttempts, DutchAuctionRules.MustAskItself(auction, "p2"));
            Assert.Null(DutchAuctionRules.CheckJoin(auction, "p1", At(i)));
            auction = DutchAuctionRules.Joining(auction, "p1", "s1", At(i));
            auction = auction.With(RunRules.JoinRefused(auction.Run, "p1", Refusal.Of(ReasonCode.SlotsFull, "slots"), isFirstAttempt: true));
        }
        Assert.Equal(Refusal.Of(ReasonCode.RunFull, "lock", "asked for at most 16 times by one prover", "16"), DutchAuctionRules.CheckJoin(auction, "p1", At(16)));
        auction = Lock(auction, "p2", At(16));
        Assert.False(DutchAuctionRules.MustAskItself(auction, "p2"));
    }

    [Fact]
    public void A_Dutch_auction_keeps_its_promises() => Property.Holds(Property.Sequences(Steps), steps =>
    {
        var (auction, now) = (Start(("rescuers", "2")), Samples.Now);
        var bonds = new Dictionary<string, Credits>();
        foreach (var step in steps)
        {
            while (DutchAuctionRules.NextAt(auction) is { } at && at <= now) auction = DutchAuctionRules.Act(auction, now);
            var next = Apply(auction, step, ref now);
            if (auction.Run.Report is not null) Assert.Same(auction, next);
            auction = next;

            // One prover at a time until a lock was lost; the bond of a prover never changes, since its lease has only one.
            if (!DutchAuctionRules.IsLost(auction)) Assert.True(auction.Run.Participants.Values.Count(RunRules.HasPlace) <= 1);
            else Assert.True(auction.Run.Participants.Values.Count(RunRules.HasPlace) <= 2);
            foreach (var participant in auction.Run.Participants.Values)
            {
                if (!bonds.TryAdd(participant.ProverId, participant.Terms!.Bond)) Assert.Equal(bonds[participant.ProverId], participant.Terms.Bond);
            }
        }
        var confirmed = auction.Run.Transcript.Where(entry => entry.Kind == TranscriptKind.Leased).Select(entry => entry.ProverId).ToHashSet();
        if (auction.Run.Report is null) auction = auction.With(RunRules.Concluded(auction.Run, ReasonCode.None, now > Samples.Hard ? now : Samples.Hard));

        var report = auction.Run.Report!;
        Assert.True(report.Payments.Length <= 1);
        Assert.Equal(report.Succeeded, report.Payments.Length == 1);
        // Nobody loses anything that has not said that it knows of its lease.
        Assert.All(report.Leases.Where(lease => lease.Slashed > Credits.Zero), lease => Assert.Contains(lease.ProverId, confirmed));
        Assert.Null(DutchAuctionAudit.Check(auction.Run.Order, auction.Run.Transcript));
        var settlement = Settle(auction);
        var slashed = report.Leases.Sum(lease => lease.Slashed.Micro);
        Assert.Equal(settlement.Captured.Micro + slashed, settlement.Credits.Sum(credit => credit.Amount.Micro));
        Assert.InRange(settlement.Captured.Micro, 0, Samples.Price.Micro);
    }, times: 500);

    private static Settlement Settle(DutchAuctionState auction) =>
        SettlementRules.Of("request-1", "bot", Samples.Price, auction.Run.Report!, new SlashSplit(), At(61));

    private static DutchAuctionState Apply(DutchAuctionState auction, Step step, ref DateTimeOffset now)
    {
        switch (step)
        {
            case Wait wait:
                now = now.AddSeconds(wait.Seconds);
                return auction;
            case Conclude conclude:
                return auction.Run.Report is null ? auction.With(RunRules.Concluded(auction.Run, conclude.Cause, now)) : auction;
            case Decline decline:
                return DutchAuctionRules.Declined(auction, decline.ProverId, decline.Session, ReasonCode.ProvingFailed, now);
            case Join join when DutchAuctionRules.CheckJoin(auction, join.ProverId, now) is null:
                var isFirst = RunRules.IsFirstAttempt(auction.Run, join.ProverId);
                var joining = DutchAuctionRules.Joining(auction, join.ProverId, join.Session, now);
                return join.Answer == ReasonCode.None
                    ? DutchAuctionRules.Granted(joining, join.ProverId, join.Session, $"{join.ProverId}-account", now)
                    : joining.With(RunRules.JoinRefused(joining.Run, join.ProverId, Refusal.Of(join.Answer, "registry"), isFirst));
            case Confirm confirm when RunRules.CheckConfirmation(auction.Run, confirm.ProverId, confirm.Session, now) is null:
                return auction.With(RunRules.Confirmed(auction.Run, confirm.ProverId, now));
            case Submit submit when RunRules.CheckSubmission(auction.Run, submit.ProverId, submit.Session, Bytes.Empty, Bytes.Empty, now) is null:
                return submit.IsValid
                    ? DutchAuctionRules.Verified(auction, Proof(submit.ProverId, now))
                    : auction.With(RunRules.Disqualified(auction.Run, submit.ProverId, ReasonCode.ProofInvalid, "", now));
            default:
                return auction;
        }
    }

    private static DutchAuctionState Start(params (string, string)[] values) => DutchAuctionRules.Start(Samples.Order(values), Samples.Now).State!;

    private static DutchAuctionState Lock(DutchAuctionState auction, string proverId, DateTimeOffset now)
    {
        Assert.Null(DutchAuctionRules.CheckJoin(auction, proverId, now));
        var joining = DutchAuctionRules.Joining(auction, proverId, "s1", now);
        var granted = DutchAuctionRules.Granted(joining, proverId, "s1", $"{proverId}-account", now);
        Assert.Null(RunRules.CheckConfirmation(granted.Run, proverId, "s1", now));
        return granted.With(RunRules.Confirmed(granted.Run, proverId, now));
    }

    private static AcceptedProof Proof(string proverId, DateTimeOffset at) =>
        new() { ProverId = proverId, Proof = Bytes.Utf8("proof"), ReceivedAt = at, VerifiedAt = at };

    private static DateTimeOffset At(double seconds) => Samples.Now.AddSeconds(seconds);

    private static FsCheck.Gen<string> Sessions() => Gen.Frequency((4, Gen.Constant("s1")), (1, Gen.Constant("s2")));

    private abstract record Step;

    private sealed record Join(string ProverId, string Session, ReasonCode Answer) : Step;

    private sealed record Confirm(string ProverId, string Session) : Step;

    private sealed record Decline(string ProverId, string Session) : Step;

    private sealed record Submit(string ProverId, string Session, bool IsValid) : Step;

    private sealed record Conclude(ReasonCode Cause) : Step;

    private sealed record Wait(int Seconds) : Step;
}
