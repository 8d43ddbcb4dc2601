using System.Collections.Immutable;

namespace ProvingMarket.Domain.Registry;

/// <summary>What the market has seen of a prover, as opposed to what the prover says of itself.</summary>
[GenerateSerializer, Immutable, Alias("pm.TrackRecord")]
public sealed record TrackRecord
{
    /// <summary>A prover of which nothing has been seen.</summary>
    public static readonly TrackRecord Empty = new();

    /// <summary>Leases completed, older ones counting less.</summary>
    [Id(0)] public double Successes { get; init; }

    /// <summary>Leases missed, older ones counting less.</summary>
    [Id(1)] public double Failures { get; init; }

    /// <summary>Leases missed since the last one completed.</summary>
    [Id(2)] public int FailuresInRow { get; init; }

    /// <summary>Until when the prover gets no lease; in the past when it may have some.</summary>
    [Id(3)] public DateTimeOffset PausedUntil { get; init; }

    /// <summary>Throughput by program.</summary>
    [Id(4)] public ImmutableSortedDictionary<string, MeasuredThroughput> Throughput { get; init; } =
        ImmutableSortedDictionary.Create<string, MeasuredThroughput>(StringComparer.Ordinal);

    /// <summary>The probability that the next lease is completed: mean of a Beta distribution with the prior Beta(1, 1), between 0 and 1.</summary>
    public double Reputation => (Successes + 1) / (Successes + Failures + 2);

    /// <summary>The reputation in millionths, at least 1: a whole number, so that what is computed with it is the same everywhere.</summary>
    public int ReputationPpm => Math.Max(1, (int)(Reputation * 1_000_000));
}

/// <summary>How fast a prover has proved a program.</summary>
[GenerateSerializer, Immutable, Alias("pm.MeasuredThroughput")]
public sealed record MeasuredThroughput
{
    /// <summary>Thousandths of a work unit a second in one slot: the geometric mean of what was measured, newer leases counting more.</summary>
    [Id(0)] public required double MilliUnitsPerSecond { get; init; }

    /// <summary>How many leases were measured.</summary>
    [Id(1)] public required long Leases { get; init; }
}
