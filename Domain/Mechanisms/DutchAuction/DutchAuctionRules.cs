using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.DutchAuction;

/// <summary>The rules of a Dutch auction: the price rises, the first taker locks the run with a bond and is paid the price of that moment. A lock
/// given back early costs a part of the bond and the auction goes on; a lock that is missed, or a proof that is not valid, costs all of it and opens
/// a race to rescue the request, paid out of the bond. Prices and times are in <see cref="DutchAuctionTimes"/>, what all runs share in
/// <see cref="RunRules"/>.</summary>
public static class DutchAuctionRules
{
    /// <summary>How long a lock is kept for a prover that has not said that it knows of it.</summary>
    public static readonly TimeSpan ConfirmWithin = TimeSpan.FromSeconds(10);

    /// <summary>How long it is kept at least after a crash, during which nobody could say so.</summary>
    public static readonly TimeSpan ConfirmAgainWithin = TimeSpan.FromSeconds(5);

    /// <summary>How often one prover may ask for the lock: each time is entered in the transcript, also when the registry refuses it.</summary>
    public const int MostAttempts = 16;

    /// <summary>Once the lock was asked for so often, the registry has to say that a prover asks itself before that is entered: calls in the names of provers, known or not, leave no
    /// trace then, and use up no more than half of what a prover has.</summary>
    public const int ManyAttempts = MostAttempts / 2;

