using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Requests.Audits;

/// <summary>All that a request's outcome is computed again from: what the request remembers, and order and transcript of every stage. Nothing private: no
/// input, no proof.</summary>
public sealed record RequestEvidence
{
    /// <summary>The request.</summary>
    public required string RequestId { get; init; }

    /// <summary>The account that pays.</summary>
    public required string Account { get; init; }

    /// <summary>The most it pays, which was held.</summary>
    public required Credits MaxPrice { get; init; }

    /// <summary>Where the request stands.</summary>
    public required RequestPhase Phase { get; init; }

    /// <summary>Why it ended, or is ending.</summary>
    public required ReasonCode Outcome { get; init; }

    /// <summary>The stages that were begun, the first one first; none when it was rejected.</summary>
    public required ImmutableArray<StageEvidence> Stages { get; init; }

    /// <summary>What the request pays, refunds and releases; null before that is decided.</summary>
    public Settlement? Settlement { get; init; }
}

/// <summary>A stage of a request: what the request remembers of it, and what its run tells.</summary>
public sealed record StageEvidence
{
    /// <summary>The stage, from 0.</summary>
    public required int Stage { get; init; }

    /// <summary>The mechanism the request planned for it.</summary>
    public required MechanismChoice Mechanism { get; init; }

    /// <summary>The hash of the transcript's last entry, as the request noted it when the stage ended; empty while it has not, or when its run never started.</summary>
    public Bytes TranscriptHash { get; init; }

    /// <summary>What was ordered, as the run tells; null when there is no run.</summary>
    public RunOrder? Order { get; init; }

    /// <summary>What happened, as the run tells.</summary>
    public ImmutableArray<TranscriptEntry> Transcript { get; init; } = [];
}
