using System.Collections.Immutable;

namespace ProvingMarket.Domain.Routing;

/// <summary>What moves ninth deciles up or down, so that they hold as often as they say for what was chosen.</summary>
[GenerateSerializer, Immutable, Alias("pm.Coverage")]
public sealed record Coverage
{
    /// <summary>The logarithm of the width of times: the power of what lies between median and ninth decile.</summary>
    [Id(0)] public double Time { get; init; }

    /// <summary>The logarithm of what the ninth decile of prices is multiplied by.</summary>
    [Id(1)] public double PriceFactor { get; init; }

    /// <summary>How many outcomes have moved it, weighted, older ones counting less.</summary>
    [Id(2)] public double Count { get; init; }

    /// <summary>What each account has added to the count; the smallest are forgotten when there are many.</summary>
    [Id(3)] public ImmutableArray<AccountShare> Accounts { get; init; } = [];
}

/// <summary>Whether what was stated of a chosen run held.</summary>
[GenerateSerializer, Immutable, Alias("pm.Holding")]
public sealed record Holding
{
    /// <summary>The mechanism that was chosen.</summary>
    [Id(0)] public required string Mechanism { get; init; }

    /// <summary>Whose request it was.</summary>
    [Id(1)] public required string Account { get; init; }

    /// <summary>Whether the time did.</summary>
    [Id(2)] public required bool Time { get; init; }

    /// <summary>Whether the price did.</summary>
    [Id(3)] public required bool Price { get; init; }

    /// <summary>When the stated time was over.</summary>
    [Id(4)] public required DateTimeOffset Due { get; init; }
}

/// <summary>How ninth deciles are stated instead of as the distributions have them.</summary>
/// <param name="Time">How much further from the median that of times, on a logarithmic scale: 1 as far, 2 twice as far.</param>
/// <param name="Price">What that of prices is multiplied by.</param>
public readonly record struct StatedWidths(double Time, double Price)
{
    /// <summary>As the distributions say: before anything was learned of how often that holds.</summary>
    public static readonly StatedWidths Nominal = new(1, 1);

    /// <summary>The stated ninth decile of times.</summary>
    /// <param name="median">The median.</param>
    /// <param name="decile">The ninth decile of the distribution.</param>
    public double TimeOf(double median, double decile) =>
        Time == 1 || median <= 0 || decile <= median ? Math.Max(median, decile) : median * Math.Pow(decile / median, Time);

    /// <summary>The stated ninth decile of prices: never below the median.</summary>
    /// <param name="median">The median.</param>
    /// <param name="decile">The ninth decile of the distribution.</param>
    public double PriceOf(double median, double decile) => Math.Max(median, decile * Price);
}
