using System.Collections.Immutable;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Simulation.Study.Worlds;

namespace ProvingMarket.Simulation.Study.Results;

/// <summary>Compares what the market stated of routed requests, before it knew, with what happened.</summary>
internal static class Calibration
{
    /// <summary>The report.</summary>
    public static CalibrationReport Of(ImmutableArray<StudySample> samples)
    {
        var all = samples.Select(sample => new Case(sample.Batch, sample.Outcomes[StudyPolicy.RoutedName])).Where(one => one.Stated is { IsFeasible: true }).ToArray();
        var delivered = all.Where(one => one.Outcome.IsDelivered).ToArray();
        return new CalibrationReport
        {
            TimeP90 = Mean(delivered, one => one.Outcome.Latency <= one.Stated!.LatencyP90 ? 1 : 0),
            TimeP50 = Mean(delivered, one => one.Outcome.Latency <= one.Stated!.LatencyP50 ? 1 : 0),
            PriceP90 = Mean(delivered, one => one.Outcome.Price <= one.Stated!.PriceP90 ? 1 : 0),
            Delivered = Mean(all, one => (one.Outcome.IsDelivered ? 1 : 0) - (one.Stated!.HardPpm / 1e6)),
        };
    }

    private static Interval? Mean(Case[] cases, Func<Case, double> value) =>
        BatchMeans.Ratio(cases.GroupBy(one => one.Batch).Select(batch => (batch.Sum(value), (double)batch.Count())));

    private readonly record struct Case(int Batch, StudyOutcome Outcome)
    {
        public InstanceForecast? Stated => Outcome.Decision?.Chosen;
    }
}
