using ProvingMarket.Domain.Mechanisms;

namespace ProvingMarket.Domain.Requests;

/// <summary>When the records of a request may be deleted, and what stays of it. A request that is final has been settled: its last transition is written when
/// every lease has ended and everybody is paid.</summary>
public static class RetentionRules
{
    /// <summary>When a request ended; null while it is open.</summary>
    public static DateTimeOffset? EndedAt(RequestState state) => state.Phase.IsFinal() ? state.Timeline[^1].At : null;

    /// <summary>Whether a request that ended then is kept no longer. To the tick, never earlier.</summary>
    public static bool IsOver(DateTimeOffset endedAt, TimeSpan retention, DateTimeOffset now) => now - endedAt >= retention;

    /// <summary>Whether the records of a request may be deleted: it is final, and its retention is over. What has been deleted may be deleted again.</summary>
    public static bool MayForget(RequestState state, TimeSpan retention, DateTimeOffset now) =>
        state.ForgottenAt is not null || (EndedAt(state) is { } endedAt && IsOver(endedAt, retention, now));

    /// <summary>The stages that were begun: each may have a run with records of its own.</summary>
    public static IEnumerable<(int Stage, MechanismChoice Mechanism)> StagesOf(RequestState state) => state.Plan is not { } plan
        ? []
        : state.Ended.Select(ended => ended.Stage).Append(state.Stage).Select(stage => (stage, plan.Stages[stage]));

    /// <summary>What stays for as long as the ledger does: that the id was used and for which body, so that money is never moved for it again, and how it
    /// ended, with who was paid.</summary>
    /// <exception cref="InvalidOperationException">The request is open.</exception>
    public static RequestState Forgotten(RequestState state, DateTimeOffset now) => EndedAt(state) is null
        ? throw new InvalidOperationException($"The transition does not fit phase {state.Phase}.")
        : new RequestState
        {
            Digest = state.Digest,
            Phase = state.Phase,
            Version = state.Version + 1,
            SubmittedAt = state.SubmittedAt,
            Timeline = [new() { At = state.SubmittedAt, Phase = RequestPhase.Submitted }, state.Timeline[^1]],
            Outcome = state.Outcome,
            ProverId = state.ProverId,
            Settlement = state.Settlement is { } settled ? settled with { Leases = [] } : null,
            ForgottenAt = now,
        };

    /// <summary>Why nothing more is told of a request.</summary>
    public static Refusal RefusalOf(string requestId, RequestState state) =>
        Refusal.Of(ReasonCode.RequestForgotten, "requestId", "a request whose records are kept", state.ForgottenAt is { } at ? $"{requestId}, deleted {at:u}" : $"{requestId}, being deleted");
}
