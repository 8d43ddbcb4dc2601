using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.ElectedRace;

/// <summary>A race among elected provers as it is stored.</summary>
[GenerateSerializer, Immutable, Alias("pm.ElectedRaceState")]
public sealed record ElectedRaceState : IElectionState<ElectedRaceState>
{
    /// <summary>What it shares with runs of other mechanisms.</summary>
    [Id(0)] public required RunState Run { get; init; }

    /// <summary>Where the election stands.</summary>
    [Id(1)] public required Election Election { get; init; }

    /// <summary>The parameters read from the order.</summary>
    [Id(2)] public required ElectedRaceParameters Parameters { get; init; }

    /// <inheritdoc/>
    public ElectedRaceState With(RunState run) => this with { Run = run };

    /// <inheritdoc/>
    public ElectedRaceState With(RunState run, Election election) => this with { Run = run, Election = election };
}

/// <summary>The rules of a race among elected provers: so many are drawn and race as in <see cref="RaceRules"/>; the next drawn takes the seat of one
/// that declines, does not answer or fails. How they are drawn is in <see cref="ElectionRules"/>. Without seats it is a race.</summary>
public static class ElectedRaceRules
{
    /// <summary>Starts a run from an order, with the randomness of its first draw; refuses parameters that are unknown or out of range.</summary>
    public static (ElectedRaceState? State, Refusal? Refusal) Start(RunOrder order, Beacon beacon, DateTimeOffset now)
    {
        var (parameters, refusal) = ElectedRaceParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints);
        if (parameters is null) return (null, refusal);
        var (run, election) = (RunRules.Opened(order, parameters.Bond, now), new Election { Terms = parameters.Terms });
        if (!parameters.IsOpen) (run, election) = ElectionRules.Begun(run, election, beacon, now);
        return (new ElectedRaceState { Run = run, Election = election, Parameters = parameters }, null);
    }

    /// <summary>Why a prover may not take a lease now; null when it may.</summary>
    public static Refusal? CheckJoin(ElectedRaceState state, string proverId, DateTimeOffset now) => state.Parameters.IsOpen
        ? RunRules.CheckJoin(state.Run, proverId, now)
            ?? RaceRules.CheckUndecided(state.Run, proverId)
            ?? RunRules.CheckPlace(state.Run, proverId, RaceParameters.HighestParticipants)
        : ElectionRules.CheckJoin(state.Run, proverId, now);

    /// <summary>A valid proof takes the next place; the run is over when all places are taken.</summary>
    public static ElectedRaceState Verified(ElectedRaceState state, AcceptedProof proof) =>
        state.With(RaceRules.Verified(state.Run, state.Parameters.Prize, proof));

    /// <summary>When the run has something to do by itself; null when never.</summary>
    public static DateTimeOffset? NextAt(ElectedRaceState state) =>
        RaceRules.OverAt(state.Run, state.Parameters.Prize) ?? (state.Parameters.IsOpen ? null : ElectionRules.NextAt(state.Run, state.Election));
}
