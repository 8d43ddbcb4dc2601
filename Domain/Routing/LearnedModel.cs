using System.Collections.Immutable;

namespace ProvingMarket.Domain.Routing;

/// <summary>What has been learned, made ready for routing: computed once for each change of the statistics.</summary>
public sealed class LearnedModel
{
    /// <summary>A model that has learned nothing: structural models count as they are.</summary>
    public static readonly LearnedModel Untaught = new(MarketStatistics.Empty);

    private readonly Dictionary<CellKey, Correction> _corrections = [];
    private readonly Dictionary<string, Credits> _prices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StatedWidths> _widths = new(StringComparer.Ordinal);
    private readonly StatedWidths _common;

    /// <summary>The model of the statistics.</summary>
    public LearnedModel(MarketStatistics statistics)
    {
        Version = statistics.Version;
        foreach (var cell in statistics.Cells.Values)
        {
            var coarse = cell.Key.Band < 0 ? null : statistics.Cells.GetValueOrDefault(cell.Key.Coarse.Name);
            _corrections[cell.Key] = Correction.Of(cell, coarse);
        }
        _common = CoverageRules.WidthsOf(statistics.Coverage, CoverageRules.Common);
        foreach (var mechanism in statistics.Coverage.Keys) _widths[mechanism] = CoverageRules.WidthsOf(statistics.Coverage, mechanism);
        foreach (var program in statistics.Prices.Keys)
        {
            if (LearningRules.MedianPrice(statistics, program) is { } price) _prices[program] = price;
        }
    }

    /// <summary>The version of the statistics.</summary>
    public long Version { get; }

    /// <summary>The median price paid for a program's proofs; null while too few are known.</summary>
    public Credits? PriceOf(string programId) => _prices.TryGetValue(programId, out var price) ? price : null;

    /// <summary>How ninth deciles of a mechanism's runs are stated instead of as their distributions have them.</summary>
    public StatedWidths WidthsOf(string mechanism) => _widths.TryGetValue(mechanism, out var widths) ? widths : _common;

    /// <summary>What corrects the structural model of a cell: its own outcomes, else those of its instance on all programs and loads, else those of the
    /// general instance it is tuned from.</summary>
    public Correction Of(CellKey key)
    {
        if (_corrections.TryGetValue(key, out var exact) || _corrections.TryGetValue(key.Coarse, out exact)) return exact;
        var tuned = key.Instance.IndexOf('~', StringComparison.Ordinal);
        return tuned < 0 ? Correction.None : Of(key with { Instance = key.Instance[..tuned] });
    }
}

/// <summary>How outcomes correct a structural model: the odds of success by a factor, times and prices by the distribution of their residuals.</summary>
public sealed class Correction
{
    /// <summary>Nothing learned.</summary>
    public static readonly Correction None = new(0, LearningRules.Prior, Cumulated(Residuals.Normal, LearningRules.Prior), Cumulated(Residuals.Normal, LearningRules.Prior), 1);

    private const double Edge = 1e-4;

    private readonly double _logOdds;
    private readonly double[] _times;
    private readonly double[] _prices;

    private readonly double _resistance;

    private Correction(double logOdds, double weight, double[] times, double[] prices, double resistance) => (_logOdds, Weight, _times, _prices, _resistance) = (logOdds, weight, times, prices, resistance);

    /// <summary>How many outcomes it rests on, the prior included.</summary>
    public double Weight { get; }

    /// <summary>The correction by a cell, with what is known of its instance in general behind it.</summary>
    public static Correction Of(LearnedCell cell, LearnedCell? coarse)
    {
        var shift = coarse is null ? 0 : Shift(coarse, 0, LearningRules.Prior);
        shift = Shift(cell, shift, LearningRules.Prior);
        return new Correction(
            shift, cell.Count + LearningRules.Prior,
            Combined(cell, coarse, known => known.Times), Combined(cell, coarse, known => known.Prices),
            Ratio(cell, coarse is null ? 1 : Ratio(coarse, 1)));
    }

