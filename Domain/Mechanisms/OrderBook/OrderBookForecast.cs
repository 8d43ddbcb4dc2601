using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Mechanisms.Race;

namespace ProvingMarket.Domain.Mechanisms.OrderBook;

/// <summary>What to expect of an order to the book: the best asks that can be called are filled at once at their own prices, the next best follow.</summary>
internal static class OrderBookForecast
{
    private const double Answer = 2;
    private const int MostTries = 4;

    // How much the price varies beyond who is called: asks are withdrawn, filled and refused in the meantime.
    private const double OwnPriceSpread = 0.1;

    // Each stands for a fifth of what may happen.
    private static readonly double[] Shares = [0.1, 0.3, 0.5, 0.7, 0.9];

    private static readonly InstanceKnob Side = new("provers", 1, 1, 8, "how many work side by side");
    private static readonly InstanceKnob Bond = InstanceKnob.Bond(25);
    private static readonly InstanceKnob Patience =
        new("patience", 300, 120, 1000, "how long a prover has to deliver before the next ask is called, in per cent of the median solo proving time");

    public static readonly ImmutableArray<InstanceKnob> Knobs = [Side, Bond, Patience];

    public static readonly ImmutableArray<MechanismInstance> Instances =
    [
        new() { Id = OrderBookParameters.MechanismName, Mechanism = OrderBookParameters.MechanismName },
        new() { Id = OrderBookParameters.MechanismName + "/pair", Mechanism = OrderBookParameters.MechanismName, Settings = [new() { Name = Side.Name, Value = 2 }] },
    ];

    public static MechanismChoice Bind(MechanismInstance instance, RunOutlook outlook)
    {
        var terms = TermsOf(instance, outlook);
        var parameters = RaceForecast.Parameters(
            ("limit", outlook.MaxPrice.ToString()), ("provers", terms.Provers.ToString(CultureInfo.InvariantCulture)), ("bond", terms.Bond.ToString()),
            ("answerWindow", RunOutlook.Seconds(Answer, 0.1, Answer)));
        return new MechanismChoice
        {
            Name = OrderBookParameters.MechanismName,
            Parameters = terms.Delivery is { } delivery ? parameters.Add("deliveryTime", RunOutlook.Seconds(delivery, 0.1, TimeSpan.SecondsPerDay)) : parameters,
        };
    }

    public static RunForecast Of(MechanismInstance instance, RunOutlook outlook)
    {
        var terms = TermsOf(instance, outlook);
        if (!AnyFree(outlook) && WhenFree(outlook, terms) is { } queued) return queued;
        var round = Answer + (terms.Delivery ?? outlook.UntilHard);
        var timing = new Timing(outlook.InBook.Length);
        var (tried, price, independent, nobodyYet, side, highest, lowest) = (0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0);
        foreach (var prover in outlook.InBook)
        {
            var ask = prover.BookPrice!.Value;
            if (ask > outlook.MaxPrice || tried >= terms.Provers * MostTries) break;
            // Who is not expected to deliver in the time given is not called.
            if (!prover.IsFree || !prover.CanBond(terms.Bond) || prover.Seconds > (terms.Delivery ?? outlook.UntilHard)) continue;
            var begins = tried / terms.Provers * round;
            if (begins + prover.Seconds > outlook.UntilHard) break;
            if (tried < terms.Provers)
            {
                independent += prover.Independence;
                price += ask.Micro;
                if (side++ == 0) lowest = ask.Micro;
                highest = ask.Micro;
            }
            timing.Add(begins + prover.Seconds, nobodyYet * prover.Success);
            nobodyYet *= 1 - prover.Success;
            tried++;
        }
        if (tried == 0)
        {
            return RunForecast.Impossible(Refusal.Of(
                ReasonCode.NothingMatches, "maxPrice", "an open ask in the book that it covers",
                outlook.InBook.Length == 0 ? "no ask" : $"the lowest at {outlook.InBook[0].BookPrice} credits"));
        }
        if (side < outlook.MinRedundancy) return RunForecast.Impossible(outlook.TooFew((int)side));
        var (seconds, spread, below) = timing.Shape(3 * RunOutlook.RoundTrip);
        return new RunForecast
        {
            Delivered = timing.Total,
            Seconds = seconds,
            Spread = spread,
            SpreadBelow = below,
            PriceMicro = Math.Max(1, price / side),
            // Whoever of them is first is paid its own ask.
            PriceSpread = PriceSpread(Math.Log(highest / Math.Max(1, lowest)) / 2),
            Provers = independent,
        };
    }

