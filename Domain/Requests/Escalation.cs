using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;

namespace ProvingMarket.Domain.Requests;

/// <summary>Why a stage of a request's plan failed.</summary>
public enum FailureCause
{
    /// <summary>Nobody took it: the price is too low, or the field too narrow.</summary>
    NobodyBid = 1,
    /// <summary>Provers took it, and none had delivered by the stage's end.</summary>
    Late = 2,
    /// <summary>A prover delivered an invalid proof.</summary>
    InvalidProof = 3,
    /// <summary>Its mechanism could not be started with its parameters, as when its windows do not fit into the time that was left.</summary>
    NotStarted = 4,
}

/// <summary>What a request falls back to when a stage before it has failed.</summary>
[GenerateSerializer, Immutable, Alias("pm.RequestFallback")]
public sealed record RequestFallback
{
    /// <summary>The mechanism and its parameters: a higher reward, more participants, or another mechanism.</summary>
    [Id(0)] public required MechanismChoice Mechanism { get; init; }

    /// <summary>The causes it answers; every cause when empty.</summary>
    [Id(1)] public ImmutableArray<FailureCause> Causes { get; init; } = [];

    /// <summary>Whether it answers a cause.</summary>
    public bool Answers(FailureCause cause) => Causes.IsEmpty || Causes.Contains(cause);
}

/// <summary>A stage that has failed, as its request remembers it.</summary>
[GenerateSerializer, Immutable, Alias("pm.EndedStage")]
public sealed record EndedStage
{
    /// <summary>The stage, from 0.</summary>
    [Id(0)] public required int Stage { get; init; }

    /// <summary>Why it failed.</summary>
    [Id(1)] public required FailureCause Cause { get; init; }

    /// <summary>How its leases ended.</summary>
    [Id(2)] public required ImmutableArray<LeaseEnding> Leases { get; init; }

    /// <summary>The hash of the last entry of its run's transcript (<see cref="RunReport.TranscriptHash"/>): who replaces the transcript is found by it.</summary>
    [Id(3)] public Bytes TranscriptHash { get; init; }

    /// <summary>What it pays for the statements of a batch that it has proved.</summary>
    [Id(4)] public ImmutableArray<RunPayment> Payments { get; init; } = [];

    /// <summary>The statements of a batch that it has proved; what follows proves the others, for the rest of the price.</summary>
    [Id(5)] public ImmutableArray<ProvedStatement> Statements { get; init; } = [];

    /// <summary>What it pays in all.</summary>
    public Credits Paid => Payments.Aggregate(Credits.Zero, (sum, payment) => sum + payment.Amount);
}

/// <summary>The next stage of a request.</summary>
/// <param name="Stage">The stage, from 0.</param>
/// <param name="Cause">Why the one before failed.</param>
/// <param name="Deadline">When the next one ends.</param>
/// <param name="Excluded">Provers that may not take part in it.</param>
public readonly record struct Escalation(int Stage, FailureCause Cause, DateTimeOffset Deadline, ImmutableArray<string> Excluded);

/// <summary>What follows when a stage of a request's plan fails: the first later stage that answers the cause, without the provers that have failed. The time
/// until the hard deadline is shared evenly among the stages that are left, unless the plan says otherwise.</summary>
public static class EscalationRules
{
    /// <summary>No stage is begun with less time than this.</summary>
    public static readonly TimeSpan LeastTime = TimeSpan.FromSeconds(1);

    /// <summary>When a stage that begins now ends.</summary>
    public static DateTimeOffset DeadlineOf(RoutePlan plan, int stage, DateTimeOffset submittedAt, DateTimeOffset now, DateTimeOffset hardDeadline)
    {
        if (stage < plan.EndsPermille.Length)
        {
            var end = submittedAt + ((hardDeadline - submittedAt) * (plan.EndsPermille[stage] / 1000.0));
            return end - now >= LeastTime && end < hardDeadline ? end : hardDeadline;
        }
        var left = plan.Stages.Length - stage;
        return left <= 1 || now >= hardDeadline ? hardDeadline : now + ((hardDeadline - now) / left);
    }

    /// <summary>What follows from a run's report; null when the request ends with it: it has succeeded, it failed for a cause that no stage answers, no
    /// stage is left, or no time.</summary>
    public static Escalation? Next(RequestState state, RunReport report, DateTimeOffset hardDeadline, DateTimeOffset now)
    {
        if (CauseOf(report) is not { } cause || state.CancelRequested || hardDeadline - now < LeastTime) return null;
        var plan = state.Plan!;
        for (var stage = state.Stage + 1; stage < plan.Stages.Length; stage++)
        {
            if (plan.Answers(stage, cause))
                return new Escalation(stage, cause, DeadlineOf(plan, stage, state.SubmittedAt, now, hardDeadline), [.. state.Excluded.Union(Failed(report), StringComparer.Ordinal)]);
        }
        return null;
    }

    /// <summary>Why a run failed; null when it did not, or for a reason that another stage would not change.</summary>
    public static FailureCause? CauseOf(RunReport report) => report.Reason switch
    {
        ReasonCode.NobodyJoined => FailureCause.NobodyBid,
        ReasonCode.NobodyDelivered or ReasonCode.BatchIncomplete when report.Leases.Any(IsInvalid) => FailureCause.InvalidProof,
        ReasonCode.NobodyDelivered or ReasonCode.BatchIncomplete => FailureCause.Late,
        ReasonCode.ParameterInvalid => FailureCause.NotStarted,
        _ => null,
    };

    private static IEnumerable<string> Failed(RunReport report) =>
        report.Leases.Where(lease => lease.Outcome == LeaseOutcome.Miss).Select(lease => lease.ProverId);

    private static bool IsInvalid(LeaseEnding lease) => lease is
    {
        Outcome: LeaseOutcome.Miss, Reason: ReasonCode.ProofInvalid or ReasonCode.ProofMalformed,
    };
}
