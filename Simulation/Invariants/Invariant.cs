using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>A promise of the market, checked all the time: when something becomes durable, when somebody is told something, after every step, and
/// when all is said and done. It looks at what is durable and at what was told, never into a grain.</summary>
internal abstract class Invariant
{
    /// <summary>Its name in reports.</summary>
    public abstract string Name { get; }

    /// <summary>A record has become durable; <paramref name="market"/> already has it.</summary>
    public virtual void Changed(DurableChange change, MarketView market)
    {
    }

    /// <summary>A client or worker was told something.</summary>
    public virtual void Observed(Observation observation, MarketView market)
    {
    }

    /// <summary>Whether it is called after every step.</summary>
    public virtual bool WatchesSteps => false;

    /// <summary>Time may have passed. Called after every step, so it must cost next to nothing; only where <see cref="WatchesSteps"/>.</summary>
    public virtual void Stepped(MarketView market)
    {
    }

    /// <summary>Faults have stopped, and the market had its time to come to rest.</summary>
    public virtual void AtRest(MarketView market)
    {
    }

    /// <summary>Reports a violation.</summary>
    protected void Broken(MarketView market, string expected, string found) => market.Report(Name, expected, found);
}
