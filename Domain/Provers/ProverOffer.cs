using System.Collections.Immutable;

namespace ProvingMarket.Domain.Provers;

/// <summary>What a prover commits to.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProverOffer")]
public sealed record ProverOffer
{
    /// <summary>The prover's id; stays with the account that first used it.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>The account that is paid and from which stake is deposited.</summary>
    [Id(1)] public required string Account { get; init; }

    /// <summary>Programs it can prove, by id.</summary>
    [Id(2)] public required ImmutableArray<string> Programs { get; init; }

    /// <summary>Proofs it works on at the same time, 1–1024.</summary>
    [Id(3)] public required int Slots { get; init; }

    /// <summary>Declared throughput of one slot in thousandths of a work unit a second; positive.</summary>
    [Id(4)] public required long MilliUnitsPerSecond { get; init; }

    /// <summary>Least price for one work unit.</summary>
    [Id(5)] public Credits AskPerUnit { get; init; }

    /// <summary>Committed 95th percentile of the time from lease to proof; null when none is committed.</summary>
    [Id(6)] public TimeSpan? LatencyP95 { get; init; }

    /// <summary>Hardware tags, for example <c>gpu</c>.</summary>
    [Id(7)] public ImmutableArray<string> Hardware { get; init; } = [];

    /// <summary>Highest bond it puts under one lease; null for no limit.</summary>
    [Id(8)] public Credits? MaxBond { get; init; }

    /// <summary>The part of the time that it commits to be connected, 1–100 per cent; null when none is committed.</summary>
    [Id(9)] public int? AvailabilityPercent { get; init; }
}
