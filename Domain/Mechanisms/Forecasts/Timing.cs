namespace ProvingMarket.Domain.Mechanisms.Forecasts;

/// <summary>The time until the first of several that work side by side has delivered, or of one that is drawn: gathered prover by prover, the fastest
/// first.</summary>
internal struct Timing
{
    // The 90th percentile of the standard normal distribution.
    public const double Z90 = 1.2815515655446004;

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
        var first = new FirstOf(provers.Length);
        foreach (var prover in provers)
        {
            var takes = chance.Of(prover);
            if (takes > 0) first.Add(prover, takes);
        }
        independent = first.Independent;
        return first.Timing;
    }
}

/// <summary>Gathers who delivers first of those who work side by side, the fastest first.</summary>
/// <param name="most">How many are added at most.</param>
internal struct FirstOf(int most)
{
    // One more, for what follows when all of them fail.
    private Timing _timing = new(most + 1);
    private double _nobodyYet = 1;

    /// <summary>The times.</summary>
    public readonly Timing Timing => _timing;

    /// <summary>How many independent provers take part.</summary>
    public double Independent { get; private set; }

    /// <summary>One, or several alike, that takes part with a probability.</summary>
    public void Add(OutlookProver prover, double takes)
    {
        Independent += takes * prover.Weight * prover.Independence;
        var allFail = takes == 1 ? Math.Exp(prover.LogAllFail)
            : prover.Weight == 1 ? 1 - (takes * prover.Success)
            : Math.Exp(prover.Weight * Math.Log(1 - (takes * prover.Success)));
        _timing.Add(prover.Seconds, _nobodyYet * (1 - allFail));
        _nobodyYet *= allFail;
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

    /// <summary>Those who would join, all together.</summary>
    public static Joiners All(RunOutlook outlook, Credits price, Credits bond)
    {
        var all = new Joining(price, bond, 1, outlook.UntilHard);
        var (count, asks, logAllFail) = (0.0, 0.0, 0.0);
        foreach (var prover in outlook.BySpeed)
        {
            if (all.Of(prover) <= 0) continue;
            count += prover.Weight;
            asks += prover.Weight * prover.Price.Micro;
            logAllFail += prover.LogAllFail;
        }
        return new Joiners(count, asks, logAllFail);
    }
}

/// <summary>Those who would join a race.</summary>
/// <param name="Count">How many.</param>
/// <param name="Asks">What they ask together, in micro-credits.</param>
/// <param name="LogAllFail">The logarithm of the probability that all of them fail.</param>
internal readonly record struct Joiners(double Count, double Asks, double LogAllFail)
{
    /// <summary>How many of them a price pays for when all work and one is paid, by their mean ask; at least one.</summary>
    public double PaidFor(Credits price) => Asks <= 0 ? Count : Math.Max(1, price.Micro * Count / Asks);

    /// <summary>P(one of them delivers) when a share of them, and not a random number, takes part.</summary>
    public double SomebodyDelivers(double share) => 1 - Math.Exp(share * LogAllFail);
}
