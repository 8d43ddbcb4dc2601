namespace ProvingMarket.Benchmarks;

/// <summary>What is told of figures that were measured several times.</summary>
internal static class Medians
{
    /// <summary>The middle one; of an even number the mean of the two in the middle.</summary>
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
