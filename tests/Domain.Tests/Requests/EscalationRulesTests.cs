using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Requests;

public sealed class EscalationRulesTests
{
    private static readonly DateTimeOffset Now = Samples.Now;
    private static readonly DateTimeOffset Hard = Now.AddSeconds(90);
    private static readonly Credits Bond = Credits.Whole(10);

    [Theory]
    [InlineData(ReasonCode.NobodyJoined, ReasonCode.None, FailureCause.NobodyBid)]
    [InlineData(ReasonCode.NobodyDelivered, ReasonCode.LeaseMissed, FailureCause.Late)]
    [InlineData(ReasonCode.NobodyDelivered, ReasonCode.ProofInvalid, FailureCause.InvalidProof)]
    [InlineData(ReasonCode.NobodyDelivered, ReasonCode.ProofMalformed, FailureCause.InvalidProof)]
    [InlineData(ReasonCode.CancelledByRequester, ReasonCode.None, null)]
    [InlineData(ReasonCode.Won, ReasonCode.None, null)]
    [InlineData(ReasonCode.ParameterInvalid, ReasonCode.None, FailureCause.NotStarted)]
    [InlineData(ReasonCode.RunOrderConflict, ReasonCode.None, null)]
    public void A_cause_follows_from_how_the_run_and_its_leases_ended(ReasonCode run, ReasonCode lease, FailureCause? cause) =>
        Assert.Equal(cause, EscalationRules.CauseOf(Report(run, lease == ReasonCode.None ? [] : [Missed("p1", lease)])));

    [Fact]
    public void The_first_later_stage_that_answers_the_cause_is_next()
    {
        var state = State([Fallback(FailureCause.NobodyBid), Fallback(FailureCause.Late, FailureCause.InvalidProof), Fallback()]);
        Assert.Equal(1, Next(state, Report(ReasonCode.NobodyJoined))?.Stage);
        Assert.Equal(2, Next(state, Report(ReasonCode.NobodyDelivered, Missed("p1")))?.Stage);
        Assert.Equal(2, Next(state with { Stage = 1 }, Report(ReasonCode.NobodyDelivered, Missed("p1", ReasonCode.ProofInvalid)))?.Stage);
        Assert.Equal(3, Next(state with { Stage = 1 }, Report(ReasonCode.NobodyJoined))?.Stage);
        Assert.Null(Next(state with { Stage = 3 }, Report(ReasonCode.NobodyJoined)));
        Assert.Null(Next(State([Fallback(FailureCause.Late)]), Report(ReasonCode.NobodyJoined)));
    }

    [Fact]
    public void A_plan_can_say_when_its_stages_end()
    {
        var plan = State([Fallback()]).Plan! with { EndsPermille = [600, 1000] };
        Assert.Equal(Now.AddSeconds(54), EscalationRules.DeadlineOf(plan, 0, Now, Now, Hard));
        Assert.Equal(Hard, EscalationRules.DeadlineOf(plan, 1, Now, Now.AddSeconds(10), Hard));
        // Its time is over already: it has what is left.
        Assert.Equal(Hard, EscalationRules.DeadlineOf(plan, 0, Now, Now.AddSeconds(54), Hard));
    }

    [Fact]
    public void Who_has_failed_stays_out_and_who_gave_its_lease_back_does_not()
    {
        var quit = Missed("quitter") with { Outcome = LeaseOutcome.Decline };
        var state = State([Fallback(), Fallback()]) with { Excluded = ["earlier"] };
        Assert.Equal(["earlier", "late"], Next(state, Report(ReasonCode.NobodyDelivered, Missed("late"), quit))?.Excluded);
    }

    [Fact]
    public void The_time_that_is_left_is_shared_by_the_stages_that_are_left()
    {
        var state = State([Fallback(), Fallback()]);
        Assert.Equal(Now.AddSeconds(30), EscalationRules.DeadlineOf(state.Plan!, 0, Now, Now, Hard));
        Assert.Equal(Now.AddSeconds(60), EscalationRules.Next(state, Report(ReasonCode.NobodyJoined), Hard, Now.AddSeconds(30))?.Deadline);
        Assert.Equal(Hard, EscalationRules.Next(state with { Stage = 1 }, Report(ReasonCode.NobodyJoined), Hard, Now.AddSeconds(60))?.Deadline);
        Assert.Equal(Hard, EscalationRules.DeadlineOf(State([]).Plan!, 0, Now, Now, Hard));
    }

