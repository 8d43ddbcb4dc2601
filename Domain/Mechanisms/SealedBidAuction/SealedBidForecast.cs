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
    private static readonly double ShortestRevealWindow = SealedBidParameters.ShortestRevealWindow.TotalSeconds;
    private const double LongestWindow = 10;

    private static readonly InstanceKnob Window = new("window", 5, 1, 20, "each of both windows in per cent of the time to the hard deadline; bids are revealed for two seconds at least");
    private static readonly InstanceKnob Quality = new("quality", 20, 0, 400, "what the whole time and a failure count in a score, in per cent of the usual price");
    private static readonly InstanceKnob Bond = InstanceKnob.Bond(25);
    private static readonly InstanceKnob Backups = new("backups", 2, 0, 8, "how many of the next best stand by");
    private static readonly InstanceKnob Grace = new("grace", 200, 50, 500, "how much longer than it said a winner may take before a backup takes over, in per cent");
    private static readonly InstanceKnob Premium = new("reserve", 50, 0, 300, "how much more than every ask the reserve is, in per cent: what a sole bidder is paid");

    public static readonly ImmutableArray<InstanceKnob> Knobs = [Window, Quality, Bond, Backups, Grace, Premium];

    public static readonly ImmutableArray<MechanismInstance> Instances =
    [
        new() { Id = SealedBidParameters.MechanismName, Mechanism = SealedBidParameters.MechanismName },
        new() { Id = SealedBidParameters.MechanismName + "/careful", Mechanism = SealedBidParameters.MechanismName, Settings = [new() { Name = Quality.Name, Value = 100 }, new() { Name = Backups.Name, Value = 4 }] },
    ];

    public static MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook)
    {
        var window = RunOutlook.Seconds(WindowOf(instance, outlook), ShortestWindow, LongestWindow);
        var reveal = RunOutlook.Seconds(RevealWindowOf(instance, outlook), ShortestRevealWindow, LongestWindow);
        return new MechanismChoice
        {
            Name = SealedBidParameters.MechanismName,
            Parameters = RaceForecast.Parameters(
                ("reserve", ReserveOf(instance, outlook).ToString()), ("biddingWindow", window), ("revealWindow", reveal), ("bond", BondOf(instance, outlook).ToString()),
                ("delayCost", Micro(DelayCost(instance, outlook), SealedBidParameters.HighestDelayCost)),
                ("failureCost", Micro(FailureCost(instance, outlook), MarketLimits.Amount)),
                ("etaGrace", instance.Setting(Grace).ToString(CultureInfo.InvariantCulture)),
                ("backups", instance.Setting(Backups).ToString(CultureInfo.InvariantCulture))),
        };
    }

    public static RunForecast Of(MechanismInstance instance, RunOutlook outlook)
    {
        if (outlook.MinRedundancy > 1) return RunForecast.Impossible(outlook.TooFew(1));
        var windows = WindowOf(instance, outlook) + RevealWindowOf(instance, outlook);
        if (windows >= outlook.UntilHard)
            return RunForecast.Impossible(Refusal.Of(ReasonCode.DeadlineTooSoon, "hardDeadline", "time for both windows", RunOutlook.Seconds(outlook.UntilHard, 0, double.MaxValue)));
        var (bond, reserve) = (BondOf(instance, outlook), ReserveOf(instance, outlook));
        var (delay, failure) = (DelayCost(instance, outlook), FailureCost(instance, outlook));
        // The winner, its backups, and one more, which may set the price.
        var ranking = new Ranking(instance.Setting(Backups) + 2);
        foreach (var prover in outlook.ByPrice)
        {
            // Whose time would be up were both windows used is refused at the reveal.
            if (!prover.IsFree || prover.Price > reserve || !prover.CanBond(bond) || windows + prover.Seconds > outlook.UntilHard) continue;
            var score = prover.Price.Micro + (delay * prover.Seconds) + (failure * (1 - prover.Success));
            // It may stand for several alike.
            for (var alike = Math.Min(prover.Weight, ranking.Most); alike >= 1 && ranking.Add(prover, score); alike--) { }
        }
        if (ranking.Count == 0) return RunForecast.Impossible(outlook.Nobody(reserve, bond));

        var timing = new Timing(ranking.Count);
        var (begins, nobodyYet) = (0.0, 1.0);
        for (var i = 0; i < Math.Min(ranking.Count, instance.Setting(Backups) + 1); i++)
        {
            var prover = ranking[i].Prover;
            if (i > 0 && windows + begins + prover.Seconds > outlook.UntilHard) break;
            timing.Add(begins + prover.Seconds, nobodyYet * prover.Success);
            nobodyYet *= 1 - prover.Success;
            begins += prover.Seconds * (100 + instance.Setting(Grace)) / 100;
        }
        var (seconds, spread, below) = timing.Shape((4 * RunOutlook.RoundTrip) + (windows * UsedOfWindows));
        var price = ranking.Count < 2 ? reserve.Micro : Math.Min(reserve.Micro, ranking[0].Prover.Price.Micro + ranking[1].Score - ranking[0].Score);
        return new RunForecast
        {
            Delivered = timing.Total,
            Seconds = seconds,
            Spread = spread,
            SpreadBelow = below,
            PriceMicro = Math.Clamp(price, 1, outlook.MaxPrice.Micro),
            PriceSpread = 0.15,
            // Who stands by has not seen the work.
            Provers = 1,
        };
    }

    private static Credits ReserveOf(MechanismInstance instance, RunOutlook outlook) => outlook.Posted(100, instance.Setting(Premium));

    private static double WindowOf(MechanismInstance instance, RunOutlook outlook) =>
        Math.Clamp(outlook.UntilHard * instance.Setting(Window) / 100, ShortestWindow, LongestWindow);

    private static double RevealWindowOf(MechanismInstance instance, RunOutlook outlook) => Math.Max(ShortestRevealWindow, WindowOf(instance, outlook));

    private static Credits BondOf(MechanismInstance instance, RunOutlook outlook) => RunOutlook.Percent(outlook.Posted(50, 0), instance.Setting(Bond));

    private static double DelayCost(MechanismInstance instance, RunOutlook outlook) =>
        (double)outlook.Reference.Micro * instance.Setting(Quality) / 100 / Math.Max(1, outlook.UntilHard);

    private static double FailureCost(MechanismInstance instance, RunOutlook outlook) => (double)outlook.Reference.Micro * instance.Setting(Quality) / 100;

    private static string Micro(double amount, Credits most) => new Credits((long)Math.Min(amount, most.Micro)).ToString();

    /// <summary>The best few by their scores.</summary>
    private struct Ranking(int most)
    {
        private readonly (OutlookProver Prover, double Score)[] _best = new (OutlookProver, double)[most];

        public readonly int Most => _best.Length;

        public int Count { get; private set; }

        public readonly (OutlookProver Prover, double Score) this[int place] => _best[place];

        /// <summary>False when it is not among them.</summary>
        public bool Add(OutlookProver prover, double score)
        {
            if (Count == _best.Length && score >= _best[^1].Score) return false;
            var place = Count < _best.Length ? Count++ : Count - 1;
            for (; place > 0 && _best[place - 1].Score > score; place--) _best[place] = _best[place - 1];
            _best[place] = (prover, score);
            return true;
        }
    }
}
