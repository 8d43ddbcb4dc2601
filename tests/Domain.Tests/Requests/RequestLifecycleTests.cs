using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Requests;

public sealed class RequestLifecycleTests
{
    private static readonly DateTimeOffset At = Samples.Now;

    private static readonly RoutePlan Plan = new() { Stages = [Samples.Choice()], Explanation = "the requester named race" };

    private static readonly ReasonCode[] Failures =
        [ReasonCode.NobodyJoined, ReasonCode.NobodyDelivered, ReasonCode.CancelledByRequester, ReasonCode.ParameterInvalid, ReasonCode.RunOrderConflict];

    [Fact]
    public void The_way_of_a_fulfilled_request()
    {
        var state = Opened();
        Assert.Equal((RequestPhase.Open, 1L, 0), (state.Phase, state.Version, state.Stage));
        Assert.Equal("digest", state.Digest);
        Assert.Equal((At, Samples.Hard), (state.SubmittedAt, state.StageDeadline));

        var settlement = new Settlement { DecidedAt = Samples.Now, Captured = Credits.Whole(7) };
        state = RequestLifecycle.Decided(state, Won(), [Event(RequestPhase.Assigned, 3), Event(RequestPhase.Verifying, 4)], settlement, At.AddSeconds(5));
        Assert.Equal((RequestPhase.Settling, 2L, ReasonCode.Won, "p1"), (state.Phase, state.Version, state.Outcome, state.ProverId));
        Assert.Same(settlement, state.Settlement);

        state = RequestLifecycle.Settled(state, At.AddSeconds(6));
        Assert.Equal((RequestPhase.Fulfilled, 3L, ReasonCode.Won, "p1"), (state.Phase, state.Version, state.Outcome, state.ProverId));
        Assert.Equal(
            [RequestPhase.Submitted, RequestPhase.Routed, RequestPhase.Open, RequestPhase.Assigned, RequestPhase.Verifying, RequestPhase.Settling, RequestPhase.Fulfilled],
            state.Timeline.Select(entry => entry.Phase));
        Assert.Equal([0, 1, 1, 3, 4, 5, 6], state.Timeline.Select(entry => (int)(entry.At - At).TotalSeconds));
        Assert.Equal("10 credits held; the requester named race", state.Timeline[1].Detail);
        Assert.Equal("race, stage 0", state.Timeline[2].Detail);
        Assert.Equal((ReasonCode.Won, "p1", "7 credits paid"), (state.Timeline[^1].Reason, state.Timeline[^1].ProverId, state.Timeline[^1].Detail));
    }

    [Theory]
    [InlineData(ReasonCode.CancelledByRequester, RequestPhase.Cancelled)]
    [InlineData(ReasonCode.NobodyJoined, RequestPhase.Expired)]
    [InlineData(ReasonCode.NobodyDelivered, RequestPhase.Expired)]
    [InlineData(ReasonCode.ParameterInvalid, RequestPhase.Failed)]
    [InlineData(ReasonCode.RunClosed, RequestPhase.Failed)]
    public void Without_a_proof_the_reason_says_how_it_ends(ReasonCode reason, RequestPhase final)
    {
        var state = RequestLifecycle.Settled(RequestLifecycle.Decided(Opened(), Lost(reason), [], NothingPaid, At), At);
        Assert.Equal((final, reason, reason), (state.Phase, state.Outcome, state.Timeline[^1].Reason));
        Assert.Null(state.ProverId);
        Assert.True(state.Phase.IsFinal());
    }

    [Fact]
    public void A_rejected_request_is_final_and_says_why()
    {
        var refusal = Refusal.Of(ReasonCode.BalanceInsufficient, "amount", "at most the available 3 credits", "10");
        var state = RequestLifecycle.Rejected("digest", At, refusal, At.AddSeconds(1));
        Assert.Equal((RequestPhase.Rejected, 1L, ReasonCode.BalanceInsufficient), (state.Phase, state.Version, state.Outcome));
        Assert.Equal(refusal, state.Refusal);
        Assert.Equal([RequestPhase.Submitted, RequestPhase.Rejected], state.Timeline.Select(entry => entry.Phase));
        Assert.Equal((ReasonCode.BalanceInsufficient, refusal.ToString()), (state.Timeline[1].Reason, state.Timeline[1].Detail));
        Assert.All(Enum.GetValues<Step>(), step => Assert.Throws<InvalidOperationException>(() => Apply(state, step, Lost(ReasonCode.NobodyJoined))));
    }

