using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.ElectedRace;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Mechanisms.Elections;

namespace ProvingMarket.Grains.Mechanisms.ElectedRace;

/// <summary>A race among elected provers on one request. Its decisions are <see cref="ElectedRaceRules"/>.</summary>
[GrainType("elected-race-run")]
[CollectionAgeLimit(Minutes = 2)]
internal sealed class ElectedRaceRunGrain(
    [PersistentState("elected-race", StorageNames.Market)] IPersistentState<ElectedRaceState> storage, RunServices services)
    : ElectionRunGrain<ElectedRaceState>(storage, services), IElectedRaceRunGrain
{
    protected override (ElectedRaceState? State, Refusal? Refusal) Begin(RunOrder order, DateTimeOffset now) =>
        ElectedRaceRules.Start(order, Services.Beacons.Next(), now);

    protected override void SetOut(ElectedRaceState state)
    {
        if (state.Parameters.IsOpen) Announce(state, state.Parameters.Prize.ShareOf(1));
        else base.SetOut(state);
    }

    protected override Refusal? CheckJoin(ElectedRaceState state, string proverId, DateTimeOffset now) => ElectedRaceRules.CheckJoin(state, proverId, now);

    protected override Credits PostedReward(ElectedRaceState state, string proverId) => state.Parameters.Prize.ShareOf(1);

    protected override CandidateQuery Query(ElectedRaceState state) => base.Query(state) with { Reward = state.Parameters.Prize.ShareOf(1) };

    protected override ElectedRaceState Verified(ElectedRaceState state, AcceptedProof proof) => ElectedRaceRules.Verified(state, proof);

    protected override DateTimeOffset? NextAt(ElectedRaceState state) => ElectedRaceRules.NextAt(state);

    protected override Task ActAsync(ElectedRaceState state, DateTimeOffset now) => RaceRules.OverAt(state.Run, state.Parameters.Prize) is null
        ? base.ActAsync(state, now)
        : CommitAsync(state.With(RunRules.Finished(state.Run, now)));
}
