using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Mechanisms.Race;

/// <summary>A race on one request. Its decisions are <see cref="RaceRules"/>.</summary>
[GrainType("race-run")]
[CollectionAgeLimit(Minutes = 2)]
internal sealed class RaceRunGrain([PersistentState("race", StorageNames.Market)] IPersistentState<RaceState> storage, RunServices services)
    : MechanismRunGrain<RaceState>(storage, services), IRaceRunGrain
{
    protected override (RaceState? State, Refusal? Refusal) Begin(RunOrder order, DateTimeOffset now) => RaceRules.Start(order, now);

    protected override bool IsStartWritten => false;

    protected override void SetOut(RaceState state) => Announce(state, state.Parameters.Prize.ShareOf(1));

    protected override Refusal? CheckJoin(RaceState state, string proverId, DateTimeOffset now) => RaceRules.CheckJoin(state, proverId, now);

    protected override Credits RewardOf(RaceState state, string proverId) => state.Parameters.Prize.ShareOf(1);

    protected override RaceState Verified(RaceState state, AcceptedProof proof) =>
        state.With(RaceRules.Verified(state.Run, state.Parameters.Prize, proof));

    protected override DateTimeOffset? NextAt(RaceState state) => RaceRules.OverAt(state.Run, state.Parameters.Prize);

    protected override Task ActAsync(RaceState state, DateTimeOffset now) => CommitAsync(state.With(RunRules.Finished(state.Run, now)));
}
