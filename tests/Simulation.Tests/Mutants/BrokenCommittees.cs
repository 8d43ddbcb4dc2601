using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Mechanisms;
using ProvingMarket.Grains.Mechanisms.Cooperative;

namespace ProvingMarket.Simulation.Tests.Mutants;

/// <summary>A committee that pays whoever proves its first statement for it twice.</summary>
[GrainType("cooperative-run")]
internal sealed class LavishCooperativeRunGrain(
    [PersistentState("cooperative", StorageNames.Market)] IPersistentState<CooperativeState> storage, RunServices services) : CooperativeRunGrain(storage, services)
{
    protected override CooperativeState Delivered(CooperativeState state, int statement, AcceptedProof proof)
    {
        if (!state.Proved.IsEmpty) return base.Delivered(state, statement, proof);
        // As though it had delivered before.
        var member = state.Run.Participants[proof.ProverId];
        var paid = member with { Delivery = new ProofDelivery { Place = 1, ReceivedAt = proof.ReceivedAt, Reward = state.Parameters.Price } };
        return base.Delivered(state.With(state.Run with { Participants = state.Run.Participants.SetItem(paid.ProverId, paid) }), statement, proof);
    }
}

/// <summary>A committee whose seats are filled from the end of the draw.</summary>
[GrainType("cooperative-run")]
internal sealed class FavouringCooperativeRunGrain(
    [PersistentState("cooperative", StorageNames.Market)] IPersistentState<CooperativeState> storage, RunServices services) : CooperativeRunGrain(storage, services)
{
    protected override CooperativeState Drawn(CooperativeState state, CommitteeRecord? last, ImmutableArray<ElectionCandidate> candidates, DateTimeOffset now)
    {
        var drawn = base.Drawn(state, last, candidates, now);
        return drawn with { Election = drawn.Election with { Waiting = [.. drawn.Election.Waiting.Reverse()] } };
    }
}
