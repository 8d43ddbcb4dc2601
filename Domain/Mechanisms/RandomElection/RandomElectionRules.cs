using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.RandomElection;

/// <summary>A random election as it is stored.</summary>
[GenerateSerializer, Immutable, Alias("pm.RandomElectionState")]
public sealed record RandomElectionState : IElectionState<RandomElectionState>
{
    /// <summary>What it shares with runs of other mechanisms.</summary>
    [Id(0)] public required RunState Run { get; init; }

    /// <summary>Where the election stands.</summary>
    [Id(1)] public required Election Election { get; init; }

    /// <summary>The parameters read from the order.</summary>
    [Id(2)] public required RandomElectionParameters Parameters { get; init; }

    /// <inheritdoc/>
    public RandomElectionState With(RunState run) => this with { Run = run };

    /// <inheritdoc/>
    public RandomElectionState With(RunState run, Election election) => this with { Run = run, Election = election };
}

/// <summary>The rules of a random election: one prover is drawn and called, the next when it fails; it is paid a posted price. How it is drawn is in
/// <see cref="ElectionRules"/>.</summary>
public static class RandomElectionRules
{
    /// <summary>Starts an election from an order, with the randomness of its first draw; refuses parameters that are unknown or out of range.</summary>
    public static (RandomElectionState? State, Refusal? Refusal) Start(RunOrder order, Beacon beacon, DateTimeOffset now)
    {
        var (parameters, refusal) = RandomElectionParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints);
        if (parameters is null) return (null, refusal);
        var (run, election) = ElectionRules.Begun(RunRules.Opened(order, parameters.Bond, now), new Election { Terms = parameters.Terms }, beacon, now);
        return (new RandomElectionState { Run = run, Election = election, Parameters = parameters }, null);
    }

    /// <summary>A valid proof: it is paid and the run is over.</summary>
    public static RandomElectionState Verified(RandomElectionState state, AcceptedProof proof) =>
        state.With(RunRules.Finished(RunRules.Delivered(state.Run, proof, state.Parameters.Price), proof.VerifiedAt));
}
