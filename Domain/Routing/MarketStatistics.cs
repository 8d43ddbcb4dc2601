using System.Collections.Immutable;

namespace ProvingMarket.Domain.Routing;

/// <summary>What the market has learned: the cells and the prices paid, as one value that is replaced with every batch of outcomes.</summary>
[GenerateSerializer, Immutable, Alias("pm.MarketStatistics")]
public sealed record MarketStatistics
{
    /// <summary>A market that has seen nothing.</summary>
    public static readonly MarketStatistics Empty = new();

    /// <summary>Counts changes.</summary>
    [Id(0)] public long Version { get; init; }

    /// <summary>The cells, by <see cref="CellKey.Name"/>.</summary>
    [Id(1)] public ImmutableDictionary<string, LearnedCell> Cells { get; init; } = ImmutableDictionary.Create<string, LearnedCell>(StringComparer.Ordinal);

    /// <summary>The last prices paid for proofs of each program.</summary>
    [Id(2)] public ImmutableDictionary<string, ImmutableArray<PaidPrice>> Prices { get; init; } = ImmutableDictionary.Create<string, ImmutableArray<PaidPrice>>(StringComparer.Ordinal);

    /// <summary>Requests counted not long ago, the oldest first: a repeated report is ignored.</summary>
    [Id(3)] public ImmutableHashSet<string> Recent { get; init; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Those before them.</summary>
    [Id(4)] public ImmutableHashSet<string> Earlier { get; init; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <summary>What makes stated intervals hold, by mechanism, and for all together (<see cref="CoverageRules"/>).</summary>
    [Id(5)] public ImmutableDictionary<string, Coverage> Coverage { get; init; } = ImmutableDictionary.Create<string, Coverage>(StringComparer.Ordinal);

    /// <summary>What held or did not, and is not counted before its time.</summary>
    [Id(6)] public ImmutableArray<Holding> Holdings { get; init; } = [];
}

/// <summary>A price that was paid.</summary>
[GenerateSerializer, Immutable, Alias("pm.PaidPrice")]
public sealed record PaidPrice
{
    /// <summary>Who paid it.</summary>
    [Id(0)] public required string Account { get; init; }

    /// <summary>How much.</summary>
    [Id(1)] public required Credits Price { get; init; }

    /// <summary>The number of its outcome among all of the market (<see cref="MarketStatistics.Version"/>); 0 when that is not known.</summary>
    [Id(2)] public long At { get; init; }
}
