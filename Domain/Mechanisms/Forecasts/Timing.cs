namespace ProvingMarket.Domain.Mechanisms.Forecasts;

/// <summary>The time until the first of several that work side by side has delivered, or of one that is drawn: gathered prover by prover, the fastest
/// first.</summary>
internal struct Timing
{
    // The 90th percentile of the standard normal distribution.
    private const double Z90 = 1.2815515655446004;

    private readonly double[] _seconds;
    private readonly double[] _mass;
    private int _count;

    public Timing(int most) => (_seconds, _mass) = (new double[most], new double[most]);

    /// <summary>P(somebody delivers).</summary>
    public double Total { get; private set; }

    /// <summary>Somebody who delivers after this time is the first with this probability.</summary>
    public void Add(double seconds, double probability)
    {
        if (probability <= 0) return;
        _seconds[_count] = seconds;
        _mass[_count++] = probability;
        Total += probability;
    }

    /// <summary>The time by which a share of the successes has come.</summary>
    public readonly double Quantile(double share)
    {
        var (wanted, seen) = (Total * share, 0.0);
        for (var i = 0; i < _count; i++)
        {
            seen += _mass[i];
            if (seen >= wanted) return _seconds[i];
        }
        return _count == 0 ? 1 : _seconds[_count - 1];
    }

    /// <summary>Median and spreads, with a prover's own variation in them.</summary>
    public readonly (double Seconds, double Above, double Below) Shape(double overhead)
    {
        var median = Quantile(0.5) + overhead;
        return (median, WithOwn(Math.Log((Quantile(0.9) + overhead) / median) / Z90), WithOwn(Math.Log(median / (Quantile(0.1) + overhead)) / Z90));
    }

    private static double WithOwn(double between) => Math.Sqrt((between * between) + (RunOutlook.OwnSpread * RunOutlook.OwnSpread));

    /// <summary>Those who work side by side, each with its chance of being among them.</summary>
    /// <param name="provers">The fastest first.</param>
    /// <param name="chance">The probability that a prover takes part; 0 for who does not.</param>
    /// <param name="independent">How many independent provers take part.</param>
    public static Timing FirstOf<TChance>(ReadOnlySpan<OutlookProver> provers, TChance chance, out double independent) where TChance : struct, IChance
    {
        // One more, for what follows when all of them fail.
        var timing = new Timing(provers.Length + 1);
        var nobodyYet = 1.0;
        independent = 0;
        foreach (var prover in provers)
        {
            var takes = chance.Of(prover);
            if (takes <= 0) continue;
            independent += takes * prover.Weight * prover.Independence;
            var fails = 1 - (takes * prover.Success);
            var allFail = prover.Weight == 1 ? fails : Math.Pow(fails, prover.Weight);
            timing.Add(prover.Seconds, nobodyYet * (1 - allFail));
            nobodyYet *= allFail;
        }
        return timing;
    }
}

/// <summary>The probability that a prover takes part in a run.</summary>
internal interface IChance
{
    double Of(OutlookProver prover);
}

/// <summary>Everybody whose ask and bond allow it, thinned evenly when they are more than there are places.</summary>
internal readonly struct Joining(Credits price, Credits bond, double share, double until) : IChance
{
    public double Of(OutlookProver prover) => prover.Price <= price && prover.CanBond(bond) && prover.Seconds <= until ? share : 0;

    /// <summary>How many would join.</summary>
    public static double Count(RunOutlook outlook, Credits price, Credits bond)
    {
        var all = new Joining(price, bond, 1, outlook.UntilHard);
        var count = 0.0;
        foreach (var prover in outlook.BySpeed)
        {
            if (all.Of(prover) > 0) count += prover.Weight;
        }
        return count;
    }

    /// <summary>How many of those who would join a price pays for when all work and one is paid, by their mean ask; at least one.</summary>
    public static double PaidFor(RunOutlook outlook, Credits price, Credits bond)
    {
        var all = new Joining(price, bond, 1, outlook.UntilHard);
        var (count, asks) = (0.0, 0.0);
        foreach (var prover in outlook.BySpeed)
        {
            if (all.Of(prover) <= 0) continue;
            count += prover.Weight;
            asks += prover.Weight * prover.Price.Micro;
        }
        return asks <= 0 ? count : Math.Max(1, price.Micro * count / asks);
    }

    /// <summary>P(one of those who join delivers) when a share of them, and not a random number, does.</summary>
    public static double SomebodyDelivers(RunOutlook outlook, Credits price, Credits bond, double share)
    {
        var all = new Joining(price, bond, 1, outlook.UntilHard);
        var nobody = 1.0;
        foreach (var prover in outlook.BySpeed)
        {
            if (all.Of(prover) > 0) nobody *= Math.Pow(1 - prover.Success, share * prover.Weight);
        }
        return 1 - nobody;
    }
}
