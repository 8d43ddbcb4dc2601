using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Mechanisms;

namespace ProvingMarket.Simulation.Tests.Mutants;

/// <summary>A race that pays its winner a micro-credit less than its transcript says.</summary>
[GrainType("race-run")]
internal sealed class StingyRaceRunGrain([PersistentState("race", StorageNames.Market)] IPersistentState<RaceState> storage, RunServices services)
    : MechanismRunGrain<RaceState>(storage, services), IRaceRunGrain
{
    protected override (RaceState? State, Refusal? Refusal) Begin(RunOrder order, DateTimeOffset now) => RaceRules.Start(order, now);

    protected override void SetOut(RaceState state) => Announce(state, state.Parameters.Prize.ShareOf(1));

    protected override Refusal? CheckJoin(RaceState state, string proverId, DateTimeOffset now) => RaceRules.CheckJoin(state, proverId, now);

    protected override Credits RewardOf(RaceState state, string proverId) => state.Parameters.Prize.ShareOf(1);

    protected override RaceState Verified(RaceState state, AcceptedProof proof)
    {
        var run = RaceRules.Verified(state.Run, state.Parameters.Prize, proof);
        if (run.Report is not { Payments: [var first, ..] } report || first.Amount <= new Credits(1)) return state.With(run);
        return state.With(run with { Report = report with { Payments = [first with { Amount = first.Amount - new Credits(1) }, .. report.Payments[1..]] } });
    }

    protected override DateTimeOffset? NextAt(RaceState state) => RaceRules.OverAt(state.Run, state.Parameters.Prize);
}
