using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Tests.Mechanisms.Race;

/// <summary>Any sequence of what provers, clock and requester can do to a race, as its grain would apply it: a check first, then the transition.</summary>
public sealed class RaceSequenceTests
{
    private static readonly string[] Provers = ["p1", "p2", "p3", "p4"];

    private static readonly FsCheck.Gen<Step> Steps = Gen.Frequency<Step>(
        (6, from id in Gen.Elements(Provers) from session in Sessions() from grant in Gen.Frequency((4, Gen.Constant(ReasonCode.None)), (1, Gen.Constant(ReasonCode.SlotsFull)), (1, Gen.Constant(ReasonCode.SessionUnknown)))
            select (Step)new Join(id, session, grant)),
        (2, from id in Gen.Elements(Provers) from session in Sessions() select (Step)new Decline(id, session)),
        (3, from id in Gen.Elements(Provers) from session in Sessions() from valid in Gen.Frequency((1, Gen.Constant(true)), (2, Gen.Constant(false)))
            select (Step)new Submit(id, session, valid)),
        (1, from cause in Gen.Elements(ReasonCode.None, ReasonCode.None, ReasonCode.CancelledByRequester) select (Step)new Conclude(cause)),
        (4, from seconds in Gen.Choose(1, 60) select (Step)new Wait(seconds)));

    [Fact]
    public void A_race_keeps_its_promises() => Property.Holds(Property.Sequences(Steps), steps =>
    {
        var race = RaceRules.Start(Samples.Order(("bond", "3"), ("participants", "3")), Samples.Now).State!;
        var (now, heldALease, invalid) = (Samples.Now, new HashSet<string>(), new HashSet<string>());
        foreach (var step in steps)
        {
            var next = Apply(race, step, ref now);
            if (race.Report is not null) Assert.Same(race, next);
            Assert.Equal(race.Events, next.Events.Take(race.Events.Length));
            foreach (var participant in next.Participants.Values)
            {
                if (participant.Status == ParticipantStatus.Proving) heldALease.Add(participant.ProverId);
                if (participant.Status == ParticipantStatus.Disqualified) invalid.Add(participant.ProverId);
            }
            Assert.True(next.Participants.Values.Count(p => p.Status is ParticipantStatus.Joining or ParticipantStatus.Proving) <= 3);
            race = next;
        }
        race = race.With(RunRules.Concluded(race.Run, ReasonCode.None, now > Samples.Hard ? now : Samples.Hard));

        var report = race.Report!;
        Assert.True(report.Payments.Length <= 1);
        Assert.All(report.Payments, payment =>
        {
            Assert.InRange(payment.Amount.Micro, 1, race.Order.MaxPrice.Micro);
            Assert.Equal((report.Proof!.ProverId, $"{payment.ProverId}-account"), (payment.ProverId, payment.Account));
        });
        Assert.Equal(report.Reason == ReasonCode.Won, report.Succeeded);
        Assert.NotEqual(ReasonCode.None, report.Reason);

        Assert.Null(TranscriptRules.FirstBroken(race.Run.Transcript));
        Assert.Equal((TranscriptKind.Opened, TranscriptKind.Closed), (race.Run.Transcript[0].Kind, race.Run.Transcript[^1].Kind));

        // Exactly one ending for everybody who may hold a lease, a penalty only for who held one and failed, a completion only for the winner.
        Assert.Equal(race.Participants.Keys, report.Leases.Select(lease => lease.ProverId));
        Assert.True(heldALease.IsSubsetOf(race.Participants.Keys));
        Assert.All(report.Leases, lease =>
        {
            Assert.Equal((Credits.Whole(3), Samples.Hard), (lease.Bond, lease.Deadline));
            if (lease.Outcome == LeaseOutcome.Miss) Assert.Contains(lease.ProverId, heldALease);
            if (lease.Outcome == LeaseOutcome.Miss && report.Reason is not ReasonCode.NobodyDelivered) Assert.Contains(lease.ProverId, invalid);
            Assert.Equal(lease.Outcome == LeaseOutcome.Complete, report.Succeeded && lease.ProverId == report.Proof!.ProverId);
        });
        Assert.All(invalid, id => Assert.Equal(LeaseOutcome.Miss, report.Leases.Single(lease => lease.ProverId == id).Outcome));
    }, times: 500);

    private static RaceState Apply(RaceState race, Step step, ref DateTimeOffset now)
    {
        var run = race.Run;
        switch (step)
        {
            case Wait wait:
                now = now.AddSeconds(wait.Seconds);
                return race;
            case Conclude conclude:
                return Become(race, RunRules.Concluded(run, conclude.Cause, now));
            case Decline decline:
                return Become(race, RunRules.Declined(run, decline.ProverId, decline.Session, ReasonCode.ProvingFailed, now));
            case Join join when RaceRules.CheckJoin(race, join.ProverId, now) is null:
                var isFirst = RunRules.IsFirstAttempt(run, join.ProverId);
                var joining = RunRules.Joining(run, join.ProverId, join.Session);
                return Become(race, join.Answer == ReasonCode.None
                    ? RunRules.Joined(joining, join.ProverId, join.Session, $"{join.ProverId}-account", now)
                    : RunRules.JoinRefused(joining, join.ProverId, Refusal.Of(join.Answer, "registry"), isFirst));
            case Submit submit when RunRules.CheckSubmission(run, submit.ProverId, submit.Session, Bytes.Empty, Bytes.Empty, now) is null:
                return submit.IsValid
                    ? race.With(RaceRules.Verified(race.Run, race.Parameters.Prize, new AcceptedProof { ProverId = submit.ProverId, Proof = Bytes.Empty, ReceivedAt = now, VerifiedAt = now }))
                    : Become(race, RunRules.Disqualified(run, submit.ProverId, ReasonCode.ProofInvalid, "", now));
            default:
                return race;
        }
    }

    private static RaceState Become(RaceState race, RunState run) => ReferenceEquals(run, race.Run) ? race : race.With(run);

    private static FsCheck.Gen<string> Sessions() => Gen.Frequency((4, Gen.Constant("s1")), (1, Gen.Constant("s2")));

    private abstract record Step;

    private sealed record Join(string ProverId, string Session, ReasonCode Answer) : Step;

    private sealed record Decline(string ProverId, string Session) : Step;

    private sealed record Submit(string ProverId, string Session, bool IsValid) : Step;

    private sealed record Conclude(ReasonCode Cause) : Step;

    private sealed record Wait(int Seconds) : Step;
}
