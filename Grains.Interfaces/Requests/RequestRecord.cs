using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Interfaces.Requests;

/// <summary>What a request remembers that an audit needs. The transcripts are with the runs; what the request noted of them shows whether they are the
/// ones it was decided by.</summary>
[GenerateSerializer, Immutable, Alias("pm.RequestRecord")]
public sealed record RequestRecord
{
    /// <summary>The request.</summary>
    [Id(0)] public required string RequestId { get; init; }

    /// <summary>The account that pays.</summary>
    [Id(1)] public required string Account { get; init; }

    /// <summary>The most it pays.</summary>
    [Id(2)] public required Credits MaxPrice { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(3)] public required RequestPhase Phase { get; init; }

    /// <summary>Why it ended, or is ending.</summary>
    [Id(4)] public required ReasonCode Outcome { get; init; }

    /// <summary>The stages that were begun, the first one first; none when it was rejected.</summary>
    [Id(5)] public required ImmutableArray<StageRecord> Stages { get; init; }

    /// <summary>What is paid, refunded and released; null before that is decided.</summary>
    [Id(6)] public Settlement? Settlement { get; init; }

    /// <summary>All that the request's outcome is computed again from.</summary>
    /// <param name="tell">What the run of a stage tells; order and transcript are empty when there is no run.</param>
    public RequestEvidence ToEvidence(Func<StageRecord, TranscriptAnswer> tell) => new()
    {
        RequestId = RequestId,
        Account = Account,
        MaxPrice = MaxPrice,
        Phase = Phase,
        Outcome = Outcome,
        Stages = [.. Stages.Select(stage => EvidenceOf(stage, tell(stage)))],
        Settlement = Settlement,
    };

    private static StageEvidence EvidenceOf(StageRecord stage, TranscriptAnswer told) => new()
    {
        Stage = stage.Stage, Mechanism = stage.Mechanism, TranscriptHash = stage.TranscriptHash, Order = told.Order, Transcript = told.Transcript,
    };
}

/// <summary>What a request remembers of one of its stages.</summary>
[GenerateSerializer, Immutable, Alias("pm.StageRecord")]
public sealed record StageRecord
{
    /// <summary>The stage, from 0.</summary>
    [Id(0)] public required int Stage { get; init; }

    /// <summary>The run's key (<see cref="GrainKeys.Run"/>).</summary>
    [Id(1)] public required string RunKey { get; init; }

    /// <summary>The run's grain, which tells the transcript (<see cref="Mechanisms.IRunForRequests.GetTranscriptAsync"/>).</summary>
    [Id(2)] public required GrainId RunGrain { get; init; }

    /// <summary>The mechanism and its parameters.</summary>
    [Id(3)] public required MechanismChoice Mechanism { get; init; }

    /// <summary>The hash of the transcript's last entry when the stage ended; empty while it has not, or when its run never started.</summary>
    [Id(4)] public Bytes TranscriptHash { get; init; }
}
