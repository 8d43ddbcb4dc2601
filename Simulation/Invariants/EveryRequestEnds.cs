using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>When faults have stopped, every request that was ever written reaches a final state, told to its requester or not.</summary>
internal sealed class EveryRequestEnds : Invariant
{
    public override string Name => "every-request-ends";

    public override void AtRest(MarketView market)
    {
        foreach (var id in market.Records.Bodies.Keys)
        {
            var phase = market.Records.Requests.GetValueOrDefault(id)?.Phase;
            if (phase?.IsFinal() != true) Broken(market, $"request {id} in a final state", $"{phase?.ToString() ?? "not even routed"}");
        }
    }
}
