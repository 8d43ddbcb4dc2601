using System.Globalization;

namespace ProvingMarket.Benchmarks.Micro;

/// <summary>Reads the options of a benchmark.</summary>
internal static class Arguments
{
    public static int Number(string[] args, string name, int fallback)
    {
        var at = Array.IndexOf(args, name);
        return at < 0 ? fallback : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
    }
}
