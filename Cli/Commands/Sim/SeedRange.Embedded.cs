using System.CommandLine.Parsing;
using System.Globalization;

namespace ProvingMarket.Cli.Commands.Sim;

/// <summary>Seeds from the first to the last.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last, not before the first.</param>
internal sealed record SeedRange(long First, long Last)
{
    private const string Form = "A..B with 0 <= A <= B, for example 1..1000";

    /// <summary>Reads <c>A..B</c>, as an option's parser.</summary>
    public static SeedRange? Parse(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        if (dots > 0
            && long.TryParse(text.AsSpan(0, dots), NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && long.TryParse(text.AsSpan(dots + 2), NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && first <= last && last < long.MaxValue)
            return new SeedRange(first, last);
        argument.AddError($"--seeds must be {Form}; was '{text}'.");
        return null;
    }
}
