using Orleans.Simulation;
using ProvingMarket.Simulation.Study;
using ProvingMarket.Simulation.Study.Results;

namespace ProvingMarket.Simulation.Tests.Study;

/// <summary>Intervals hold what they promise, on data whose truth is known.</summary>
public sealed class BatchMeansTests
{
    private const int Studies = 1_000;

    /// <summary>Values that follow each other depend on each other, as those of requests do.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.6)]
    public void A_95_percent_interval_covers_the_mean_about_95_times_in_100(double dependence)
    {
        var covered = 0;
        for (var study = 0; study < Studies; study++)
        {
            var random = new SimulatedRandom((ulong)study, "coverage");
            var batches = new List<(double, double)>();
            var deviation = 0.0;
            for (var batch = 0; batch < 10; batch++)
            {
                var (sum, count) = (0.0, 30 + random.Next(20));
                for (var n = 0; n < count; n++)
                {
                    deviation = (dependence * deviation) + (Math.Sqrt(1 - (dependence * dependence)) * random.NextNormal());
                    sum += 0.3 + (0.1 * deviation);
                }
                batches.Add((sum, count));
            }
            var interval = BatchMeans.Ratio(batches)!.Value;
            if (interval.Low <= 0.3 && interval.High >= 0.3) covered++;
        }
        Assert.InRange(covered / (double)Studies, 0.92, 0.975);
    }

    [Fact]
    public void A_ratio_of_means_is_covered_too()
    {
        var covered = 0;
        for (var study = 0; study < Studies; study++)
        {
            var random = new SimulatedRandom((ulong)study, "ratio");
            var batches = Enumerable.Range(0, 20).Select(_ =>
            {
                var shared = 1 + (0.3 * random.NextNormal());
                return (0.3 * shared * (1 + (0.2 * random.NextNormal())), shared);
            }).ToArray();
            var interval = BatchMeans.Ratio(batches)!.Value;
            if (interval.Low <= 0.3 && interval.High >= 0.3) covered++;
        }
        Assert.InRange(covered / (double)Studies, 0.92, 0.975);
    }

    [Fact]
    public void What_is_not_known_is_not_claimed()
    {
        Assert.Null(BatchMeans.Ratio([]));
        Assert.Null(BatchMeans.Ratio([(0, 0), (0, 0)]));
        Assert.Equal(new Interval(0.5, double.NegativeInfinity, double.PositiveInfinity), BatchMeans.Ratio([(1, 2)]));
        var exact = BatchMeans.Ratio([(1, 2), (2, 4), (3, 6)])!.Value;
        Assert.Equal((0.5, 0.5, 0.5), (exact.Value, exact.Low, exact.High));
    }

    [Theory]
    [InlineData(1, 12.706)]
    [InlineData(9, 2.262)]
    [InlineData(30, 2.042)]
    [InlineData(60, 2.000)]
    [InlineData(1_000, 1.962)]
    public void Students_quantiles_are_those_of_the_tables(int degreesOfFreedom, double expected) =>
        Assert.Equal(expected, BatchMeans.Quantile(degreesOfFreedom), 0.003);
}
