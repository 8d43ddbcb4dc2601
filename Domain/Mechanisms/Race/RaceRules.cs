using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.Race;

/// <summary>The rules of a race: everyone eligible may join, joining takes a slot, the first verified proof wins the decayed reward. What all runs
/// share is in <see cref="RunRules"/>.</summary>
public static class RaceRules
{
    /// <summary>The reward at the time a proof arrived: full up to the soft deadline, nothing after the hard deadline. In between it is whole
    /// without decay, and reward·(hard − t)/(hard − soft) rounded down with linear decay, so nothing at the hard deadline itself.</summary>
    public static Credits RewardAt(Credits reward, RewardDecay decay, DateTimeOffset receivedAt, DateTimeOffset soft, DateTimeOffset hard)
    {
        if (receivedAt <= soft) return reward;
        if (receivedAt > hard) return Credits.Zero;
        return decay == RewardDecay.None ? reward : reward.Scale((hard - receivedAt).Ticks, (hard - soft).Ticks);
    }

    /// <summary>Starts a race from an order; refuses parameters that are unknown or out of range.</summary>
    public static (RaceState? State, Refusal? Refusal) Start(RunOrder order, DateTimeOffset now)
    {
        var (parameters, refusal) = RaceParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints);
        return parameters is null ? (null, refusal) : (new RaceState { Run = RunRules.Opened(order, parameters.Bond, now), Parameters = parameters }, null);
    }

    /// <summary>Why a prover may not join now; null when it may.</summary>
    public static Refusal? CheckJoin(RaceState state, string proverId, DateTimeOffset now) =>
        RunRules.CheckJoin(state.Run, proverId, now) ?? RunRules.CheckPlace(state.Run, proverId, state.Parameters.Participants);

    /// <summary>The first valid proof: the race is over.</summary>
    public static RaceState Verified(RaceState state, AcceptedProof proof)
    {
        var order = state.Order;
        var reward = RewardAt(state.Parameters.Reward, state.Parameters.Decay, proof.ReceivedAt, order.SoftDeadline, order.HardDeadline);
        return state.With(RunRules.Finished(RunRules.Delivered(state.Run, proof, reward), proof.VerifiedAt));
    }
}
