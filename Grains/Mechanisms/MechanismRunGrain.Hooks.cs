using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Grains.Mechanisms;

/// <content>What a mechanism says: its decisions, and when it acts by itself.</content>
public abstract partial class MechanismRunGrain<TState>
{
    /// <summary>The state of a run that begins, or why its order is refused. Nothing else has happened yet.</summary>
    protected abstract (TState? State, Refusal? Refusal) Begin(RunOrder order, DateTimeOffset now);

    /// <summary>Whether the start is durable before anything follows from it. Not needed when it follows from the order alone, with nothing drawn and nothing promised: then the
    /// first wish to join writes it, and a run that was lost before is started again by its request, with the same order.</summary>
    protected virtual bool IsStartWritten => true;

    /// <summary>Sets an open run going: after its start, and after every activation. May announce (<see cref="Announce(TState, Invitation)"/>).</summary>
    protected abstract void SetOut(TState state);

    /// <summary>Why a prover may not take a lease now; null when it may.</summary>
    protected abstract Refusal? CheckJoin(TState state, string proverId, DateTimeOffset now);

    /// <summary>Whether the registry has to say that a prover asks itself before its wish is noted.</summary>
    protected virtual bool MustAskItself(TState state, string proverId) => RunRules.MustAskItself(state.Run, proverId);

    /// <summary>The state with the wish to take a lease, on the terms of this moment. Durable before the registry is asked.</summary>
    protected virtual TState Joining(TState state, string proverId, string session, DateTimeOffset now) =>
        With(state, RunRules.Joining(state.Run, proverId, session));

    /// <summary>The state after the registry has granted the lease that a prover has asked for. It need not be durable: after a crash the registry confirms it.
    /// A mechanism in which a lease keeps others away only offers it (<see cref="RunRules.Offered"/>): the prover has to confirm it then.</summary>
    protected virtual TState Granted(TState state, string proverId, string session, string account, DateTimeOffset now) =>
        With(state, RunRules.Joined(state.Run, proverId, session, account, now));

    /// <summary>The state after a prover has declined an invitation, or given back the lease that the session holds.</summary>
    protected virtual TState Declined(TState state, string proverId, string session, ReasonCode reason, DateTimeOffset now) =>
        With(state, RunRules.Declined(state.Run, proverId, session, reason, now));

    /// <summary>The state after the hard deadline, with <see cref="ReasonCode.None"/>, or when the request gives up for a cause.</summary>
    protected virtual TState Concluded(TState state, ReasonCode cause, DateTimeOffset now) => With(state, RunRules.Concluded(state.Run, cause, now));

    /// <summary>The statements of a batch that have been proved so far.</summary>
    protected virtual ImmutableArray<ProvedStatement> ProvedIn(TState state) => [];

    /// <summary>What a valid proof of a participant is paid at most.</summary>
    protected abstract Credits RewardOf(TState state, string proverId);

    /// <summary>The state after a valid proof, which may have ended the run.</summary>
    protected abstract TState Verified(TState state, AcceptedProof proof);

    /// <summary>When the run wants to act by itself; null when it only answers. May be in the past: then it acts at once.</summary>
    protected virtual DateTimeOffset? NextAt(TState state) => null;

    /// <summary>What the run does by itself when <see cref="NextAt"/> has come. One step: it is called again when the next one is due, and repeated
    /// when it fails.</summary>
    protected virtual Task ActAsync(TState state, DateTimeOffset now) => Task.CompletedTask;

    /// <summary>Whether a run that has ended has something to do elsewhere: <see cref="AfterEndAsync"/> is called then.</summary>
    protected virtual bool HasWorkAfterEnd => false;

    /// <summary>What is left to do when the run has ended and its report is durable: repeated until it succeeds, and done once more by every later
    /// activation, which cannot know whether it was.</summary>
    protected virtual Task AfterEndAsync(TState state) => Task.CompletedTask;

    /// <summary>Deletes what the run has stored beside its own record, which is deleted next. Repeated until it succeeds.</summary>
    protected virtual Task ForgettingAsync(TState state) => Task.CompletedTask;

    /// <summary>Who is wanted.</summary>
    protected virtual CandidateQuery Query(TState state) => new()
    {
        Program = state.Run.Order.Program,
        Constraints = state.Run.Order.Constraints,
        Bond = state.Run.Bond,
        Excluded = state.Run.Order.Excluded,
        Deadline = state.Run.Order.HardDeadline,
        RunKey = RunKey,
        MaxPrice = state.Run.Order.MaxPrice,
    };
}