    [Fact]
    public void A_wish_to_cancel_is_noted_until_the_outcome_is_decided()
    {
        var wanted = RequestLifecycle.CancelWanted(Opened());
        Assert.True(wanted.CancelRequested);
        Assert.Equal((RequestPhase.Open, 2L), (wanted.Phase, wanted.Version));
        var decided = RequestLifecycle.Decided(wanted, Won(), [], NothingPaid, At); // the proof was faster
        Assert.Equal(ReasonCode.Won, decided.Outcome);
        Assert.Throws<InvalidOperationException>(() => RequestLifecycle.CancelWanted(decided));
    }

    [Fact]
    public void A_report_that_contradicts_itself_is_not_decided()
    {
        RunReport[] contradictions =
        [
            Lost(ReasonCode.None), // the user could never be told why
            Lost(ReasonCode.Won), // fulfilled without a proof
            Won() with { Reason = ReasonCode.NobodyDelivered }, // a proof that is thrown away
        ];
        foreach (var report in contradictions)
            Assert.Throws<InvalidOperationException>(() => RequestLifecycle.Decided(Opened(), report, [], NothingPaid, At));
    }

    [Fact]
    public void A_repeated_wish_to_cancel_changes_nothing()
    {
        var wanted = RequestLifecycle.CancelWanted(Opened());
        Assert.Same(wanted, RequestLifecycle.CancelWanted(wanted));
    }

    [Theory]
    [InlineData(RequestPhase.Submitted, false)]
    [InlineData(RequestPhase.Routed, false)]
    [InlineData(RequestPhase.Open, false)]
    [InlineData(RequestPhase.Assigned, false)]
    [InlineData(RequestPhase.Verifying, false)]
    [InlineData(RequestPhase.Settling, false)]
    [InlineData(RequestPhase.Fulfilled, true)]
    [InlineData(RequestPhase.Rejected, true)]
    [InlineData(RequestPhase.Cancelled, true)]
    [InlineData(RequestPhase.Expired, true)]
    [InlineData(RequestPhase.Failed, true)]
    public void Final_phases(RequestPhase phase, bool final) => Assert.Equal(final, phase.IsFinal());

    [Fact]
    public void Only_the_allowed_transitions_exist() => Property.Holds(
        Property.Sequences(Gen.Elements(Enum.GetValues<Step>()).Zip(Gen.Elements([ReasonCode.Won, .. Failures])), longest: 12),
        steps =>
        {
            var state = Opened();
            foreach (var (step, reason) in steps)
            {
                var report = reason == ReasonCode.Won ? Won() : Lost(reason);
                if (!IsAllowed(state.Phase, step))
                {
                    Assert.Throws<InvalidOperationException>(() => Apply(state, step, report));
                    continue;
                }
                var next = Apply(state, step, report);
                if (step == Step.Cancel && state.CancelRequested)
                {
                    Assert.Same(state, next);
                    continue;
                }
                Assert.True(next.Version > state.Version);
                Assert.True(next.Phase >= state.Phase);
                Assert.Equal(state.Timeline, next.Timeline.Take(state.Timeline.Length));
                Assert.Equal((state.Digest, state.SubmittedAt, state.Plan), (next.Digest, next.SubmittedAt, next.Plan));
                if (next.Phase != state.Phase) Assert.Equal(next.Phase, next.Timeline[^1].Phase);
                if (next.Phase >= RequestPhase.Settling) Assert.NotNull(next.Settlement);
                if (next.Phase.IsFinal()) Assert.Equal(state.Settlement, next.Settlement);
                state = next;
            }
        });

    private enum Step
    {
        Cancel,
        Decide,
        Settle,
    }

    private static bool IsAllowed(RequestPhase phase, Step step) => (phase, step) switch
    {
        (RequestPhase.Open, Step.Cancel or Step.Decide) => true,
        (RequestPhase.Settling, Step.Settle) => true,
        _ => false,
    };

    private static RequestState Apply(RequestState state, Step step, RunReport report) => step switch
    {
        Step.Cancel => RequestLifecycle.CancelWanted(state),
        Step.Decide => RequestLifecycle.Decided(state, report, [Event(RequestPhase.Assigned, 1)], NothingPaid, At),
        _ => RequestLifecycle.Settled(state, At),
    };

    private static readonly Settlement NothingPaid = new() { DecidedAt = Samples.Now, Captured = Credits.Zero };

    private static RequestState Opened() => RequestLifecycle.Opened("digest", At, Plan, Samples.Price, Samples.Hard, At.AddSeconds(1));

    private static RunReport Won() => new()
    {
        Reason = ReasonCode.Won,
        EndedAt = At,
        Proof = new AcceptedProof { ProverId = "p1", Proof = Bytes.Utf8("{}"), ReceivedAt = At, VerifiedAt = At },
    };

    private static RunReport Lost(ReasonCode reason) => new() { Reason = reason, EndedAt = At };

    private static TimelineEntry Event(RequestPhase phase, int second) => new() { At = At.AddSeconds(second), Phase = phase, ProverId = "p1" };
}