    /// <summary>Starts an auction from an order; refuses parameters that are unknown or out of range.</summary>
    public static (DutchAuctionState? State, Refusal? Refusal) Start(RunOrder order, DateTimeOffset now)
    {
        var (parameters, refusal) = DutchAuctionParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints, order.SoftDeadline - now);
        return parameters is null
            ? (null, refusal)
            : (new DutchAuctionState { Run = RunRules.Opened(order, parameters.Bond, now), Parameters = parameters, StartedAt = now }, null);
    }

    /// <summary>The lock that holds, or may hold, now; null when the run is free, or to be rescued. A prover that turned out to be unknown to the registry is no
    /// participant any more, and has no lock.</summary>
    public static DutchLock? Held(DutchAuctionState state) =>
        state.Lock is { } taken && state.Run.Participants.GetValueOrDefault(taken.ProverId) is { IsIn: true }
            ? taken
            : null;

    /// <summary>True once a lock was lost, so that the request is to be rescued.</summary>
    public static bool IsLost(DutchAuctionState state) =>
        state.Lock is { } taken && state.Run.Participants.GetValueOrDefault(taken.ProverId)?.Status is ParticipantStatus.Missed or ParticipantStatus.Disqualified;

    /// <summary>Why a prover may not take the lock, or a place in the rescue, now; null when it may, or holds it.</summary>
    public static Refusal? CheckJoin(DutchAuctionState state, string proverId, DateTimeOffset now)
    {
        if (RunRules.CheckJoin(state.Run, proverId, now) is { } refusal) return refusal;
        if (IsLost(state)) return RunRules.CheckPlace(state.Run, proverId, state.Parameters.Rescuers);
        if (Held(state) is { } held)
            return held.ProverId == proverId ? null : Refusal.Of(ReasonCode.LockHeld, "lock", $"free; it is held until {held.Deadline:O}", held.ProverId);
        var asked = state.Run.Transcript.Count(entry => IsAttempt(entry) && entry.ProverId == proverId);
        return asked >= MostAttempts ? Refusal.Of(ReasonCode.RunFull, "lock", $"asked for at most {MostAttempts} times by one prover", $"{asked}") : null;
    }

    /// <summary>Whether the registry has to say that a prover asks itself before anything is noted of it.</summary>
    public static bool MustAskItself(DutchAuctionState state, string proverId) => RunRules.MustAskItself(state.Run, proverId)
        || (RunRules.IsFirstAttempt(state.Run, proverId) && !IsLost(state) && state.Run.Transcript.Count(IsAttempt) >= ManyAttempts);

    /// <summary>Notes that a prover takes the lock at the price of this moment, or a place in the rescue, before the registry is asked. Whoever holds
    /// the lock keeps it and its price.</summary>
    public static DutchAuctionState Joining(DutchAuctionState state, string proverId, string session, DateTimeOffset now)
    {
        var order = state.Run.Order;
        if (Held(state)?.ProverId == proverId) return state;
        var known = state.Run.Participants.GetValueOrDefault(proverId);
        if (IsLost(state))
        {
            // Who asked for the lock before may have a reservation under way that the registry grants late: the bond must be the one it was made with.
            var bond = known is null ? Credits.Zero : RunRules.TermsOf(state.Run, known).Bond;
            return known?.Status is ParticipantStatus.Joining or ParticipantStatus.Proving
                ? state
                : state.With(Asking(state.Run, proverId, session, new LeaseTerms { Bond = bond, Deadline = order.HardDeadline }));
        }
        var taken = new DutchLock
        {
            ProverId = proverId,
            Price = DutchAuctionTimes.RampOf(state.Parameters, state.StartedAt).PriceAt(now),
            LockedAt = now,
            Deadline = DutchAuctionTimes.LockDeadline(state.Parameters, now, order.SoftDeadline, order.HardDeadline),
        };
        var run = Asking(state.Run, proverId, session, new LeaseTerms { Bond = state.Parameters.Bond, Deadline = taken.Deadline });
        var value = string.Create(CultureInfo.InvariantCulture, $"{taken.Price.Micro} {taken.Deadline.UtcTicks}");
        return state with { Run = RunRules.Enter(run, TranscriptKind.Locked, now, proverId, value), Lock = taken };
    }

    /// <summary>The registry granted the lease. That a prover has asked for the lock does not prove that it has heard of having it: until it says so
    /// (<see cref="RunRules.Confirmed"/>) or delivers, the lock is not its to answer for. In a rescue without a bond there is nothing to answer for.</summary>
    public static DutchAuctionState Granted(DutchAuctionState state, string proverId, string session, string account, DateTimeOffset now)
    {
        var participant = state.Run.Participants[proverId];
        if (participant.Status == ParticipantStatus.Proving || (IsLost(state) && RunRules.TermsOf(state.Run, participant).Bond == Credits.Zero))
            return state.With(RunRules.Joined(state.Run, proverId, session, account, now));
        if (participant.Status != ParticipantStatus.Offered)
            return state.With(RunRules.Offered(state.Run, proverId, session, account, participant.AnswerBy ?? (Held(state)?.LockedAt ?? now) + ConfirmWithin, now));
        return participant.Session == session
            ? state
            : state.With(state.Run with { Participants = state.Run.Participants.SetItem(proverId, participant with { Session = session }) });
    }

    /// <summary>A prover declines, or gives its lock back, which costs a part of the bond that grows with the time it was held. It is free in the rescue, and
    /// before the lock was confirmed.</summary>
    public static DutchAuctionState Declined(DutchAuctionState state, string proverId, string session, ReasonCode reason, DateTimeOffset now)
    {
        var held = state.Run.Participants.GetValueOrDefault(proverId)?.Status == ParticipantStatus.Proving ? Held(state) : null;
        var run = RunRules.Declined(state.Run, proverId, session, reason, now);
        if (ReferenceEquals(run, state.Run)) return state;
        return held?.ProverId == proverId
            ? state.With(RunRules.Penalised(run, proverId, ReturnPenalty.At(state.Parameters.Bond, held.LockedAt, held.Deadline, now), now))
            : state.With(run);
    }

    /// <summary>What a valid proof of a prover is paid: the price of its lock, or the reward of the rescue.</summary>
    public static Credits RewardOf(DutchAuctionState state, string proverId) =>
        Held(state) is { } held && held.ProverId == proverId ? held.Price : state.Parameters.RescueReward;

    /// <summary>The first valid proof ends the run.</summary>
    public static DutchAuctionState Verified(DutchAuctionState state, AcceptedProof proof) =>
        state.With(RunRules.Finished(RunRules.Delivered(state.Run, proof, RewardOf(state, proof.ProverId)), proof.VerifiedAt));

    /// <summary>When the run has to act by itself: at the lock's deadline, and at once when a lock was lost and the rescue is not open yet.</summary>
    public static DateTimeOffset? NextAt(DutchAuctionState state)
    {
        if (state.Run.Report is not null) return null;
        if (IsLost(state)) return state.RescueOpenedAt is null ? DateTimeOffset.MinValue : null;
        if (Held(state) is not { } held) return null;
        var holder = state.Run.Participants[held.ProverId];
        var confirmBy = holder.AnswerBy ?? held.LockedAt + ConfirmWithin;
        // At the deadline itself a proof is in time still.
        return holder.Status == ParticipantStatus.Proving || held.Deadline < confirmBy ? held.Deadline.AddTicks(1) : confirmBy;
    }

    /// <summary>After a crash: nobody could confirm a lock meanwhile, so whoever took it has a little time to do so, although its own may be over.</summary>
    public static DutchAuctionState ConfirmableAgain(DutchAuctionState state, DateTimeOffset now) =>
        Held(state) is { } held && held.LockedAt + ConfirmWithin < now + ConfirmAgainWithin
            && state.Run.Participants[held.ProverId] is { Status: ParticipantStatus.Joining or ParticipantStatus.Offered } holder
            ? state.With(RunRules.With(state.Run, holder with { AnswerBy = now + ConfirmAgainWithin }))
            : state;

    /// <summary>What the run does when <see cref="NextAt"/> has come: the lock is missed, or the rescue opens. A lock that its prover has not confirmed lapses
    /// without a penalty, and the auction goes on.</summary>
    public static DutchAuctionState Act(DutchAuctionState state, DateTimeOffset now)
    {
        if (NextAt(state) is not { } at || now < at) return state;
        if (Held(state) is not { } held)
        {
            // Rescuers put up no bond: anybody with a slot may come.
            var opened = RunRules.Note(state.Run, RequestPhase.Open, now, ReasonCode.None, null, $"rescue opened for {state.Parameters.RescueReward} credits");
            opened = RunRules.Enter(opened, TranscriptKind.RescueOpened, now, value: $"{state.Parameters.RescueReward.Micro}");
            return state with { Run = opened with { Bond = Credits.Zero }, RescueOpenedAt = now };
        }
        return state.With(state.Run.Participants[held.ProverId].Status == ParticipantStatus.Proving
            ? RunRules.Missed(state.Run, held.ProverId, now)
            : RunRules.Lapsed(state.Run, held.ProverId, now));
    }

    private static bool IsAttempt(TranscriptEntry entry) => entry.Kind == TranscriptKind.Locked;

    private static RunState Asking(RunState run, string proverId, string session, LeaseTerms terms)
    {
        var joining = RunRules.Joining(run, proverId, session, terms);
        // Who was refused before asks again on new terms.
        var participant = joining.Participants[proverId];
        return participant.Terms == terms && participant.Status == ParticipantStatus.Joining
            ? joining
            : joining with
            {
                Participants = joining.Participants.SetItem(
                    proverId, participant with { Status = ParticipantStatus.Joining, Session = session, Terms = terms }),
            };
    }
}
