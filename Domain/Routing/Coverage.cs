using System.Collections.Immutable;

namespace ProvingMarket.Domain.Routing;

/// <summary>What makes intervals wider or narrower, so that they hold as often as they say for what was chosen.</summary>
[GenerateSerializer, Immutable, Alias("pm.Coverage")]
public sealed record Coverage
{
    /// <summary>The logarithm of the factor for times.</summary>
    [Id(0)] public double Time { get; init; }

    /// <summary>The logarithm of the factor for prices.</summary>
    [Id(1)] public double Price { get; init; }

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

/// <summary>How much further from the median a ninth decile is stated than the distribution has it, on a logarithmic scale: 1 as far, 2 twice as far.</summary>
/// <param name="Time">Of times.</param>
/// <param name="Price">Of prices.</param>
public readonly record struct StatedWidths(double Time, double Price)
{
    /// <summary>As the distributions say: before anything was learned of how often that holds.</summary>
    public static readonly StatedWidths Nominal = new(1, 1);

    /// <summary>A stated ninth decile.</summary>
    /// <param name="median">The median.</param>
    /// <param name="decile">The ninth decile of the distribution.</param>
    /// <param name="width">How much further it is stated.</param>
    internal static double Stated(double median, double decile, double width) =>
        width == 1 || median <= 0 || decile <= median ? Math.Max(median, decile) : median * Math.Pow(decile / median, width);
}
