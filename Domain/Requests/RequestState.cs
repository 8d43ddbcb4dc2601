using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;

namespace ProvingMarket.Domain.Requests;

/// <summary>The lifecycle of a request as it is stored: small, replaced as a whole, one write a transition.</summary>
[GenerateSerializer, Immutable, Alias("pm.RequestState")]
public sealed record RequestState
{
    /// <summary>Digest of the submitted body (<see cref="RequestRules.DigestOf"/>).</summary>
    [Id(0)] public required string Digest { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(1)] public required RequestPhase Phase { get; init; }

    /// <summary>Counts transitions; a watcher asks for what is newer than the version it knows.</summary>
    [Id(2)] public required long Version { get; init; }

    /// <summary>When it was submitted.</summary>
    [Id(3)] public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>The plan; null while it is not routed or was rejected.</summary>
    [Id(4)] public RoutePlan? Plan { get; init; }

    /// <summary>The stage of the plan that runs, from 0.</summary>
    [Id(5)] public int Stage { get; init; }

    /// <summary>Every transition with time and reason.</summary>
    [Id(6)] public ImmutableArray<TimelineEntry> Timeline { get; init; } = [];

    /// <summary>Why it ended or is ending.</summary>
    [Id(7)] public ReasonCode Outcome { get; init; }

    /// <summary>Set while the requester's wish to cancel is being carried out.</summary>
    [Id(8)] public bool CancelRequested { get; init; }

    /// <summary>What has to be paid, refunded and released; null before the outcome is decided.</summary>
    [Id(9)] public Settlement? Settlement { get; init; }

    /// <summary>Who delivered the proof; null when nobody did.</summary>
    [Id(10)] public string? ProverId { get; init; }

    /// <summary>The refusal that rejected it; null otherwise.</summary>
    [Id(11)] public Refusal? Refusal { get; init; }

    /// <summary>How many provers the ended run had invited.</summary>
    [Id(12)] public int Invited { get; init; }

    /// <summary>How many provers were not eligible for it, by reason.</summary>
    [Id(13)] public ImmutableSortedDictionary<ReasonCode, int> LeftOut { get; init; } = ImmutableSortedDictionary<ReasonCode, int>.Empty;

    /// <summary>When the stage that runs ends; null when it was rejected.</summary>
    [Id(14)] public DateTimeOffset? StageDeadline { get; init; }

    /// <summary>Stages that have failed.</summary>
    [Id(15)] public ImmutableArray<EndedStage> Ended { get; init; } = [];

    /// <summary>Provers that failed in them and may not take part any more.</summary>
    [Id(16)] public ImmutableArray<string> Excluded { get; init; } = [];

    /// <summary>The hash of the last entry of the transcript by which the last stage was decided (<see cref="Mechanisms.RunReport.TranscriptHash"/>); empty before.</summary>
    [Id(17)] public Bytes TranscriptHash { get; init; }

    /// <summary>When the request's records were deleted: what is left is that its id was used, for which body, and how it ended. Null before.</summary>
    [Id(18)] public DateTimeOffset? ForgottenAt { get; init; }

    /// <summary>The statements of a batch that the last stage has proved; those of the stages before are in <see cref="Ended"/>. Empty before, and for a single
    /// statement, whose proof its run keeps.</summary>
    [Id(19)] public ImmutableArray<ProvedStatement> Statements { get; init; } = [];
}

/// <summary>One step of a request's way.</summary>
[GenerateSerializer, Immutable, Alias("pm.TimelineEntry")]
public sealed record TimelineEntry
{
    /// <summary>When.</summary>
    [Id(0)] public required DateTimeOffset At { get; init; }

    /// <summary>The phase entered, or the phase it happened in.</summary>
    [Id(1)] public required RequestPhase Phase { get; init; }

    /// <summary>Why; <see cref="ReasonCode.None"/> for the ordinary course.</summary>
    [Id(2)] public ReasonCode Reason { get; init; }

    /// <summary>The prover concerned; null when it concerns no single one.</summary>
    [Id(3)] public string? ProverId { get; init; }

    /// <summary>A sentence for people.</summary>
    [Id(4)] public string Detail { get; init; } = "";
}