    /// <summary>The probability of success: the structural one with its odds corrected. <paramref name="deviation"/> moves it by so many standard deviations of what is known of the odds, for exploration.</summary>
    public double Success(double structural, double deviation = 0)
    {
        if (structural <= 0) return 0;
        var shift = _logOdds;
        if (deviation != 0)
        {
            var p = Logistic(Logit(structural) + shift);
            shift += deviation / Math.Sqrt(Math.Max(Weight * p * (1 - p), 0.25));
        }
        return shift == 0 ? structural : Logistic(Logit(structural) + shift);
    }

    /// <summary>The share of times within a bound.</summary>
    public double ShareOfTimes(double bound, double median, Spreads spreads) => bound <= 0 ? 0 : Residuals.Share(_times, Residuals.Of(bound, median, spreads));

    /// <summary>The time within which a share lies.</summary>
    public double Time(double share, double median, Spreads spreads) => At(Residuals.Quantile(_times, share), median, spreads);

    /// <summary>The censorship resistance when so many provers are expected to hold the work: what the structural model expects times the ratio of what was seen to what
    /// was expected. It is learned and not the number of provers, whose mean says little where one run in ten has sixteen and the others have one.</summary>
    public double Resistance(double provers) => Math.Min(1, (1 - double.Exp2(-Math.Max(provers, 0))) * _resistance);

    /// <summary>The price within which a share lies.</summary>
    public double Price(double share, double median, Spreads spreads) => At(Residuals.Quantile(_prices, share), median, spreads);

    private static double At(double z, double median, Spreads spreads) => median * Math.Exp(z * (z < 0 ? spreads.Below : spreads.Above));

    private static double Shift(LearnedCell cell, double before, double prior)
    {
        if (cell.Count <= 0) return before;
        var expected = Logistic(Logit(cell.Expected / cell.Count) + before);
        // The mean of a Beta distribution: the prior as so many outcomes as expected, and what was seen.
        var seen = (cell.Succeeded + (prior * expected)) / (cell.Count + prior);
        return before + Logit(seen) - Logit(expected);
    }

    /// <summary>Seen to expected, with as many as were expected, times what is known already, behind them as so many outcomes.</summary>
    private static double Ratio(LearnedCell cell, double before)
    {
        if (cell.ResistanceExpected <= 0 || cell.Count <= 0) return before;
        var prior = cell.ResistanceExpected / cell.Count * LearningRules.Prior;
        return (cell.ResistanceSeen + (prior * before)) / (cell.ResistanceExpected + prior);
    }

    private static double[] Combined(LearnedCell cell, LearnedCell? coarse, Func<LearnedCell, ImmutableArray<double>> of)
    {
        var bins = new double[Residuals.Bins];
        Add(Residuals.Normal, LearningRules.Prior);
        if (coarse is not null && of(coarse).Sum() is > 0 and var sum) Add(of(coarse), Math.Min(1, LearningRules.CoarsePrior / sum));
        Add(of(cell), 1);
        return Cumulated(bins, 1);

        void Add(ImmutableArray<double> from, double factor)
        {
            for (var i = 0; i < bins.Length; i++) bins[i] += from[i] * factor;
        }
    }

    private static double[] Cumulated(IReadOnlyList<double> bins, double factor)
    {
        var cumulated = new double[bins.Count];
        var sum = 0.0;
        for (var i = 0; i < cumulated.Length; i++) cumulated[i] = sum += bins[i] * factor;
        for (var i = 0; i < cumulated.Length; i++) cumulated[i] /= sum;
        return cumulated;
    }

    private static double Logit(double p)
    {
        var clamped = Math.Clamp(p, Edge, 1 - Edge);
        return Math.Log(clamped / (1 - clamped));
    }

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));
}
