using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Mechanisms;

/// <content>What workers ask of a run: leases, and what they deliver.</content>
public abstract partial class MechanismRunGrain<TState>
{
    /// <inheritdoc/>
    public async Task<JoinAnswer> JoinAsync(string proverId, string session)
    {
        if (State is null) return new JoinAnswer { Refusal = Unknown() };
        var now = Now;
        if ((RunRules.CheckSession(session) ?? CheckJoin(State, proverId, now) ?? await CheckCallerAsync(proverId, session)) is { } refusal)
            return new JoinAnswer { Refusal = refusal };

        // The wish is durable before the registry is asked: whatever happens, the lease is ended with the run.
        var isFirstAttempt = RunRules.IsFirstAttempt(State.Run, proverId);
        var joining = Joining(State, proverId, session, now);
        if (!ReferenceEquals(joining, State)) await CommitAsync(joining);
        if (await ReserveAsync(proverId, session, isFirstAttempt) is { } refused) return new JoinAnswer { Refusal = refused };

        // Who takes a lease over into a new session, takes up a reserved one, or has one after it was refused before, must find it so after a crash, too.
        var durable = _durable.Value!.Run.Participants[proverId];
        if (durable.Session != session || durable.Status is ParticipantStatus.Offered or ParticipantStatus.Refused)
            await CommitAsync(State);

        var assignment = await AssignAsync(State, proverId);
        TellRequest();
        return new JoinAnswer { Assignment = assignment };
    }

    /// <inheritdoc/>
    public async Task<Refusal?> ConfirmAsync(string proverId, string session)
    {
        if (State is null) return Unknown();
        if (await ConfirmLeaseAsync(proverId, session) is { } lost) return lost;
        if (RunRules.CheckConfirmation(State.Run, proverId, session, Now) is { } refusal) return refusal;
        if (_durable.Value!.Run.Participants[proverId].Status == ParticipantStatus.Proving) return null;
        await CommitAsync(With(State, RunRules.Confirmed(State.Run, proverId, Now)));
        TellRequest();
        return null;
    }

    /// <inheritdoc/>
    public virtual async Task DeclineAsync(string proverId, string session, ReasonCode reason)
    {
        if (State is null || RunRules.CheckSession(session) is not null) return;
        // What leaving costs is a part of the bond, if there is one.
        await ConfirmLeaseAsync(proverId, session);
        var declined = Declined(State, proverId, session, reason, Now);
        if (declined.Run.Participants.GetValueOrDefault(proverId) is { Status: ParticipantStatus.Left } left && left.Session == session)
        {
            if (!ReferenceEquals(declined, State)) await CommitAsync(declined);
            // Also for one that has left before: the first time may have been cut off here.
            await EndLeaseAsync(left);
        }
        else
        {
            if (ReferenceEquals(declined, State)) return;
            // An invitation turned down: worth showing, not worth a write of its own.
            State = declined;
        }
        TellRequest();
    }

    /// <inheritdoc/>
    public virtual async Task<SubmissionAnswer> SubmitAsync(ProofSubmission submission)
    {
        if (State is null) return Refused(Unknown());
        var receivedAt = Now;
        var prover = submission.ProverId;
        if (DeliveryOf(prover) is { } before) return Accepted(before);
        if (await ConfirmLeaseAsync(prover, submission.Session) is { } lost) return Refused(lost);
        // Whoever delivers knows of its lease.
        if (State.Run.Participants.GetValueOrDefault(prover)?.Status == ParticipantStatus.Offered
            && RunRules.CheckConfirmation(State.Run, prover, submission.Session, receivedAt) is null)
            State = With(State, RunRules.Confirmed(State.Run, prover, receivedAt));
        if (RunRules.CheckSubmission(State.Run, prover, submission.Session, submission.PublicInputs, submission.Proof, receivedAt) is { } refusal)
            return Refused(refusal);

        var order = State.Run.Order;
        var verdict = await AskVerifierAsync(verifier => verifier.VerifyAsync(new VerifyCommand
        {
            ProgramId = order.Program.ProgramId,
            ExpectedPublicInputs = order.PublicInputs,
            PublicInputs = submission.PublicInputs,
            Proof = submission.Proof,
        }));

        var decidedAt = Now;
        if (!verdict.IsValid)
        {
            if (RunRules.IsFault(verdict.Reason))
            {
                NoteInvalid(prover, verdict);
                await CommitAsync(With(State, RunRules.Disqualified(State.Run, prover, verdict.Reason, verdict.Detail, decidedAt)));
                TellRequest();
                if (State.Run.Report is null) EndLeaseSoon(prover);
            }
            else if (_durable.Value!.Run.Participants[prover].Status != ParticipantStatus.Proving)
            {
                // That it knows of its lease is durable before it is answered, whatever it delivers.
                await CommitAsync(State);
            }
            return Refused(Refusal.Of(verdict.Reason, "proof", "a valid proof for the request's public inputs", verdict.Detail));
        }

        await CommitAsync(Verified(
            State, new AcceptedProof { ProverId = prover, Proof = submission.Proof, ReceivedAt = receivedAt, VerifiedAt = decidedAt }));
        TellRequest();
        return Accepted(DeliveryOf(prover)!);
    }

