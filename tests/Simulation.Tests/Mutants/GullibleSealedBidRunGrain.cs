using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Mechanisms;
using ProvingMarket.Grains.Mechanisms.SealedBidAuction;

namespace ProvingMarket.Simulation.Tests.Mutants;

/// <summary>An auction that does not compare a bid with its seal.</summary>
[GrainType("sealed-bid-run")]
internal sealed class GullibleSealedBidRunGrain(
    [PersistentState("sealed-bid", StorageNames.Market)] IPersistentState<SealedBidRunState> storage, RunServices services) : SealedBidRunGrain(storage, services)
{
    protected override Refusal? CheckReveal(SealedBidRunState state, string proverId, SealedBid bid, DateTimeOffset now) =>
        base.CheckReveal(state, proverId, bid, now) is { Code: not ReasonCode.CommitmentMismatch } refusal ? refusal : null;
}