    [Fact]
    public void Nothing_follows_without_time_or_after_a_cancellation()
    {
        var state = State([Fallback()]);
        Assert.Null(EscalationRules.Next(state, Report(ReasonCode.NobodyJoined), Hard, Hard - EscalationRules.LeastTime + TimeSpan.FromTicks(1)));
        Assert.NotNull(EscalationRules.Next(state, Report(ReasonCode.NobodyJoined), Hard, Hard - EscalationRules.LeastTime));
        Assert.Null(Next(state with { CancelRequested = true }, Report(ReasonCode.NobodyJoined)));
    }

    [Fact]
    public void The_timeline_tells_of_the_escalation_and_its_reason()
    {
        var state = State([Fallback()]);
        var report = Report(ReasonCode.NobodyDelivered, Missed("p1"));
        var next = RequestLifecycle.Escalated(state, report, [], Next(state, report)!.Value, Now);
        Assert.Equal((RequestPhase.Open, 1, Hard), (next.Phase, next.Stage, next.StageDeadline));
        var told = next.Timeline[^1];
        Assert.Equal((RequestPhase.Open, ReasonCode.NobodyDelivered, "stage 0 failed (Late); race, stage 1, without p1"), (told.Phase, told.Reason, told.Detail));
        Assert.Throws<InvalidOperationException>(() => RequestLifecycle.Escalated(next, report, [], new Escalation(1, FailureCause.Late, Hard, []), Now));
    }

    /// <summary>What is credited is what is captured and what all stages have slashed.</summary>
    [Fact]
    public void A_settlement_pays_out_the_slashed_bonds_of_every_stage_once()
    {
        var earlier = new EndedStage { Stage = 0, Cause = FailureCause.Late, Leases = [Missed("p1"), Missed("p2") with { Outcome = LeaseOutcome.Decline }] };
        var won = Report(ReasonCode.Won, Missed("p1")) with
        {
            Proof = new AcceptedProof { ProverId = "p3", Proof = Bytes.Utf8("proof"), ReceivedAt = Now, VerifiedAt = Now },
            Payments = [new RunPayment { ProverId = "p3", Account = "rescuer", Amount = Credits.Whole(6) }],
        };
        var settlement = SettlementRules.Of("r", "alice", Credits.Whole(10), won, new SlashSplit(), Now, [earlier]);
        Assert.Equal(26 * Credits.MicroPerCredit, settlement.Credits.Sum(credit => credit.Amount.Micro));
        Assert.Equal(settlement.Credits.Length, settlement.Credits.Select(credit => credit.EntryId).Distinct().Count());
        Assert.Equal(["p1"], settlement.Leases.Select(lease => lease.ProverId));
        Assert.Equal(6_000_000, settlement.Credits.Where(credit => credit.Kind == CreditKind.Rescue).Sum(credit => credit.Amount.Micro));
    }

    private static Escalation? Next(RequestState state, RunReport report) => EscalationRules.Next(state, report, Hard, Now);

    private static RequestFallback Fallback(params FailureCause[] causes) => new() { Mechanism = new MechanismChoice { Name = "race" }, Causes = [.. causes] };

    private static RequestState State(ImmutableArray<RequestFallback> fallbacks) => new()
    {
        Digest = "", Phase = RequestPhase.Open, Version = 1, SubmittedAt = Now,
        Plan = new RoutePlan
        {
            Stages = [new MechanismChoice { Name = "race" }, .. fallbacks.Select(fallback => fallback.Mechanism)], Explanation = "named", Fallbacks = fallbacks,
        },
    };

    private static RunReport Report(ReasonCode reason, params LeaseEnding[] leases) => new() { Reason = reason, EndedAt = Now, Leases = [.. leases] };

    private static LeaseEnding Missed(string prover, ReasonCode reason = ReasonCode.LeaseMissed) => new()
    {
        ProverId = prover, Outcome = LeaseOutcome.Miss, Reason = reason, Bond = Bond, Deadline = Now,
    };
}
