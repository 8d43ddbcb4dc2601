using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.DutchAuction;

/// <summary>A Dutch auction as it is stored.</summary>
[GenerateSerializer, Immutable, Alias("pm.DutchAuctionState")]
public sealed record DutchAuctionState : IMechanismState<DutchAuctionState>
{
    /// <summary>What it shares with runs of other mechanisms.</summary>
    [Id(0)] public required RunState Run { get; init; }

    /// <summary>The parameters read from the order.</summary>
    [Id(1)] public required DutchAuctionParameters Parameters { get; init; }

    /// <summary>When the run started, from which the price follows.</summary>
    [Id(2)] public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The last lock asked for; null when there was none. Whether it holds follows from its prover's status.</summary>
    [Id(3)] public DutchLock? Lock { get; init; }

    /// <summary>When the rescue was opened; null while there is nothing to rescue.</summary>
    [Id(4)] public DateTimeOffset? RescueOpenedAt { get; init; }

    /// <inheritdoc/>
    public DutchAuctionState With(RunState run) => this with { Run = run };
}

/// <summary>A lock on a run.</summary>
[GenerateSerializer, Immutable, Alias("pm.DutchLock")]
public sealed record DutchLock
{
    /// <summary>Who asked for it.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>The price at that moment: what a valid proof is paid.</summary>
    [Id(1)] public required Credits Price { get; init; }

    /// <summary>When it was asked for.</summary>
    [Id(2)] public required DateTimeOffset LockedAt { get; init; }

    /// <summary>Until when it holds.</summary>
    [Id(3)] public required DateTimeOffset Deadline { get; init; }
}
