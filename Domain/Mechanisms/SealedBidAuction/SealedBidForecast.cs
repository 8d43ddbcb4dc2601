using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.Race;

namespace ProvingMarket.Domain.Mechanisms.SealedBidAuction;

/// <summary>What to expect of a sealed-bid auction: everybody bids its ask; the best score wins at the second's price; the next best stands by.</summary>
internal static class SealedBidForecast
{
    // The share of both windows that passes on average: bidding ends early when everybody has answered.
    private const double UsedOfWindows = 0.15;
    private const double ShortestWindow = 0.2;
    private const double LongestWindow = 10;

    private static readonly InstanceKnob Window = new("window", 5, 1, 20, "each of both windows in per cent of the time to the hard deadline");
    private static readonly InstanceKnob Quality = new("quality", 20, 0, 400, "what the whole time and a failure count in a score, in per cent of the usual price");
    private static readonly InstanceKnob Bond = InstanceKnob.Bond(25);
    private static readonly InstanceKnob Backups = new("backups", 1, 0, 8, "how many of the next best stand by");

    public static readonly ImmutableArray<InstanceKnob> Knobs = [Window, Quality, Bond, Backups];

    public static readonly ImmutableArray<MechanismInstance> Instances =
    [
        new() { Id = SealedBidParameters.MechanismName, Mechanism = SealedBidParameters.MechanismName },
        new() { Id = SealedBidParameters.MechanismName + "/careful", Mechanism = SealedBidParameters.MechanismName, Settings = [new() { Name = Quality.Name, Value = 150 }, new() { Name = Backups.Name, Value = 2 }] },
    ];

    public static MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook)
    {
        var window = RunOutlook.Seconds(WindowOf(instance, outlook), ShortestWindow, LongestWindow);
        return new MechanismChoice
        {
            Name = SealedBidParameters.MechanismName,
            Parameters = RaceForecast.Parameters(
                ("biddingWindow", window), ("revealWindow", window), ("bond", BondOf(instance, outlook).ToString()),
                ("delayCost", Micro(DelayCost(instance, outlook), SealedBidParameters.HighestDelayCost)),
                ("failureCost", Micro(FailureCost(instance, outlook), MarketLimits.Amount)),
                ("backups", instance.Setting(Backups).ToString(CultureInfo.InvariantCulture))),
        };
    }

    public static RunForecast Of(MechanismInstance instance, RunOutlook outlook)
    {
        if (outlook.MinRedundancy > 1) return RunForecast.Impossible(outlook.TooFew(1));
        var window = WindowOf(instance, outlook);
        if (2 * window >= outlook.UntilHard)
            return RunForecast.Impossible(Refusal.Of(ReasonCode.DeadlineTooSoon, "hardDeadline", "time for both windows", RunOutlook.Seconds(outlook.UntilHard, 0, double.MaxValue)));
        var bond = BondOf(instance, outlook);
        var (delay, failure) = (DelayCost(instance, outlook), FailureCost(instance, outlook));
        var (best, second) = (default(OutlookProver), default(OutlookProver));
        var (bestScore, secondScore) = (double.MaxValue, double.MaxValue);
        foreach (var prover in outlook.ByPrice)
        {
            if (!prover.IsFree || prover.Price > outlook.MaxPrice || !prover.CanBond(bond)) continue;
            var score = prover.Price.Micro + (delay * prover.Seconds) + (failure * (1 - prover.Success));
            if (score < bestScore) (best, bestScore, second, secondScore) = (prover, score, best, bestScore);
            else if (score < secondScore) (second, secondScore) = (prover, score);
            // It stands for several alike.
            if (ReferenceEquals(best, prover) && prover.Weight >= 2) (second, secondScore) = (prover, score);
        }
        if (best is null) return RunForecast.Impossible(outlook.Nobody(outlook.MaxPrice, bond));

        var timing = new Timing(2);
        timing.Add(best.Seconds, best.Success);
        var takeover = best.Seconds * 1.5;
        if (second is not null && instance.Setting(Backups) > 0 && (2 * window) + takeover + second.Seconds < outlook.UntilHard)
            timing.Add(takeover + second.Seconds, (1 - best.Success) * second.Success);
        var (seconds, spread) = timing.Shape((4 * RunOutlook.RoundTrip) + (2 * window * UsedOfWindows));
        var price = second is null ? outlook.MaxPrice.Micro : best.Price.Micro + secondScore - bestScore;
        return new RunForecast
        {
            Delivered = timing.Total,
            Seconds = seconds,
            Spread = spread,
            PriceMicro = Math.Clamp(price, 1, outlook.MaxPrice.Micro),
            PriceSpread = 0.15,
            // Who stands by has not seen the work.
            Provers = 1,
        };
    }

    private static double WindowOf(MechanismInstance instance, RunOutlook outlook) =>
        Math.Clamp(outlook.UntilHard * instance.Setting(Window) / 100, ShortestWindow, LongestWindow);

    private static Credits BondOf(MechanismInstance instance, RunOutlook outlook) => RunOutlook.Percent(outlook.Posted(50, 0), instance.Setting(Bond));

    private static double DelayCost(MechanismInstance instance, RunOutlook outlook) =>
        (double)outlook.Reference.Micro * instance.Setting(Quality) / 100 / Math.Max(1, outlook.UntilHard);

    private static double FailureCost(MechanismInstance instance, RunOutlook outlook) => (double)outlook.Reference.Micro * instance.Setting(Quality) / 100;

    private static string Micro(double amount, Credits most) => new Credits((long)Math.Min(amount, most.Micro)).ToString();
}
