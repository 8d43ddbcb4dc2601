using System.CommandLine;
using System.Globalization;
using ProvingMarket.Cli.Flags;

namespace ProvingMarket.Cli.Commands.Sim;

/// <summary>Seeds from the first to the last.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last, not before the first.</param>
internal readonly record struct SeedRange(long First, long Last)
{
    /// <summary>What is said to who gives none of the two options, or both.</summary>
    public const string EitherOr = "Give either --seeds A..B or --seed N.";

    /// <summary>How many there are.</summary>
    public long Count => Last - First + 1;

    /// <summary>The option of that name, with a range <c>A..B</c>.</summary>
    /// <param name="description">What they are for.</param>
    /// <param name="most">How many there may be; null for any number.</param>
    public static Option<SeedRange> Option(string description, long? most = null) => ValueOptions.Of(
        "--seeds", "A..B", description, $"A..B with 0 <= A <= B, for example 1..100{(most is null ? "" : $", and at most {most} of them")}",
        text => TryParse(text) is { } range && range.Count <= (most ?? long.MaxValue) ? range : null as SeedRange?);

    /// <summary>The option <c>--seed</c>, for one of them.</summary>
    public static Option<long> OneOption(string description) => ValueOptions.Number("--seed", description, 0L, long.MaxValue - 1);

    private static SeedRange? TryParse(string text)
    {
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        return dots > 0
            && long.TryParse(text.AsSpan(0, dots), NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && long.TryParse(text.AsSpan(dots + 2), NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && first <= last && last < long.MaxValue
            ? new SeedRange(first, last)
            : null;
    }
}
