using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms.OrderBook;

/// <summary>A prover's standing offer to prove a program at a price.</summary>
[GenerateSerializer, Immutable, Alias("pm.Ask")]
public sealed record Ask
{
    /// <summary>The ask's id, chosen by its prover; unique in the book.</summary>
    [Id(0)] public required string AskId { get; init; }

    /// <summary>The prover.</summary>
    [Id(1)] public required string ProverId { get; init; }

    /// <summary>The account that is paid.</summary>
    [Id(2)] public required string Account { get; init; }

    /// <summary>The price of one work unit.</summary>
    [Id(3)] public required Credits PricePerUnit { get; init; }

    /// <summary>Proofs it takes at the same time; 0 for an ask that was cancelled while some were under way.</summary>
    [Id(4)] public required int Slots { get; init; }

    /// <summary>Slots that are filled now.</summary>
    [Id(5)] public int Filled { get; init; }

    /// <summary>Its place among asks of the same price: the smaller came first.</summary>
    [Id(6)] public long Sequence { get; init; }

    /// <summary>Slots that can be filled.</summary>
    public int Open => Math.Max(0, Slots - Filled);
}

/// <summary>A prover's command to the book.</summary>
[GenerateSerializer, Immutable, Alias("pm.AskCommand")]
public sealed record AskCommand
{
    /// <summary>The ask.</summary>
    [Id(0)] public required string AskId { get; init; }

    /// <summary>The prover.</summary>
    [Id(1)] public required string ProverId { get; init; }

    /// <summary>Counts the prover's commands to this book, upwards. A repetition has the same number and changes nothing; a command that was
    /// overtaken by a later one is refused, so that a placement on its way cannot undo a cancellation.</summary>
    [Id(2)] public required long Version { get; init; }
}

/// <summary>An order to be matched: so many provers, or slots of provers, for proofs of one size.</summary>
[GenerateSerializer, Immutable, Alias("pm.BookOrder")]
public sealed record BookOrder
{
    /// <summary>The order's id; the same one again gets the same fills.</summary>
    [Id(0)] public required string OrderId { get; init; }

    /// <summary>The requester's account; asks paid to it are passed over.</summary>
    [Id(1)] public required string Account { get; init; }

    /// <summary>The size of each proof.</summary>
    [Id(2)] public required WorkUnits Work { get; init; }

    /// <summary>The highest price of one proof.</summary>
    [Id(3)] public required Credits Limit { get; init; }

    /// <summary>Slots wanted.</summary>
    [Id(4)] public required int Slots { get; init; }

    /// <summary>Fewest slots that are of use: with fewer, nothing is filled.</summary>
    [Id(5)] public int AtLeast { get; init; } = 1;

    /// <summary>Most slots of one prover; 1 for provers that work independently of each other.</summary>
    [Id(6)] public int PerProver { get; init; } = int.MaxValue;

    /// <summary>The deadline of what is ordered: a fill that was not released by then is released by the book itself.</summary>
    [Id(7)] public DateTimeOffset Until { get; init; } = DateTimeOffset.MaxValue;
}

/// <summary>An order that was filled.</summary>
[GenerateSerializer, Immutable, Alias("pm.FilledOrder")]
public sealed record FilledOrder
{
    /// <summary>Most asks that are quoted with an order.</summary>
    public const int MostQuotes = 16;

    /// <summary>The order.</summary>
    [Id(0)] public required BookOrder Order { get; init; }

    /// <summary>Its fills, the best ask first.</summary>
    [Id(1)] public required ImmutableArray<BookFill> Fills { get; init; }

    /// <summary>The best asks that the order could have been filled from, as they were before, the best first; at most <see cref="MostQuotes"/>.</summary>
    [Id(2)] public required ImmutableArray<Ask> Quotes { get; init; }
}

/// <summary>Slots of an ask that an order filled.</summary>
[GenerateSerializer, Immutable, Alias("pm.BookFill")]
public sealed record BookFill
{
    /// <summary>The ask.</summary>
    [Id(0)] public required string AskId { get; init; }

    /// <summary>The prover.</summary>
    [Id(1)] public required string ProverId { get; init; }

    /// <summary>The account that is paid.</summary>
    [Id(2)] public required string Account { get; init; }

    /// <summary>How many slots.</summary>
    [Id(3)] public required int Slots { get; init; }

    /// <summary>The price of one proof: the ask's, for the order's work, rounded up.</summary>
    [Id(4)] public required Credits Price { get; init; }
}
