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

    // How much the price of a lock varies beyond who takes it.
    private const double OwnPriceSpread = 0.1;

    // Each stands for a fifth of what may happen.
    private static readonly double[] Shares = [0.1, 0.3, 0.5, 0.7, 0.9];

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
        var takings = new Taking[Shares.Length].AsSpan();
        takings = takings[..Taken(outlook, terms, takings)];
        if (takings.IsEmpty) return RunForecast.Impossible(outlook.Nobody(terms.End, terms.Bond));
        var (usual, last) = (takings[takings.Length / 2], takings[^1]);
        takings.Sort(static (a, b) => (a.At + a.Service).CompareTo(b.At + b.Service));
        var timing = new Timing(takings.Length + 1);
        foreach (var taking in takings) timing.Add(taking.At + taking.Service, taking.Success / Shares.Length);
        var (rescue, rescueSeconds) = Rescue(outlook, terms, usual.Prover);
        if (usual.At + terms.Lock + rescueSeconds < outlook.UntilHard)
            timing.Add(usual.At + terms.Lock + rescueSeconds, (double)takings.Length / Shares.Length * (1 - usual.Success) * rescue);
        var (seconds, spread, below) = timing.Shape(2 * RunOutlook.RoundTrip);
        var price = PriceOf(usual, terms);
        var between = Math.Log(PriceOf(last, terms) / price) / Timing.Z90;
        return new RunForecast
        {
            Delivered = Math.Min(1, timing.Total),
            Seconds = seconds,
            Spread = spread,
            SpreadBelow = below,
            PriceMicro = price,
            PriceSpread = Math.Sqrt((between * between) + (OwnPriceSpread * OwnPriceSpread)),
            Provers = 1,
        };
    }

    /// <summary>Who takes the lock, and when, for each of the shares of what may happen: whoever is free when the price has come to its ask, or, of those whose ask it has passed, who has a
    /// slot free first. Each frees its slots at its own rate, so that the time until one of them does is exponential (competing risks).</summary>
    /// <returns>How many of the shares are taken in time for the deadline.</returns>
    private static int Taken(RunOutlook outlook, Terms terms, Span<Taking> takings)
    {
        var (count, open, at, rate, service, success) = (0, 1.0, 0.0, 0.0, 0.0, 0.0);
        var first = default(OutlookProver);
        foreach (var prover in outlook.ByPrice)
        {
            if (prover.Price > terms.End) break;
            // Who is not expected to deliver within the lock gets no lease.
            if (!prover.CanBond(terms.Bond) || prover.Service > terms.Lock) continue;
            var reached = LockedAfter(prover.Price, terms);
            if (reached + prover.Service > outlook.UntilHard) continue;
            Wait(reached, takings);
            var free = prover.FreeAfter(reached, outlook.Load);
            open *= 1 - free;
            for (; count < Shares.Length && open <= 1 - Shares[count]; count++) takings[count] = new Taking(prover, reached, prover.Service, prover.Success);
            if (count == Shares.Length) return count;
            var freeing = (1 - free) * prover.FreeingRate(outlook.Load);
            rate += freeing;
            service += freeing * prover.Service;
            success += freeing * prover.Success;
            first ??= prover;
        }
        if (rate > 0) Wait(outlook.UntilHard - (service / rate), takings);
        return count;

        // Those who were busy when the price came to their ask: whoever it is, it works and delivers as they do on average, each counting by how often it is the first.
        void Wait(double until, Span<Taking> takings)
        {
            if (until <= at) return;
            for (; count < Shares.Length && rate > 0; count++)
            {
                var after = at + (Math.Log(open / (1 - Shares[count])) / rate);
                if (after > until) break;
                takings[count] = new Taking(first!, after, service / rate, success / rate);
            }
            open *= Math.Exp(-rate * (until - at));
            at = until;
        }
    }

    private static double PriceOf(Taking taking, Terms terms) => Math.Max(1, Math.Max(taking.Prover.Price.Micro, PriceAfter(taking.At + RunOutlook.RoundTrip, terms)));

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

    /// <summary>The lock is taken: at the earliest at this prover's ask, so many seconds after the start, by somebody who works and delivers so.</summary>
    private readonly record struct Taking(OutlookProver Prover, double At, double Service, double Success);

    private readonly record struct Terms(Credits Start, Credits End, Credits Bond, double Ramp, double Lock);

    private readonly struct Rescuer(Credits reward, OutlookProver taker) : IChance
    {
        public double Of(OutlookProver prover) => prover.Price <= reward && !ReferenceEquals(prover, taker) ? 1 : 0;
    }
}
