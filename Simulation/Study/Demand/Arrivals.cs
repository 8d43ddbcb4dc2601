using System.Collections.Immutable;

namespace ProvingMarket.Simulation.Study.Demand;

/// <summary>When requests come: a Poisson process whose rate goes up and down with the day and now and then jumps for a burst, drawn by thinning.</summary>
internal sealed class Arrivals
{
    /// <summary>How much the rate differs from its mean at the height and the depth of the day.</summary>
    public const double Swing = 0.6;

    /// <summary>What the rate is multiplied with in a burst.</summary>
    public const double BurstFactor = 4;

    /// <summary>Bursts in a day, on average.</summary>
    public const double BurstsPerDay = 2;

    /// <summary>How long a burst is, as a part of the day.</summary>
    public const double BurstLength = 1.0 / 48;

    private const double MeanBurstLoad = 1 + (BurstsPerDay * BurstLength * (BurstFactor - 1));

    private readonly ImmutableArray<double> _bursts;
    private readonly double _day;
    private readonly double _rate;

    private Arrivals(double rate, double day, ImmutableArray<double> bursts) => (_rate, _day, _bursts) = (rate / MeanBurstLoad, day, bursts);

    /// <summary>Draws when so many requests come, in seconds.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="rate">Requests a second, on average.</param>
    /// <param name="day">The length of a day in seconds.</param>
    /// <param name="count">How many.</param>
    public static ImmutableArray<double> Draw(long seed, double rate, double day, int count)
    {
        var bursts = ImmutableArray.CreateBuilder<double>();
        var burst = StudyRandom.Of(seed, "bursts");
        // Far more than are needed: whatever is drawn, the requests have come long before.
        var end = (3 * count / rate) + (3 * day);
        for (var at = burst.NextExponential(day / BurstsPerDay); at < end; at += burst.NextExponential(day / BurstsPerDay)) bursts.Add(at);
        var process = new Arrivals(rate, day, bursts.ToImmutable());

        var random = StudyRandom.Of(seed, "arrivals");
        var highest = process._rate * (1 + Swing) * BurstFactor;
        var times = ImmutableArray.CreateBuilder<double>(count);
        for (var now = 0.0; times.Count < count;)
        {
            now += random.NextExponential(1 / highest);
            if (random.NextDouble() * highest < process.RateAt(now)) times.Add(now);
        }
        return times.MoveToImmutable();
    }

    private double RateAt(double time)
    {
        // The study begins where the rate is at its mean and rises.
        var ofDay = 1 + (Swing * Math.Sin(2 * Math.PI * time / _day));
        return _rate * ofDay * (IsInBurst(time) ? BurstFactor : 1);
    }

    private bool IsInBurst(double time)
    {
        var index = _bursts.BinarySearch(time);
        var last = index >= 0 ? index : ~index - 1;
        return last >= 0 && time - _bursts[last] < BurstLength * _day;
    }
}
