using System.Collections.Immutable;

namespace ProvingMarket.Domain.Routing;

/// <summary>The standard deviations of the logarithm of a value on either side of its median.</summary>
/// <param name="Above">Of values above it.</param>
/// <param name="Below">Of values below it.</param>
public readonly record struct Spreads(double Above, double Below);

/// <summary>How what happened deviates from what was expected: a histogram of z = ln(realised / expected median) / expected spread, which would be normal were
/// every structural model right. The histogram keeps the whole distribution, so a stated 90th percentile is one.</summary>
public static class Residuals
{
    /// <summary>Cells of the histogram.</summary>
    public const int Bins = 40;

    private const double Lowest = -6;
    private const double Width = 0.3;

    /// <summary>Nothing seen.</summary>
    public static readonly ImmutableArray<double> None = [.. new double[Bins]];

    /// <summary>What a structural model that is right would see, with a total of 1.</summary>
    public static readonly ImmutableArray<double> Normal = [.. Enumerable.Range(0, Bins).Select(bin => PhiOf(Lowest + ((bin + 1) * Width)) - PhiOf(Lowest + (bin * Width)))];

    /// <summary>The residual of a value.</summary>
    public static double Of(double realised, double median, Spreads spreads)
    {
        var log = Math.Log(Math.Max(realised, 1e-9) / Math.Max(median, 1e-9));
        return log / Math.Max(log < 0 ? spreads.Below : spreads.Above, 1e-3);
    }

    /// <summary>The cell of a residual; those beyond the ends count in the last.</summary>
    public static int BinOf(double z) => double.IsNaN(z) ? Bins / 2 : (int)Math.Clamp((z - Lowest) / Width, 0, Bins - 1);

    /// <summary>The share of a distribution up to a residual, from its cumulated cells.</summary>
    public static double Share(ReadOnlySpan<double> cumulated, double z)
    {
        var at = (z - Lowest) / Width;
        if (at <= 0) return 0;
        if (at >= Bins) return 1;
        var bin = (int)at;
        var before = bin == 0 ? 0 : cumulated[bin - 1];
        return before + ((cumulated[bin] - before) * (at - bin));
    }

    /// <summary>The residual up to which a share of a distribution lies.</summary>
    public static double Quantile(ReadOnlySpan<double> cumulated, double share)
    {
        var (low, high) = (0, Bins - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (cumulated[middle] >= share) high = middle;
            else low = middle + 1;
        }
        var before = low == 0 ? 0 : cumulated[low - 1];
        var mass = cumulated[low] - before;
        return Lowest + ((low + (mass <= 0 ? 1 : Math.Clamp((share - before) / mass, 0, 1))) * Width);
    }

    // Abramowitz and Stegun 7.1.26: right to 1.5e-7, which is far less than a cell.
    internal static double PhiOf(double z)
    {
        var t = 1 / (1 + (0.3275911 * Math.Abs(z) / Math.Sqrt(2)));
        var tail = t * (0.254829592 + (t * (-0.284496736 + (t * (1.421413741 + (t * (-1.453152027 + (t * 1.061405429)))))))) * Math.Exp(-z * z / 2) / 2;
        return z < 0 ? tail : 1 - tail;
    }
}
