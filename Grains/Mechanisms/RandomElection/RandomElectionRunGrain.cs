using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.RandomElection;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Mechanisms.Elections;

namespace ProvingMarket.Grains.Mechanisms.RandomElection;

/// <summary>A random election on one request. Its decisions are <see cref="RandomElectionRules"/>.</summary>
[GrainType("random-election-run")]
[CollectionAgeLimit(Minutes = 2)]
internal sealed class RandomElectionRunGrain(
    [PersistentState("random-election", StorageNames.Market)] IPersistentState<RandomElectionState> storage, RunServices services)
    : ElectionRunGrain<RandomElectionState>(storage, services), IRandomElectionRunGrain
{
    protected override (RandomElectionState? State, Refusal? Refusal) Begin(RunOrder order, DateTimeOffset now) =>
        RandomElectionRules.Start(order, Services.Beacons.Next(), now);

    protected override Credits PostedReward(RandomElectionState state, string proverId) => state.Parameters.Price;

    protected override CandidateQuery Query(RandomElectionState state) => base.Query(state) with { Reward = state.Parameters.Price };

    protected override RandomElectionState Verified(RandomElectionState state, AcceptedProof proof) => RandomElectionRules.Verified(state, proof);
}
