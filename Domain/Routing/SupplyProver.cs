using System.Collections.Immutable;

namespace ProvingMarket.Domain.Routing;

/// <summary>A connected prover as the router sees it: what it offers, and what the market has measured.</summary>
[GenerateSerializer, Immutable, Alias("pm.SupplyProver")]
public sealed record SupplyProver
{
    /// <summary>The prover.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>The account it is paid on.</summary>
    [Id(1)] public required string Account { get; init; }

    /// <summary>The programs it serves, with its throughput in thousandths of a work unit a second in one slot: measured, once it has been measured often
    /// enough, and declared until then.</summary>
    [Id(2)] public required ImmutableArray<SupplyRate> Programs { get; init; }

    /// <summary>Hardware tags.</summary>
    [Id(3)] public ImmutableArray<string> Hardware { get; init; } = [];

    /// <summary>Least price for one work unit.</summary>
    [Id(4)] public Credits AskPerUnit { get; init; }

    /// <summary>Slots.</summary>
    [Id(5)] public required int Slots { get; init; }

    /// <summary>Slots in use.</summary>
    [Id(6)] public int Busy { get; init; }

    /// <summary>Stake that stays.</summary>
    [Id(7)] public Credits Stake { get; init; }

    /// <summary>Stake that can still be bonded.</summary>
    [Id(8)] public Credits FreeStake { get; init; }

    /// <summary>Highest bond under one lease; null for no limit.</summary>
    [Id(9)] public Credits? MaxBond { get; init; }

    /// <summary>The probability that it keeps a lease, in millionths.</summary>
    [Id(10)] public required int ReputationPpm { get; init; }

    /// <summary>Whether it is paused after repeated misses.</summary>
    [Id(11)] public bool IsPaused { get; init; }
}

/// <summary>How fast a prover proves a program.</summary>
[GenerateSerializer, Immutable, Alias("pm.SupplyRate")]
public sealed record SupplyRate
{
    /// <summary>The program.</summary>
    [Id(0)] public required string ProgramId { get; init; }

    /// <summary>Thousandths of a work unit a second in one slot.</summary>
    [Id(1)] public required double MilliUnitsPerSecond { get; init; }
}

/// <summary>The connected provers of one registry shard.</summary>
[GenerateSerializer, Immutable, Alias("pm.SupplyReport")]
public sealed record SupplyReport
{
    /// <summary>The connected ones.</summary>
    [Id(0)] public ImmutableArray<SupplyProver> Provers { get; init; } = [];

    /// <summary>How many are registered and not connected, or draining.</summary>
    [Id(1)] public int NotLive { get; init; }
}
