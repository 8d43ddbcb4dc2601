using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.Race;

namespace ProvingMarket.Domain.Mechanisms.DutchAuction;

/// <summary>What to expect of a Dutch auction: the prover that asks least locks it as soon as the price has risen to its ask; when it misses, others race to
/// rescue the request.</summary>
internal static class DutchAuctionForecast
{
    private static readonly InstanceKnob Start = new("start", 20, 0, 100, "the first price in per cent of the last");
    private static readonly InstanceKnob Ramp = new("ramp", 10, 0, 100, "how long the price rises, in per cent of the time to the soft deadline");
    private static readonly InstanceKnob Premium = InstanceKnob.Premium(20);
    private static readonly InstanceKnob Bond = InstanceKnob.Bond(50);
    private static readonly InstanceKnob Patience =
        new("patience", 300, 120, 1000, "how long the taker has it for itself, in per cent of the median solo proving time");

    public static readonly ImmutableArray<InstanceKnob> Knobs = [Start, Ramp, Premium, Bond, Patience];

    public static MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook)
    {
        var terms = TermsOf(instance, outlook);
        return new MechanismChoice
        {
            Name = DutchAuctionParameters.MechanismName,
            Parameters = RaceForecast.Parameters(
                ("startPrice", terms.Start.ToString()), ("endPrice", terms.End.ToString()), ("bond", terms.Bond.ToString()),
                ("ramp", RunOutlook.Seconds(terms.Ramp, 0, DutchAuctionParameters.LongestTime.TotalSeconds)),
                ("lockTimeout", RunOutlook.Seconds(terms.Lock, 0.1, DutchAuctionParameters.LongestTime.TotalSeconds))),
        };
    }

    public static RunForecast Of(MechanismInstance instance, RunOutlook outlook)
    {
        if (outlook.MinRedundancy > 1) return RunForecast.Impossible(outlook.TooFew(1));
        var terms = TermsOf(instance, outlook);
        if (Taker(outlook, terms) is not { } taker) return RunForecast.Impossible(outlook.Nobody(terms.End, terms.Bond));
        var locked = LockedAfter(taker.Price, terms);
        var timing = new Timing(2);
        timing.Add(locked + taker.Seconds, taker.Success);
        var (rescue, rescueSeconds) = Rescue(outlook, terms, taker);
        if (locked + terms.Lock + rescueSeconds < outlook.UntilHard)
            timing.Add(locked + terms.Lock + rescueSeconds, (1 - taker.Success) * rescue);
        var (seconds, spread, below) = timing.Shape(2 * RunOutlook.RoundTrip);
        return new RunForecast
        {
            Delivered = timing.Total,
            Seconds = seconds,
            Spread = spread,
            SpreadBelow = below,
            PriceMicro = Math.Max(1, Math.Max(taker.Price.Micro, PriceAfter(locked + RunOutlook.RoundTrip, terms))),
            PriceSpread = 0.1,
            Provers = 1,
        };
    }

    /// <summary>Who asks least and is free; when all are busy who asks least: its time has the wait for a slot in it.</summary>
    private static OutlookProver? Taker(RunOutlook outlook, Terms terms)
    {
        var busy = default(OutlookProver);
        foreach (var prover in outlook.ByPrice)
        {
            if (prover.Price > terms.End) break;
            // Who is not expected to deliver within the lock gets no lease.
            if (!prover.CanBond(terms.Bond) || prover.Seconds > terms.Lock || LockedAfter(prover.Price, terms) + prover.Seconds > outlook.UntilHard) continue;
            if (prover.IsFree) return prover;
            busy ??= prover;
        }
        return busy;
    }

    private static (double Delivered, double Seconds) Rescue(RunOutlook outlook, Terms terms, OutlookProver taker)
    {
        var reward = Credits.Min(terms.Bond.Scale(1, 2), outlook.MaxPrice);
        var timing = Timing.FirstOf(outlook.BySpeed, new Rescuer(reward, taker), out _);
        return (timing.Total, timing.Quantile(0.5));
    }

    private static double LockedAfter(Credits price, Terms terms) => price <= terms.Start || terms.End <= terms.Start
        ? 0
        : terms.Ramp * (price.Micro - terms.Start.Micro) / (terms.End.Micro - terms.Start.Micro);

    /// <summary>The price a lock is taken at: it goes on rising until the taker's answer is there, and has risen at once when it takes no time to.</summary>
    private static double PriceAfter(double seconds, Terms terms) => terms.End <= terms.Start || seconds >= terms.Ramp
        ? Math.Max(terms.Start.Micro, terms.End.Micro)
        : terms.Start.Micro + ((terms.End.Micro - terms.Start.Micro) * seconds / terms.Ramp);

    private static Terms TermsOf(MechanismInstance instance, RunOutlook outlook)
    {
        var end = outlook.Posted(100, instance.Setting(Premium));
        return new Terms(
            RunOutlook.Percent(end, instance.Setting(Start)), end, RunOutlook.Percent(end, instance.Setting(Bond)),
            Math.Max(0, outlook.UntilSoft) * instance.Setting(Ramp) / 100,
            Math.Clamp(outlook.MedianSeconds * instance.Setting(Patience) / 100, 0.1, Math.Max(0.1, outlook.UntilHard / 2)));
    }

    private readonly record struct Terms(Credits Start, Credits End, Credits Bond, double Ramp, double Lock);

    private readonly struct Rescuer(Credits reward, OutlookProver taker) : IChance
    {
        public double Of(OutlookProver prover) => prover.Price <= reward && !ReferenceEquals(prover, taker) ? 1 : 0;
    }
}
