namespace ProvingMarket.Simulation.Invariants;

/// <summary>Whatever goes wrong, who uses the client is answered, refused in words, or told that the market cannot be reached: never thrown an
/// exception from inside the market.</summary>
internal sealed class ClientsSeeOutagesOnly : Invariant
{
    public override string Name => "clients-see-outages-only";

    public override void Observed(Observation observation, MarketView market)
    {
        if (observation is ClientBroke broke)
            Broken(market, $"an answer, a refusal or an outage for {broke.Who} ({broke.What})", $"{broke.Exception.GetType().Name}: {broke.Exception.Message}");
    }
}
