using System.Collections.Immutable;
using Orleans.Simulation;

namespace ProvingMarket.Simulation.Study.Demand;

/// <summary>How large jobs are, in work units: the built-in distribution, or the sizes of a file. A file gives the shape: its sizes are scaled so that the
/// median is that of the built-in one, since deadlines, prices and load are relative to the typical job anyway.</summary>
public sealed class JobSizes
{
    /// <summary>The median size in work units.</summary>
    public const double Median = 500;

    private const double Spread = 0.6;

    private readonly ImmutableArray<(double Least, double Greatest)> _sizes;

    private JobSizes(ImmutableArray<(double Least, double Greatest)> sizes, string description) => (_sizes, Description) = (sizes, description);

    /// <summary>Log-normal with the median and a standard deviation of the logarithm of 0.6, cut off at an eighth and at eight times the median.</summary>
    public static JobSizes BuiltIn { get; } = new([], "built-in: log-normal, standard deviation of the logarithm 0.6");

    /// <summary>Where they come from.</summary>
    public string Description { get; }

    /// <summary>Sizes of which each is as likely as any other; one that is a range is drawn from it, every order of magnitude alike.</summary>
    /// <param name="sizes">Sizes, from the least to the greatest each; positive.</param>
    /// <param name="description">Where they come from.</param>
    public static JobSizes Of(IEnumerable<(double Least, double Greatest)> sizes, string description)
    {
        var all = sizes.ToArray();
        ArgumentOutOfRangeException.ThrowIfZero(all.Length, nameof(sizes));
        var middles = all.Select(size => Math.Sqrt(size.Least * size.Greatest)).Order().ToArray();
        var median = middles.Length % 2 == 1 ? middles[middles.Length / 2] : Math.Sqrt(middles[(middles.Length / 2) - 1] * middles[middles.Length / 2]);
        var scale = Median / median;
        return new JobSizes([.. all.Select(size => (size.Least * scale, size.Greatest * scale))], description);
    }

    /// <summary>Draws a size.</summary>
    internal double Draw(SimulatedRandom random)
    {
        if (_sizes.IsEmpty) return Median * Math.Exp(Math.Clamp(random.NextNormal() * Spread, -Math.Log(8), Math.Log(8)));
        var (least, greatest) = _sizes[random.Next(_sizes.Length)];
        return least == greatest ? least : random.NextLogarithmic(least, greatest);
    }
}
