using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Qos;

namespace ProvingMarket.Domain.Routing;

/// <summary>An instance that competes for a request.</summary>
/// <param name="Mechanism">Its mechanism.</param>
/// <param name="Instance">The instance.</param>
public readonly record struct Contender(IMechanism Mechanism, MechanismInstance Instance);

/// <summary>The run that would follow when a primary run has failed.</summary>
/// <param name="Forecast">What is expected of it.</param>
/// <param name="Correction">What has been learned of it.</param>
/// <param name="Begins">When it would begin, in seconds after the submission.</param>
internal readonly record struct FallbackOutlook(RunForecast Forecast, Correction Correction, double Begins);

/// <summary>What is expected of one instance: its own forecast, corrected by what has been learned, with the fallback behind it.</summary>
internal readonly struct Prediction
{
    private const double LeastSpread = 0.05;
    private static readonly double[] Shares = [0.1, 0.3, 0.5, 0.7, 0.9];

    private Prediction(RunForecast forecast) => Forecast = forecast;

    public RunForecast Forecast { get; }

    /// <summary>P(valid by the end of the primary stage) before correction.</summary>
    public double Base { get; private init; }

    public double Soft { get; private init; }

    public double Hard { get; private init; }

    public double Median { get; private init; }

    public double NineOfTen { get; private init; }

    public double Price { get; private init; }

    public double HighPrice { get; private init; }

    public double Score { get; private init; }

    public double Loss { get; private init; }

    /// <summary>The prediction; of a run that cannot serve the request only its limit.</summary>
    /// <param name="forecast">What the mechanism expects.</param>
    /// <param name="correction">What has been learned.</param>
    /// <param name="terms">How it is judged.</param>
    /// <param name="fallback">What would follow; null when it has all the time.</param>
    /// <param name="widths">How ninth deciles are stated instead of as the distributions have them.</param>
    /// <param name="deviation">Moves the odds of success, and times, by so many standard deviations of what is known of them: for exploration.</param>
    public static Prediction Of(RunForecast forecast, Correction correction, in JudgingTerms terms, FallbackOutlook? fallback, StatedWidths widths, double deviation = 0)
    {
        if (forecast.Limit is not null) return new Prediction(forecast);
        var spread = SpreadsOf(forecast);
        var prices = Math.Max(forecast.PriceSpread, LeastSpread);
        var priceSpread = new Spreads(prices, prices);
        var end = fallback?.Begins ?? terms.UntilHard;
        var inTime = correction.ShareOfTimes(end, forecast.Seconds, spread);
        var expected = Math.Clamp(forecast.Delivered, 0, 1) * inTime;
        var primary = correction.Success(expected, deviation);
        var seconds = forecast.Seconds * (deviation == 0 ? 1 : Math.Exp(-deviation * spread.Above / Math.Sqrt(correction.Weight)));

        var rescue = 0.0;
        var (rescueSeconds, rescueInTime, untilHard) = (0.0, 0.0, terms.UntilHard);
        if (fallback is { } after && after.Forecast.Limit is null)
        {
            rescueInTime = after.Correction.ShareOfTimes(terms.UntilHard - end, after.Forecast.Seconds, SpreadsOf(after.Forecast));
            rescue = (1 - primary) * after.Correction.Success(after.Forecast.Delivered * rescueInTime);
            rescueSeconds = Math.Min(terms.UntilHard, end + after.Forecast.Seconds);
        }
        var hard = Math.Min(1, primary + rescue);
        var soft = primary * (inTime <= 0 ? 0 : Math.Min(1, correction.ShareOfTimes(Math.Min(terms.UntilSoft, end), forecast.Seconds, spread) / inTime));
        if (rescue > 0 && rescueSeconds <= terms.UntilSoft) soft += rescue;

        var speed = 0.0;
        foreach (var share in Shares) speed += double.Exp2(-Math.Min(end, correction.Time(share * inTime, seconds, spread)) / terms.HalfLife);
        speed = (primary * speed / Shares.Length) + (rescue * double.Exp2(-rescueSeconds / terms.HalfLife));
        var price = Math.Min(terms.MaxPrice, correction.Price(0.5, forecast.PriceMicro, priceSpread));
        var cost = (primary * double.Exp2(-price / terms.Reference))
            + (rescue * (fallback is { } dear ? double.Exp2(-dear.Forecast.PriceMicro / terms.Reference) : 0));
        var censorship = hard * correction.Resistance(forecast.Provers);
        var judged = new QosUtilities { Speed = speed, Cost = cost, Safety = QosUtilities.SafetyOf(Math.Clamp(hard, 0, 1)), CensorshipResistance = censorship };
        var median = TimeOfShare(0.5);
        return new Prediction(forecast)
        {
            Base = expected,
            Soft = Math.Min(soft, hard),
            Hard = hard,
            Median = median,
            NineOfTen = Math.Min(terms.UntilHard, widths.TimeOf(median, TimeOfShare(CoverageRules.Nominal))),
            Price = price,
            HighPrice = Math.Min(terms.MaxPrice, widths.PriceOf(price, PriceOfShare(CoverageRules.Nominal))),
            Score = judged.ScoreFor(terms.Weights),
            Loss = 1 - (judged with { Safety = hard }).ScoreFor(terms.Weights),
        };

        // Of all proofs that come, by the primary run or by the one after it.
        double TimeOfShare(double share)
        {
            var wanted = share * hard;
            if (wanted <= primary || rescue <= 0) return Math.Min(end, correction.Time(primary <= 0 ? share : Math.Min(1, wanted / primary) * inTime, seconds, spread));
            var next = fallback!.Value;
            var within = Math.Min(1, (wanted - primary) / rescue);
            return Math.Min(untilHard, end + next.Correction.Time(within * rescueInTime, next.Forecast.Seconds, SpreadsOf(next.Forecast)));
        }

        // The same of prices: what rescues costs as much as the run before it, or more.
        double PriceOfShare(double share)
        {
            var wanted = share * hard;
            if (wanted <= primary || rescue <= 0) return correction.Price(primary <= 0 ? share : Math.Min(1, wanted / primary), forecast.PriceMicro, priceSpread);
            var next = fallback!.Value;
            var spreadAfter = Math.Max(next.Forecast.PriceSpread, LeastSpread);
            return next.Correction.Price(Math.Min(1, (wanted - primary) / rescue), next.Forecast.PriceMicro, new Spreads(spreadAfter, spreadAfter));
        }
    }

    /// <summary>The spreads of a forecast's time, none of them nothing.</summary>
    public static Spreads SpreadsOf(RunForecast forecast)
    {
        var above = Math.Max(forecast.Spread, LeastSpread);
        return new Spreads(above, forecast.SpreadBelow > 0 ? Math.Max(forecast.SpreadBelow, LeastSpread) : above);
    }

    public InstanceForecast ToForecast(string instance) => Forecast.Limit is { } limit
        ? new InstanceForecast { Instance = instance, Limit = limit }
        : new InstanceForecast
        {
            Instance = instance,
            SoftPpm = Ppm(Soft),
            HardPpm = Ppm(Hard),
            LatencyP50 = TimeSpan.FromMilliseconds(Math.Ceiling(Median * 1000)),
            LatencyP90 = TimeSpan.FromMilliseconds(Math.Ceiling(NineOfTen * 1000)),
            PriceP50 = new Credits((long)Price),
            PriceP90 = new Credits((long)Math.Ceiling(HighPrice)),
            ProversMilli = (int)Math.Min(1_000_000, Forecast.Provers * 1000),
            ScorePpm = Ppm(Score),
            LossPpm = Ppm(Loss),
        };

    private static int Ppm(double share) => (int)Math.Round(Math.Clamp(share, 0, 1) * 1_000_000);
}

/// <summary>How instances are judged for a request.</summary>
internal readonly record struct JudgingTerms(double UntilSoft, double UntilHard, double HalfLife, double Reference, double MaxPrice, QosWeights Weights);
