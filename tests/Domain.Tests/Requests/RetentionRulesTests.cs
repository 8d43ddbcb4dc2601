using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Requests;

public sealed class RetentionRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = Start.AddMinutes(3);
    private static readonly TimeSpan Retention = TimeSpan.FromHours(1);

    public static TheoryData<RequestPhase> Open => [.. Enum.GetValues<RequestPhase>().Where(phase => !phase.IsFinal())];

    public static TheoryData<RequestPhase> Final => [.. Enum.GetValues<RequestPhase>().Where(phase => phase.IsFinal())];

    [Theory]
    [MemberData(nameof(Open))]
    public void What_is_open_or_settling_is_kept_however_old_it_is(RequestPhase phase)
    {
        var state = In(phase);
        Assert.Null(RetentionRules.EndedAt(state));
        Assert.False(RetentionRules.MayForget(state, Retention, End.AddYears(100)));
        Assert.Throws<InvalidOperationException>(() => RetentionRules.Forgotten(state, End));
    }

    [Theory]
    [MemberData(nameof(Final))]
    public void What_has_ended_is_kept_for_the_retention_to_the_tick(RequestPhase phase)
    {
        var state = In(phase);
        Assert.False(RetentionRules.MayForget(state, Retention, End + Retention - TimeSpan.FromTicks(1)));
        Assert.True(RetentionRules.MayForget(state, Retention, End + Retention));
    }

    [Fact]
    public void What_stays_is_the_id_the_body_s_digest_and_the_end()
    {
        var state = In(RequestPhase.Fulfilled);
        var left = RetentionRules.Forgotten(state, End + Retention);

        Assert.Equal((state.Digest, state.Phase, state.Outcome, state.ProverId), (left.Digest, left.Phase, left.Outcome, left.ProverId));
        Assert.Equal((Start, End), (left.SubmittedAt, RetentionRules.EndedAt(left)!.Value));
        Assert.Equal(state.Settlement!.Captured, left.Settlement!.Captured);
        Assert.Equal(state.Settlement.Credits, left.Settlement.Credits);
        Assert.Null(left.Plan);
        Assert.Empty(RetentionRules.StagesOf(left));
        Assert.True(RetentionRules.MayForget(left, TimeSpan.FromDays(3650), End));
        Assert.Equal(ReasonCode.RequestForgotten, RetentionRules.RefusalOf("r1", left).Code);
    }

    [Fact]
    public void Every_stage_that_was_begun_has_a_run_to_delete_and_no_other()
    {
        var ended = new EndedStage { Stage = 0, Cause = FailureCause.NobodyBid, Leases = [], TranscriptHash = Bytes.Empty, Payments = [], Statements = [] };
        var state = In(RequestPhase.Expired) with { Stage = 2, Ended = [ended] };
        Assert.Equal([(0, "race"), (2, "order-book")], RetentionRules.StagesOf(state).Select(begun => (begun.Stage, begun.Mechanism.Name)));
        Assert.Empty(RetentionRules.StagesOf(In(RequestPhase.Rejected) with { Plan = null }));
    }

    private static RequestState In(RequestPhase phase) => new()
    {
        Digest = "digest",
        Phase = phase,
        Version = 5,
        SubmittedAt = Start,
        Plan = new RoutePlan { Explanation = "named", Stages = [Choice("race"), Choice("dutch-auction"), Choice("order-book")] },
        Timeline = [new() { At = Start, Phase = RequestPhase.Submitted }, new() { At = Start.AddMinutes(1), Phase = RequestPhase.Open }, new() { At = End, Phase = phase }],
        Outcome = ReasonCode.Won,
        ProverId = "p1",
        Settlement = new Settlement
        {
            DecidedAt = End, Captured = Credits.Whole(3), Leases = [],
            Credits = [new SettlementCredit { EntryId = "r1/p1", Account = "p1-account", Amount = Credits.Whole(3), Kind = CreditKind.Reward }],
        },
    };

    private static MechanismChoice Choice(string name) => new() { Name = name, Parameters = ImmutableSortedDictionary<string, string>.Empty };
}
