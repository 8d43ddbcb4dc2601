using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.Race;

/// <summary>The rules of a race: everyone eligible may join, joining takes a slot, the first verified proofs win the decayed reward. What all runs
/// share is in <see cref="RunRules"/>.</summary>
public static class RaceRules
{
    /// <summary>Starts a race from an order; refuses parameters that are unknown or out of range.</summary>
    public static (RaceState? State, Refusal? Refusal) Start(RunOrder order, DateTimeOffset now)
    {
        var (parameters, refusal) = RaceParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints);
        return parameters is null ? (null, refusal) : (new RaceState { Run = RunRules.Opened(order, parameters.Bond, now), Parameters = parameters }, null);
    }

    /// <summary>Why a prover may not join now; null when it may.</summary>
    public static Refusal? CheckJoin(RaceState state, string proverId, DateTimeOffset now) =>
        RunRules.CheckJoin(state.Run, proverId, now)
        ?? CheckUndecided(state.Run, proverId)
        ?? RunRules.CheckPlace(state.Run, proverId, state.Parameters.Participants);

    /// <summary>A valid proof takes the next place and its share. The race is over when all places are taken.</summary>
    public static RunState Verified(RunState run, RacePrize prize, AcceptedProof proof)
    {
        var place = RunRules.Deliveries(run) + 1;
        var delivered = RunRules.Delivered(run, proof, prize.At(place, proof.ReceivedAt, run.Order.SoftDeadline, run.Order.HardDeadline));
        return place >= prize.Winners ? RunRules.Finished(delivered, proof.VerifiedAt) : delivered;
    }

    /// <summary>When a race with a proof, and places for others, is over at the latest: when nobody is left at work, when the first proof has been held
    /// back long enough, or at the hard deadline. Null while there is no proof.</summary>
    public static DateTimeOffset? OverAt(RunState run, RacePrize prize)
    {
        if (run.First is not { } first || run.Report is not null) return null;
        var atWork = run.Participants.Values.Any(participant => participant.Status is ParticipantStatus.Joining or ParticipantStatus.Proving);
        if (!atWork) return first.VerifiedAt;
        return prize.Hold < run.Order.HardDeadline - first.VerifiedAt ? first.VerifiedAt + prize.Hold : run.Order.HardDeadline;
    }

    /// <summary>A race with a proof takes nobody new: what is still to come must be under way.</summary>
    public static Refusal? CheckUndecided(RunState run, string proverId) => run.First is { } first && !run.Participants.ContainsKey(proverId)
        ? Refusal.Of(ReasonCode.RunWon, "run", "a run without a proof", first.ProverId)
        : null;
}
