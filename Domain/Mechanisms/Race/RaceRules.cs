using System.Collections.Immutable;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.Race;

/// <summary>The rules of a race: everyone eligible may join, joining takes a slot, the first verified proof wins the decayed reward. A transition
/// that does not fit the state throws <see cref="InvalidOperationException"/>: the grain did not check first. Nothing changes a race that has
/// ended.</summary>
public static class RaceRules
{
    /// <summary>After so many events, further declined invitations are no longer noted one by one.</summary>
    public const int MostEvents = 500;

    private const string Declines = "declined";

    /// <summary>The reward at the time a proof arrived: full up to the soft deadline, nothing after the hard deadline. In between it is whole
    /// without decay, and reward·(hard − t)/(hard − soft) rounded down with linear decay, so nothing at the hard deadline itself.</summary>
    public static Credits RewardAt(Credits reward, RewardDecay decay, DateTimeOffset receivedAt, DateTimeOffset soft, DateTimeOffset hard)
    {
        if (receivedAt <= soft) return reward;
        if (receivedAt > hard) return Credits.Zero;
        return decay == RewardDecay.None ? reward : reward.Scale((hard - receivedAt).Ticks, (hard - soft).Ticks);
    }

    /// <summary>Starts a race from an order; refuses parameters that are unknown or out of range.</summary>
    public static (RaceState? State, Refusal? Refusal) Start(RunOrder order)
    {
        var (parameters, refusal) = RaceParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints);
        return parameters is null ? (null, refusal) : (new RaceState { Order = order, Parameters = parameters }, null);
    }

    /// <summary>Why a prover may not join now; null when it may. A participant that joins again (after losing its answer or its process)
    /// may, and takes its lease over into the new session.</summary>
    public static Refusal? CheckJoin(RaceState state, string proverId, DateTimeOffset now)
    {
        if (CheckOpen(state) is { } closed) return closed;
        if (now >= state.Order.HardDeadline)
            return Refusal.Of(ReasonCode.LeaseDeadlinePassed, "hardDeadline", $"before {state.Order.HardDeadline:O}", $"{now:O}");
        if (state.Order.Excluded.Contains(proverId))
            return Refusal.Of(ReasonCode.ProverExcluded, "proverId", "a prover no earlier stage has excluded", proverId);
        if (Eligibility.CheckLists(proverId, state.Order.Constraints) is { } excluded) return excluded;
        var known = state.Participants.GetValueOrDefault(proverId)?.Status;
        if (known is ParticipantStatus.Left or ParticipantStatus.Disqualified)
            return Refusal.Of(ReasonCode.ProverExcluded, "proverId", "a prover that has not left this race", proverId);
        if (known is ParticipantStatus.Joining or ParticipantStatus.Racing) return null;
        var racing = state.Participants.Values.Count(p => p.Status is ParticipantStatus.Joining or ParticipantStatus.Racing);
        return racing >= state.Parameters.Participants
            ? Refusal.Of(ReasonCode.RunFull, "participants", $"fewer than {state.Parameters.Participants}", $"{racing}")
            : null;
    }

    /// <summary>Notes the wish to join, before the registry is asked. Who is known stays as it is until the registry has answered
    /// (<see cref="Joined"/>, <see cref="JoinRefused"/>): a join in a prover's name proves nothing.</summary>
    public static RaceState Joining(RaceState state, string proverId, string session)
    {
        RequireOpen(state);
        return state.Participants.ContainsKey(proverId)
            ? state
            : With(state, new RaceParticipant { ProverId = proverId, Session = session, Status = ParticipantStatus.Joining });
    }

    /// <summary>The registry granted the lease to the session, or confirmed that it holds it.</summary>
    public static RaceState Joined(RaceState state, string proverId, string session, string account, DateTimeOffset now)
    {
        var participant = Require(state, proverId, ParticipantStatus.Joining, ParticipantStatus.Refused, ParticipantStatus.Racing);
        var racing = participant with { Status = ParticipantStatus.Racing, Session = session, Account = account };
        if (racing == participant) return state;
        var joined = With(state, racing);
        return participant.Status == ParticipantStatus.Racing ? joined : Note(joined, RequestPhase.Assigned, now, ReasonCode.None, proverId);
    }

    /// <summary>The registry refused the lease: the prover takes no place and may try again. It stays known, because a repetition of the
    /// reservation may arrive late and be granted: the lease is released at the end. Only a prover that is not registered leaves no trace. A
    /// prover whose earlier attempt may have been granted, its answer lost, keeps its place while the registry does not know its session.</summary>
    /// <param name="state">The race, with the prover joining.</param>
    /// <param name="proverId">The prover.</param>
    /// <param name="refusal">The registry's answer.</param>
    /// <param name="isFirstAttempt">True when the prover was not known to the race before this attempt.</param>
    public static RaceState JoinRefused(RaceState state, string proverId, Refusal refusal, bool isFirstAttempt)
    {
        var participant = Require(state, proverId, ParticipantStatus.Joining, ParticipantStatus.Refused, ParticipantStatus.Racing);
        if (participant.Status != ParticipantStatus.Joining) return state;
        return (refusal.Code, isFirstAttempt) switch
        {
            (ReasonCode.ProverUnknown, true) => state with { Participants = state.Participants.Remove(proverId) },
            (ReasonCode.ProverUnknown or ReasonCode.SessionUnknown, false) => state,
            _ => With(state, participant with { Status = ParticipantStatus.Refused }),
        };
    }

    /// <summary>A prover declines: an invitation it does not want, or the lease that <paramref name="session"/> holds. The lease, if any, ends
    /// without penalty. Changes nothing once the race or its time is over, for a prover that has left or was disqualified, and for a session
    /// that does not hold the lease: declining never escapes a penalty.</summary>
    public static RaceState Declined(RaceState state, string proverId, string session, ReasonCode reason, DateTimeOffset now)
    {
        if (state.Report is not null || now >= state.Order.HardDeadline) return state;
        if (!state.Participants.TryGetValue(proverId, out var participant)) return NoteDeclined(state, proverId, reason, now);
        if (participant.Session != session || participant.Status is ParticipantStatus.Left or ParticipantStatus.Disqualified) return state;
        var left = With(state, participant with { Status = ParticipantStatus.Left, Reason = reason });
        return Note(left, RequestPhase.Open, now, reason, proverId, "gave its lease back");
    }

    /// <summary>Why a proof cannot be taken from this prover now; null when it can be verified.</summary>
    public static Refusal? CheckSubmission(RaceState state, string proverId, string session, Bytes publicInputs, Bytes proof, DateTimeOffset now)
    {
        if (!state.Participants.TryGetValue(proverId, out var participant) || participant.Status != ParticipantStatus.Racing || participant.Session != session)
            return Refusal.Of(ReasonCode.LeaseMissing, "proverId", "a prover with a lease on this run, in its current session", proverId);
        if (now > state.Order.HardDeadline)
            return Refusal.Of(ReasonCode.ProofLate, "proof", $"delivered by {state.Order.HardDeadline:O}", $"{now:O}");
        if (CheckOpen(state) is { } closed) return closed;
        if (proof.Length > MarketLimits.ProofBytes)
            return Refusal.Of(ReasonCode.ProofTooLarge, "proof", $"at most {MarketLimits.ProofBytes} bytes", $"{proof.Length} bytes");
        return publicInputs.Length > MarketLimits.PublicInputsBytes
            ? Refusal.Of(ReasonCode.FieldTooLarge, "publicInputs", $"at most {MarketLimits.PublicInputsBytes} bytes", $"{publicInputs.Length} bytes")
            : null;
    }

    /// <summary>A proof was judged invalid: the prover is out of this race and its bond will be slashed.</summary>
    public static RaceState Disqualified(RaceState state, string proverId, ReasonCode reason, string detail, DateTimeOffset now)
    {
        var participant = Require(state, proverId, ParticipantStatus.Racing);
        var without = With(state, participant with { Status = ParticipantStatus.Disqualified, Reason = reason });
        return Note(without, RequestPhase.Verifying, now, reason, proverId, detail);
    }

    /// <summary>The first valid proof: the race is over.</summary>
    public static RaceState Won(RaceState state, string proverId, Bytes proof, DateTimeOffset receivedAt, DateTimeOffset verifiedAt)
    {
        var winner = Require(state, proverId, ParticipantStatus.Racing);
        var order = state.Order;
        var reward = RewardAt(state.Parameters.Reward, state.Parameters.Decay, receivedAt, order.SoftDeadline, order.HardDeadline);
        var noted = Note(state, RequestPhase.Verifying, verifiedAt, ReasonCode.Won, proverId, $"reward {reward} credits");
        return noted with
        {
            Report = new RunReport
            {
                Reason = ReasonCode.Won,
                EndedAt = verifiedAt,
                Proof = new AcceptedProof { ProverId = proverId, Proof = proof, ReceivedAt = receivedAt, VerifiedAt = verifiedAt },
                Payments = reward > Credits.Zero ? [new RunPayment { ProverId = proverId, Account = winner.Account, Amount = reward }] : [],
                Leases = EndLeases(state, proverId, receivedAt, deadlinePassed: false),
            },
        };
    }

    /// <summary>Ends a race nobody has won: with <see cref="ReasonCode.None"/> because the hard deadline has passed, otherwise for the cause the
    /// request gives, which no prover pays for. A race that has ended stays as it is, and one whose deadline has not passed needs a cause.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The cause is <see cref="ReasonCode.Won"/>.</exception>
    public static RaceState Concluded(RaceState state, ReasonCode cause, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(cause, ReasonCode.Won);
        var deadlinePassed = cause == ReasonCode.None;
        if (state.Report is not null || (deadlinePassed && now < state.Order.HardDeadline)) return state;
        var joined = state.Participants.Values.Any(p => p.Status is not (ParticipantStatus.Joining or ParticipantStatus.Refused));
        var reason = deadlinePassed ? (joined ? ReasonCode.NobodyDelivered : ReasonCode.NobodyJoined) : cause;
        return state with
        {
            Report = new RunReport { Reason = reason, EndedAt = now, Leases = EndLeases(state, winner: null, deliveredAt: null, deadlinePassed) },
        };
    }

    private static ImmutableArray<LeaseEnding> EndLeases(
        RaceState state, string? winner, DateTimeOffset? deliveredAt, bool deadlinePassed) =>
    [
        .. state.Participants.Values.Select(participant =>
        {
            var (outcome, reason) = participant.Status switch
            {
                ParticipantStatus.Racing when participant.ProverId == winner => (LeaseOutcome.Complete, ReasonCode.Won),
                ParticipantStatus.Racing when deadlinePassed => (LeaseOutcome.Miss, ReasonCode.LeaseMissed),
                ParticipantStatus.Racing => (LeaseOutcome.Cancel, winner is null ? ReasonCode.RunClosed : ReasonCode.Outraced),
                ParticipantStatus.Disqualified => (LeaseOutcome.Miss, participant.Reason),
                ParticipantStatus.Left => (LeaseOutcome.Decline, participant.Reason),
                _ => (LeaseOutcome.Cancel, ReasonCode.RunClosed),
            };
            return new LeaseEnding
            {
                ProverId = participant.ProverId,
                Outcome = outcome,
                Reason = reason,
                Bond = state.Parameters.Bond,
                Deadline = state.Order.HardDeadline,
                DeliveredAt = outcome == LeaseOutcome.Complete ? deliveredAt : null,
            };
        }),
    ];

    private static Refusal? CheckOpen(RaceState state) => state.Report switch
    {
        null => null,
        { Succeeded: true } => Refusal.Of(ReasonCode.RunWon, "run", "a run that nobody has won", state.Report.Proof!.ProverId),
        _ => Refusal.Of(ReasonCode.RunClosed, "run", "an open run", state.Report.Reason.ToString()),
    };

    private static RaceParticipant Require(RaceState state, string proverId, params ReadOnlySpan<ParticipantStatus> statuses)
    {
        RequireOpen(state);
        var participant = state.Participants.GetValueOrDefault(proverId);
        return participant is not null && statuses.Contains(participant.Status)
            ? participant
            : throw new InvalidOperationException($"The transition does not fit prover {proverId}, {participant?.Status.ToString() ?? "which has not joined"}.");
    }

    private static void RequireOpen(RaceState state)
    {
        if (state.Report is not null) throw new InvalidOperationException($"The transition does not fit a race that has ended: {state.Report.Reason}.");
    }

    private static RaceState With(RaceState state, RaceParticipant participant) =>
        state with { Participants = state.Participants.SetItem(participant.ProverId, participant) };

    private static RaceState NoteDeclined(RaceState state, string proverId, ReasonCode reason, DateTimeOffset now) =>
        state.Events.Length >= MostEvents || state.Events.Any(entry => entry.ProverId == proverId && entry.Detail == Declines)
            ? state
            : Note(state, RequestPhase.Open, now, reason, proverId, Declines);

    private static RaceState Note(
        RaceState state, RequestPhase phase, DateTimeOffset now, ReasonCode reason, string? proverId, string detail = "") => state with
        {
            Events = state.Events.Add(new TimelineEntry { At = now, Phase = phase, Reason = reason, ProverId = proverId, Detail = detail }),
        };
}
