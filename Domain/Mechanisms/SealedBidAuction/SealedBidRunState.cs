using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.SealedBidAuction;

/// <summary>A sealed-bid auction as it is stored.</summary>
[GenerateSerializer, Immutable, Alias("pm.SealedBidRunState")]
public sealed record SealedBidRunState : IMechanismState<SealedBidRunState>
{
    /// <summary>What it shares with runs of other mechanisms.</summary>
    [Id(0)] public required RunState Run { get; init; }

    /// <summary>The parameters read from the order.</summary>
    [Id(1)] public required SealedBidParameters Parameters { get; init; }

    /// <summary>The bids.</summary>
    [Id(2)] public required SealedBidBook Book { get; init; }

    /// <summary>Each bidder's probability of failing in millionths, as measured when it bid.</summary>
    [Id(3)] public ImmutableSortedDictionary<string, int> Failures { get; init; } = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>The award in force; null before the first.</summary>
    [Id(4)] public SealedBidAward? Award { get; init; }

    /// <inheritdoc/>
    public SealedBidRunState With(RunState run) => this with { Run = run };
}

/// <summary>An award.</summary>
[GenerateSerializer, Immutable, Alias("pm.SealedBidAward")]
public sealed record SealedBidAward
{
    /// <summary>The place in the ranking: 0 for the winner, then its backups.</summary>
    [Id(0)] public required int Place { get; init; }

    /// <summary>The prover.</summary>
    [Id(1)] public required string ProverId { get; init; }

    /// <summary>What it is paid when it delivers.</summary>
    [Id(2)] public required Credits Payment { get; init; }

    /// <summary>When it was awarded.</summary>
    [Id(3)] public required DateTimeOffset AwardedAt { get; init; }

    /// <summary>By when it has to deliver.</summary>
    [Id(4)] public required DateTimeOffset Deadline { get; init; }

    /// <summary>Whether the prover has fetched its assignment: it knows of the award, and answers for it.</summary>
    [Id(5)] public bool IsFetched { get; init; }
}
