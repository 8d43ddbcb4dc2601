using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;

namespace ProvingMarket.Domain.Requests;

/// <summary>The transitions of a request, as pure functions from state to state. A transition that does not fit the state throws
/// <see cref="InvalidOperationException"/>: the grain's order of steps would be wrong.</summary>
public static class RequestLifecycle
{
    /// <summary>Submitted, money held, planned, and the first stage's run to be started: the state that is acknowledged. Starting a run may be repeated, so
    /// that it was started needs no state of its own.</summary>
    public static RequestState Opened(string digest, DateTimeOffset submittedAt, RoutePlan plan, Credits held, DateTimeOffset deadline, DateTimeOffset now) => new()
    {
        Digest = digest,
        Phase = RequestPhase.Open,
        Version = 1,
        SubmittedAt = submittedAt,
        Plan = plan,
        StageDeadline = deadline,
        Timeline =
        [
            new() { At = submittedAt, Phase = RequestPhase.Submitted },
            new() { At = now, Phase = RequestPhase.Routed, Detail = $"{held} credits held; {plan.Explanation}" },
            new() { At = now, Phase = RequestPhase.Open, Detail = $"{plan.Stages[0].Name}, stage 0" },
        ],
    };

    /// <summary>Received, but refused when money was to be held.</summary>
    public static RequestState Rejected(string digest, DateTimeOffset submittedAt, Refusal refusal, DateTimeOffset now) => new()
    {
        Digest = digest,
        Phase = RequestPhase.Rejected,
        Version = 1,
        SubmittedAt = submittedAt,
        Outcome = refusal.Code,
        Refusal = refusal,
        Timeline =
        [
            new() { At = submittedAt, Phase = RequestPhase.Submitted },
            new() { At = now, Phase = RequestPhase.Rejected, Reason = refusal.Code, Detail = refusal.ToString() },
        ],
    };

    /// <summary>A stage has failed, its leases have ended, and the next one is to be started. What the run observed joins the timeline.</summary>
    public static RequestState Escalated(
        RequestState state, RunReport report, ImmutableArray<TimelineEntry> runTimeline, Escalation next, DateTimeOffset now)
    {
        if (state.Phase != RequestPhase.Open || next.Stage <= state.Stage) throw Wrong(state);
        var ended = new EndedStage
        {
            Stage = state.Stage, Cause = next.Cause, Leases = report.Leases, TranscriptHash = report.TranscriptHash,
            Payments = report.Payments, Statements = report.Statements,
        };
        var known = state with
        {
            Timeline = state.Timeline.AddRange(runTimeline),
            Stage = next.Stage,
            StageDeadline = next.Deadline,
            Ended = state.Ended.Add(ended),
            Excluded = next.Excluded,
        };
        var without = next.Excluded.IsEmpty ? "" : $", without {string.Join(", ", next.Excluded)}";
        return Enter(known, RequestPhase.Open, now, report.Reason, $"stage {state.Stage} failed ({next.Cause}); {state.Plan!.Stages[next.Stage].Name}, stage {next.Stage}{without}");
    }

    /// <summary>The requester wants to cancel; the run is concluded next. Wanting it again changes nothing.</summary>
    public static RequestState CancelWanted(RequestState state)
    {
        if (state.Phase >= RequestPhase.Settling) throw Wrong(state);
        return state.CancelRequested ? state : state with { CancelRequested = true, Version = state.Version + 1 };
    }

    /// <summary>The run ended: what it observed joins the timeline and its settlement is fixed.</summary>
    /// <exception cref="InvalidOperationException">Also when the report gives no reason, or has a proof and did not win, or won without one.</exception>
    public static RequestState Decided(
        RequestState state, RunReport report, ImmutableArray<TimelineEntry> runTimeline, Settlement settlement, DateTimeOffset now)
    {
        Require(state, RequestPhase.Open);
        var hasProofs = report.Proof is not null || !report.Statements.IsEmpty;
        if (report.Reason == ReasonCode.None || (report.Succeeded && !hasProofs) || (report.Proof is not null && !report.Succeeded))
            throw new InvalidOperationException($"The run's report contradicts itself: {report.Reason} {(hasProofs ? "with" : "without")} a proof.");
        var known = state with { Timeline = state.Timeline.AddRange(runTimeline) };
        var prover = ProverOf(state, report);
        return Enter(known, RequestPhase.Settling, now, report.Reason, "", prover) with
        {
            Outcome = report.Reason,
            Settlement = settlement,
            ProverId = prover,
            Invited = report.Invited,
            LeftOut = report.LeftOut,
            TranscriptHash = report.TranscriptHash,
            Statements = report.Statements,
        };
    }

    /// <summary>The statements of a batch that were proved in all stages that have ended, by their number.</summary>
    public static ImmutableArray<ProvedStatement> ProvedOf(RequestState state) => Proved(state, state.Statements);

    /// <summary>Everything is paid, refunded and released.</summary>
    public static RequestState Settled(RequestState state, DateTimeOffset now)
    {
        Require(state, RequestPhase.Settling);
        return Enter(state, FinalPhaseOf(state.Outcome), now, state.Outcome, $"{state.Settlement!.Captured} credits paid", state.ProverId);
    }

    private static RequestPhase FinalPhaseOf(ReasonCode outcome) => outcome switch
    {
        ReasonCode.Won => RequestPhase.Fulfilled,
        ReasonCode.CancelledByRequester => RequestPhase.Cancelled,
        ReasonCode.NobodyJoined or ReasonCode.NobodyDelivered or ReasonCode.BatchIncomplete => RequestPhase.Expired,
        _ => RequestPhase.Failed,
    };

    /// <summary>Who delivered everything; null when nobody did, or several together.</summary>
    private static string? ProverOf(RequestState state, RunReport report)
    {
        if (!report.Succeeded) return null;
        var provers = Proved(state, report.Statements).Select(proved => proved.ProverId).Distinct(StringComparer.Ordinal).Take(2).ToArray();
        return report.Proof?.ProverId ?? (provers.Length == 1 ? provers[0] : null);
    }

    private static ImmutableArray<ProvedStatement> Proved(RequestState state, ImmutableArray<ProvedStatement> last) => state.Ended.IsEmpty && last.IsEmpty
        ? []
        : [.. state.Ended.SelectMany(stage => stage.Statements).Concat(last).OrderBy(proved => proved.Statement)];

    private static RequestState Enter(
        RequestState state, RequestPhase phase, DateTimeOffset now, ReasonCode reason, string detail, string? prover = null) => state with
        {
            Phase = phase,
            Version = state.Version + 1,
            Timeline = state.Timeline.Add(new TimelineEntry { At = now, Phase = phase, Reason = reason, ProverId = prover, Detail = detail }),
        };

    private static void Require(RequestState state, RequestPhase phase)
    {
        if (state.Phase != phase) throw Wrong(state);
    }

    private static InvalidOperationException Wrong(RequestState state) => new($"The transition does not fit phase {state.Phase}.");
}
