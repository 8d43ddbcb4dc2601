using ProvingMarket.Domain;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>No prover has more leases than slots, or bonds over its stake, whatever and however often it joins.</summary>
internal sealed class SlotsAndBondsWithinLimits : Invariant
{
    public override string Name => "slots-and-bonds-within-limits";

    public override void Changed(DurableChange change, MarketView market)
    {
        if (change is not ProverChanged { After: var prover }) return;
        if (prover.Leases.Count > prover.Offer.Slots)
            Broken(market, $"at most {prover.Offer.Slots} leases of prover {change.Key}", $"{prover.Leases.Count}");
        var bonds = Credits.Zero;
        foreach (var lease in prover.Leases) bonds += lease.Value.Bond;
        if (bonds > prover.Stake) Broken(market, $"bonds of prover {change.Key} within its stake of {prover.Stake} credits", $"{bonds}");
    }
}