    /// <summary>When all are busy the order is filled by whoever has a slot free first, whatever it asks within the limit: each frees its slots at its own rate, so that the time until one of
    /// them does is exponential, and who it is independent of it (competing risks).</summary>
    private static RunForecast? WhenFree(RunOutlook outlook, Terms terms)
    {
        var (rate, success, slots, count) = (0.0, 0.0, 0.0, 0.0);
        foreach (var prover in outlook.InBook)
        {
            if (!IsWaitedFor(prover, outlook, terms)) continue;
            rate += prover.FreeingRate(outlook.Load);
            slots += prover.FreeingRate(outlook.Load) * prover.Service;
            success += prover.FreeingRate(outlook.Load) * prover.Success;
            count += prover.Weight * prover.Independence;
        }
        if (rate <= 0) return null;
        var side = Math.Min(terms.Provers, count);
        if (side < outlook.MinRedundancy) return RunForecast.Impossible(outlook.TooFew((int)side));
        var (service, delivers) = (slots / rate, 1 - Math.Pow(1 - (success / rate), side));
        var timing = new Timing(Shares.Length);
        foreach (var share in Shares)
        {
            var at = service - (Math.Log(1 - share) / rate);
            if (at <= outlook.UntilHard) timing.Add(at, delivers / Shares.Length);
        }
        if (timing.Total <= 0) return null;
        var (seconds, spread, below) = timing.Shape(3 * RunOutlook.RoundTrip);
        var price = AskOf(0.5);
        return new RunForecast
        {
            Delivered = timing.Total,
            Seconds = seconds,
            Spread = spread,
            SpreadBelow = below,
            PriceMicro = price,
            PriceSpread = PriceSpread(Math.Log(AskOf(0.9) / price) / Timing.Z90),
            Provers = side,
        };

        // The ask that a share of the slots that become free do not exceed.
        double AskOf(double share)
        {
            var (seen, ask) = (0.0, 1.0);
            foreach (var prover in outlook.InBook)
            {
                if (!IsWaitedFor(prover, outlook, terms)) continue;
                ask = Math.Max(1, prover.BookPrice!.Value.Micro);
                if ((seen += prover.FreeingRate(outlook.Load)) >= share * rate) break;
            }
            return ask;
        }
    }

    private static bool IsWaitedFor(OutlookProver prover, RunOutlook outlook, Terms terms) =>
        prover.BookPrice <= outlook.MaxPrice && prover.CanBond(terms.Bond) && prover.Service <= (terms.Delivery ?? outlook.UntilHard);

    private static double PriceSpread(double between) => Math.Sqrt((between * between) + (OwnPriceSpread * OwnPriceSpread));

    private static bool AnyFree(RunOutlook outlook)
    {
        foreach (var prover in outlook.InBook)
        {
            if (prover.IsFree && prover.BookPrice <= outlook.MaxPrice) return true;
        }
        return false;
    }

    private static Terms TermsOf(MechanismInstance instance, RunOutlook outlook)
    {
        var delivery = Math.Max(1, outlook.MedianSeconds * instance.Setting(Patience) / 100);
        return new Terms(
            Math.Max(instance.Setting(Side), outlook.MinRedundancy), RunOutlook.Percent(outlook.Posted(50, 0), instance.Setting(Bond)),
            Answer + delivery < outlook.UntilHard * 0.8 ? Math.Min(delivery, TimeSpan.SecondsPerDay) : null);
    }

    private readonly record struct Terms(int Provers, Credits Bond, double? Delivery);
}
