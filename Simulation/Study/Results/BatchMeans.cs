namespace ProvingMarket.Simulation.Study.Results;

/// <summary>Confidence intervals of means and of ratios of means, by batches: requests that follow each other share a load and are not independent, batches of
/// many nearly are, and those of different seeds are. The ratio of two sums over batches has, to first order, the variance of its residuals
/// (Cochran, Sampling Techniques, 1977, chapter 6); its interval is Student's with one degree of freedom less than there are batches.</summary>
internal static class BatchMeans
{
    private const double Normal = 1.959964;

    // Quantiles of Student's distribution at 97.5 % for 1 to 30 degrees of freedom.
    private static readonly double[] Student =
    [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];

    /// <summary>The sum of the numerators over the sum of the denominators, over all batches. Batches without anything in them are left out; null
    /// when the denominators add up to nothing. With a single batch nothing is known of the spread: the interval is everything.</summary>
    public static Interval? Ratio(IEnumerable<(double Numerator, double Denominator)> batches)
    {
        var all = batches.Where(batch => batch.Denominator != 0 || batch.Numerator != 0).ToArray();
        var below = all.Sum(batch => batch.Denominator);
        if (below == 0) return null;
        var ratio = all.Sum(batch => batch.Numerator) / below;
        if (all.Length < 2) return new Interval(ratio, double.NegativeInfinity, double.PositiveInfinity);
        var residuals = all.Sum(batch => Math.Pow(batch.Numerator - (ratio * batch.Denominator), 2));
        var error = Math.Sqrt(residuals * all.Length / (all.Length - 1)) / Math.Abs(below);
        var half = Quantile(all.Length - 1) * error;
        return new Interval(ratio, ratio - half, ratio + half);
    }

    /// <summary>The 97.5 % quantile of Student's distribution.</summary>
    internal static double Quantile(int degreesOfFreedom) =>
        degreesOfFreedom <= Student.Length ? Student[degreesOfFreedom - 1] : Normal + (2.4 / degreesOfFreedom);
}
