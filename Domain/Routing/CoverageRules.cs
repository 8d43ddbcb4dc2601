using System.Collections.Immutable;

namespace ProvingMarket.Domain.Routing;

/// <summary>Makes what is stated of the chosen run hold as often as it says. What is chosen is chosen because its prediction is good, so it disappoints more often than
/// predictions do on the whole, however right each is for itself. Adaptive conformal inference (Gibbs and Candès, <i>Adaptive Conformal Inference Under Distribution Shift</i>, 2021)
/// needs no model of that: with every outcome beyond a stated ninth decile what is stated moves up by a step, with every other one down by a ninth of it, so that in the long
/// run nine of ten lie within, whatever the distribution. What moves is not the level that is read, since a distribution that is too narrow has no level that would do.
/// <para>Of times the width moves: a stated time is the median times a power of what lies between them. Of prices that would not do. They are often all but known (an ask, a posted reward) until
/// the provers who ask it are taken, and then they are several times as high: between a median and a ninth decile that nearly are one, no power finds room. So the score of a price is
/// ln(paid / ninth decile), as in conformalized quantile regression (Romano, Patterson and Candès, <i>Conformalized Quantile Regression</i>, 2019), which does not vanish, and its ninth decile
/// is tracked (Angelopoulos, Candès and Tibshirani, <i>Conformal PID Control for Time Series Prediction</i>, 2023). Whatever happens, the share beyond differs over T outcomes that count alike
/// from a tenth by no more than ln(<see cref="MostFactor"/>/<see cref="LeastFactor"/>)/(step·T), unless a bound is reached.</para>
/// One correction is common to all mechanisms; each has a smaller one of its own on top.</summary>
public static class CoverageRules
{
    /// <summary>How often a stated ninth decile is to hold.</summary>
    public const double Nominal = 0.9;

    /// <summary>The smallest width.</summary>
    public const double Least = 0.5;

    /// <summary>The largest.</summary>
    public const double Most = 4;

    /// <summary>The smallest factor between a price's ninth decile and the stated one.</summary>
    public const double LeastFactor = 1 / 3.0;

    /// <summary>The largest.</summary>
    public const double MostFactor = 20;

    /// <summary>How far an outcome moves the logarithm of the common width, by the difference between what it was and what it was to be; the first one moves it three times as far, and the
    /// next less and less more.</summary>
    public const double CommonStep = 0.1;

    /// <summary>How far it moves that of its mechanism.</summary>
    public const double OwnStep = 0.05;

    /// <summary>How far it moves the logarithm of the common factor of prices: a price beyond what was stated by 0.036, about a seventh of how far ninth decile and median usually are apart.</summary>
    public const double CommonPriceStep = 0.04;

    /// <summary>How far it moves that of its mechanism.</summary>
    public const double OwnPriceStep = 0.02;

    /// <summary>An account makes up at most this share of what moves a correction, or an equal share among the accounts when they are fewer than twenty. It is less than the tenth that
    /// is to lie beyond: an account whose outcomes all do, or none, leaves what holds for the others between 0.894 and 0.948.</summary>
    public const double LargestShare = 0.05;

    /// <summary>The key of what is common to all mechanisms.</summary>
    public const string Common = "";

    private const int MostMechanisms = 64;
    private const int MostWaiting = 1024;

    private static readonly (double Lowest, double Highest) Times = (Math.Log(Least), Math.Log(Most));
    private static readonly (double Lowest, double Highest) Prices = (Math.Log(LeastFactor), Math.Log(MostFactor));

    /// <summary>With what an outcome says; nothing when no proof came. When there are too many, the longest known of the account that has the most is forgotten: nobody, by doing more of the
    /// same, makes the market forget what fewer outcomes of others say.</summary>
    public static ImmutableArray<Holding> WithHolding(ImmutableArray<Holding> waiting, RouteOutcome outcome)
    {
        if (outcome is not { TimeHeld: { } time, PriceHeld: { } price }) return waiting;
        waiting = waiting.Add(new Holding { Mechanism = outcome.Basis.Instance.Mechanism, Account = outcome.Account, Time = time, Price = price, Due = outcome.Due });
        return waiting.Length <= MostWaiting ? waiting : waiting.Remove(waiting.GroupBy(holding => holding.Account, StringComparer.Ordinal).MaxBy(own => own.Count())!.First());
    }

    /// <summary>Counts what is due. An outcome within the stated time is known before one beyond it; counted when it is known, the good ones would always be ahead, and what is stated
    /// would look better than it is as long as requests are under way. So each waits until the time that was stated for it is over.</summary>
    public static MarketStatistics Ripened(MarketStatistics statistics, DateTimeOffset now)
    {
        var due = statistics.Holdings.Count(holding => holding.Due <= now);
        return due == 0 ? statistics : statistics with
        {
            Version = statistics.Version + 1,
            Coverage = statistics.Holdings.Where(holding => holding.Due <= now).Aggregate(statistics.Coverage, After),
            Holdings = [.. statistics.Holdings.Where(holding => holding.Due > now)],
        };
    }

    /// <summary>The corrections after what was stated of a run held or did not.</summary>
    public static ImmutableDictionary<string, Coverage> After(ImmutableDictionary<string, Coverage> known, Holding holding)
    {
        var common = Moved(known.GetValueOrDefault(Common) ?? new Coverage(), default, holding, CommonStep, CommonPriceStep);
        known = known.SetItem(Common, common);
        return !known.TryGetValue(holding.Mechanism, out var own) && known.Count >= MostMechanisms
            ? known
            : known.SetItem(holding.Mechanism, Moved(own ?? new Coverage(), (common.Time, common.PriceFactor), holding, OwnStep, OwnPriceStep));
    }

    /// <summary>The corrections for a mechanism; <see cref="Common"/> for one of which nothing is known.</summary>
    public static StatedWidths WidthsOf(ImmutableDictionary<string, Coverage> known, string mechanism)
    {
        if (known.GetValueOrDefault(Common) is not { } common) return StatedWidths.Nominal;
        var own = mechanism == Common ? null : known.GetValueOrDefault(mechanism);
        return new StatedWidths(Within(Times, common.Time + (own?.Time ?? 0)), Within(Prices, common.PriceFactor + (own?.PriceFactor ?? 0)));

        static double Within((double Lowest, double Highest) bounds, double logarithm) => Math.Exp(Math.Clamp(logarithm, bounds.Lowest, bounds.Highest));
    }

    private static Coverage Moved(Coverage coverage, (double Time, double Price) common, Holding holding, double timeStep, double priceStep)
    {
        var others = coverage.Accounts.Count(share => share.Account != holding.Account);
        var counted = AccountShares.Count(coverage.Accounts, coverage.Count, holding.Account, Math.Max(LargestShare, 1.0 / (others + 1)));
        var scale = counted.Weight * (1 + (2 * LearningRules.Prior / (coverage.Count + LearningRules.Prior)));
        return coverage with
        {
            Time = After(coverage.Time, common.Time, holding.Time, timeStep, Times),
            PriceFactor = After(coverage.PriceFactor, common.Price, holding.Price, priceStep, Prices),
            Count = (coverage.Count * counted.Left) + counted.Weight,
            Accounts = AccountShares.After(coverage.Accounts, holding.Account, counted),
        };

        // Kept within what has an effect, so that it comes back from a bound as soon as outcomes say so.
        double After(double before, double common, bool held, double step, (double Lowest, double Highest) bounds) =>
            Math.Clamp(before + (scale * step * (Nominal - (held ? 1 : 0))), bounds.Lowest - common, bounds.Highest - common);
    }
}
