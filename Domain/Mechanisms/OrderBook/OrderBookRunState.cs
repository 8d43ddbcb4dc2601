using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.OrderBook;

/// <summary>A request's run over the order book of its program, as it is stored.</summary>
[GenerateSerializer, Immutable, Alias("pm.OrderBookRunState")]
public sealed record OrderBookRunState : IMechanismState<OrderBookRunState>
{
    /// <summary>What it shares with runs of other mechanisms.</summary>
    [Id(0)] public required RunState Run { get; init; }

    /// <summary>The parameters read from the order.</summary>
    [Id(1)] public required OrderBookParameters Parameters { get; init; }

    /// <summary>Every order the run has given to the book, each for one slot. One is durable before the book is asked, so that no fill is ever
    /// forgotten.</summary>
    [Id(2)] public ImmutableArray<BookCall> Calls { get; init; } = [];

    /// <summary>When the book is asked next, when a place is free.</summary>
    [Id(3)] public DateTimeOffset LookAt { get; init; }

    /// <inheritdoc/>
    public OrderBookRunState With(RunState run) => this with { Run = run };
}

/// <summary>An order of a run, and what it was filled with.</summary>
[GenerateSerializer, Immutable, Alias("pm.BookCall")]
public sealed record BookCall
{
    /// <summary>The order's id in the book.</summary>
    [Id(0)] public required string OrderId { get; init; }

    /// <summary>The prover; null while the order is not known to be filled.</summary>
    [Id(1)] public string? ProverId { get; init; }

    /// <summary>The price of the prover's proof.</summary>
    [Id(2)] public Credits Price { get; init; }
}