    /// <summary>What a lease holder is told to prove; the input is fetched once.</summary>
    protected virtual async Task<Assignment> AssignAsync(TState state, string proverId)
    {
        _input ??= await AskRequestAsync(request => request.GetInputAsync());
        return AssignmentOf(state, proverId) with { Input = _input.Value };
    }

    /// <summary>Asks the request for something in a turn of the run, for a short time only: a request that is being taken out of memory answers when its step has ended, and that step may be
    /// waiting for this turn. The worker asks again, and has lost nothing.</summary>
    /// <exception cref="TimeoutException">The request has not answered.</exception>
    protected Task<T> AskRequestAsync<T>(Func<IProofRequestGrain, Task<T>> ask) => ask(GrainFactory.GetGrain<IProofRequestGrain>(RequestId)).WaitAsync(RequestAnswersWithin, _services.Time);

    /// <summary>Asks a verifier in a turn of the run, and asks again when none answers: what has arrived in time is judged before a deadline can act on whoever delivered it. Not for ever, and
    /// only once while none has answered since: whoever else delivers waits for its turn.</summary>
    protected async Task<T> AskVerifierAsync<T>(Func<IProofVerifierGrain, Task<T>> ask)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var answer = await ask(GrainFactory.GetGrain<IProofVerifierGrain>(GrainKeys.Single));
                _isVerifierAway = false;
                return answer;
            }
            catch (Exception exception)
            {
                LogNotVerified(_logger, RunKey, exception);
                _isVerifierAway |= attempt == AskVerifierTimes;
                if (_isVerifierAway) throw;
            }
            await Task.Delay(AskVerifierAgainAfter, _services.Time);
        }
    }

    /// <summary>The assignment of a lease holder, without the input.</summary>
    protected Assignment AssignmentOf(TState state, string proverId)
    {
        var holder = state.Run.Participants[proverId];
        return new Assignment
        {
            RunKey = RunKey,
            LeaseId = GrainKeys.Lease(RunKey, proverId),
            Program = state.Run.Order.Program,
            Input = Bytes.Empty,
            PublicInputs = state.Run.Order.PublicInputs,
            Deadline = RunRules.TermsOf(state.Run, holder).Deadline,
            Reward = RewardOf(state, proverId),
            ConfirmBy = holder is { Status: ParticipantStatus.Offered } offered ? offered.AnswerBy : null,
            Rescue = RescueOf(LostFor(state).Where(bond => SettlementRules.Rescues(proverId, holder.Account, bond.ProverId, bond.Account))),
        };
    }

    /// <summary>Tells the operator of an invalid proof.</summary>
    protected void NoteInvalid(string proverId, Verdict verdict) => LogInvalidProof(_logger, RunKey, proverId, verdict.Reason, verdict.Detail);

    /// <summary>A lease that was reserved just before this activation lost its memory is confirmed by the registry.</summary>
    /// <returns>Why it has none; null when it has, or when the run does not think that it may have one.</returns>
    protected async Task<Refusal?> ConfirmLeaseAsync(string proverId, string session)
    {
        if (RunRules.CheckSession(session) is { } refusal) return refusal;
        var run = State!.Run;
        if (run.Report is not null
            || !run.Participants.TryGetValue(proverId, out var participant)
            || participant.Status != ParticipantStatus.Joining || participant.Session != session)
            return null;
        var answer = await _leases.FindAsync(proverId);
        if (answer.Lease is not null) State = Granted(State, proverId, session, answer.Account, Now);
        return answer.Refusal;
    }

    /// <summary>Whether whoever calls works in a prover's name: this is its current session.</summary>
    protected async Task<bool> IsSessionAsync(string proverId, string session) => await _leases.CheckSessionAsync(proverId, session) is null;

    /// <summary>Why a prover's call leaves no trace, because the registry has to say that it asks itself (<see cref="MustAskItself"/>) and says that it does not; null when
    /// it does, or need not.</summary>
    protected async Task<Refusal?> CheckCallerAsync(string proverId, string session) =>
        MustAskItself(State!, proverId) ? await _leases.CheckSessionAsync(proverId, session) : null;

    private async Task<Refusal?> ReserveAsync(string proverId, string session, bool isFirstAttempt)
    {
        var state = State!;
        var answer = await ReserveLeaseAsync(proverId, session);
        State = answer.Refusal is { } refusal
            ? With(state, RunRules.JoinRefused(state.Run, proverId, refusal, isFirstAttempt))
            : Granted(state, proverId, session, answer.Account, Now);
        return answer.Refusal;
    }

    private ProofDelivery? DeliveryOf(string proverId) => State!.Run.Participants.GetValueOrDefault(proverId)?.Delivery;

    private static SubmissionAnswer Accepted(ProofDelivery delivery) => new() { Reward = delivery.Reward };

    /// <summary>The answer to a proof that is refused.</summary>
    protected static SubmissionAnswer Refused(Refusal refusal) => new() { Refusal = refusal };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunKey}: prover {ProverId} delivered an invalid proof: {Reason} {Detail}")]
    private static partial void LogInvalidProof(ILogger logger, string runKey, string proverId, ReasonCode reason, string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunKey}: no verifier answers about what was delivered")]
    private static partial void LogNotVerified(ILogger logger, string runKey, Exception exception);
}
