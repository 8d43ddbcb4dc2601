using System.Collections.Immutable;
using ProvingMarket.Domain;

namespace ProvingMarket.Grains.Provers;

/// <summary>A prover as it is stored: only what must outlive its session.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProverState")]
internal sealed record ProverState
{
    /// <summary>Stake on its way from the account to the registry, by entry id.</summary>
    [Id(0)] public ImmutableDictionary<string, PendingStake> PendingStake { get; init; } = ImmutableDictionary<string, PendingStake>.Empty;

    /// <summary>How many deposits have been attempted: each attempt is a movement of its own.</summary>
    [Id(1)] public long Attempts { get; init; }
}

/// <summary>Stake on its way.</summary>
[GenerateSerializer, Immutable, Alias("pm.PendingStake")]
internal sealed record PendingStake
{
    /// <summary>The account it comes from.</summary>
    [Id(0)] public required string Account { get; init; }

    /// <summary>How much.</summary>
    [Id(1)] public required Credits Amount { get; init; }

    /// <summary>When it set out.</summary>
    [Id(2)] public required DateTimeOffset At { get; init; }

    /// <summary>The number of the attempt.</summary>
    [Id(3)] public required long Attempt { get; init; }
}
