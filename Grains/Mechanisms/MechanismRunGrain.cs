using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>A run of a mechanism on one request: what all mechanisms share. It loads, decides, writes and acts, one durable write a step, so that it can
/// be cut off anywhere and goes on from what is durable. A mechanism derives from it and says what it decides: who may join, what a valid proof
/// earns and whether it ends the run, and what is done when its time has come. Its decisions are pure functions in Domain.</summary>
/// <typeparam name="TState">The mechanism's state.</typeparam>
public abstract partial class MechanismRunGrain<TState> : Grain, IMechanismRunGrain
    where TState : class, IMechanismState<TState>
{
    private static readonly TimeSpan TellLosersFor = TimeSpan.FromMinutes(5);

    private readonly IPersistentState<TState> _storage;
    private readonly RunServices _services;
    private readonly ILogger _logger;
    private RunAnnouncer _announcer = null!;
    private RunAnnouncements _announcements = null!;
    private RunLeases _leases = null!;
    private RunClock _clock = null!;
    private DurableRecord<TState> _durable = null!;
    private Bytes? _input;

    /// <summary>A run over a record.</summary>
    /// <param name="storage">Where the run is stored.</param>
    /// <param name="services">What runs need of their silo.</param>
    protected MechanismRunGrain(IPersistentState<TState> storage, RunServices services)
    {
        (_storage, _services) = (storage, services);
        _logger = services.Loggers.CreateLogger(GetType());
    }

    /// <summary>The durable state with what need not be: leases confirmed by the registry and invitations turned down. Null before the start.</summary>
    protected TState? State { get; private set; }

    /// <summary>The time now.</summary>
    protected DateTimeOffset Now => _services.Time.GetUtcNow();

    /// <summary>What runs need of their silo.</summary>
    protected RunServices Services => _services;

    /// <summary>The run's key.</summary>
    protected string RunKey => this.GetPrimaryKeyString();

    private string RequestId => GrainKeys.OfRun(RunKey).RequestId;

    /// <summary>The state of a run that begins, or why its order is refused. Nothing else has happened yet.</summary>
    protected abstract (TState? State, Refusal? Refusal) Begin(RunOrder order, DateTimeOffset now);

    /// <summary>Sets an open run going: after its start, and after every activation. May announce (<see cref="Announce(TState, Invitation)"/>).</summary>
    protected abstract void SetOut(TState state);

    /// <summary>Why a prover may not take a lease now; null when it may.</summary>
    protected abstract Refusal? CheckJoin(TState state, string proverId, DateTimeOffset now);

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

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _announcer = new RunAnnouncer(GrainFactory, RunKey, _services.Options, _logger);
        _announcements = new RunAnnouncements(this, RunKey, _announcer, _services.Options, _services.Time, _logger);
        _leases = new RunLeases(GrainFactory, RunKey, _services.Options);
        _clock = new RunClock(this, ActOnTimeAsync, (retryAfter, e) => LogActionFailed(_logger, RunKey, retryAfter, e), _services.Time);
        _durable = new DurableRecord<TState>(_storage, DeactivateOnIdle);
        State = _durable.Value;
        if (State is { Run.Report: null }) Go(State);
        // A run that has just been decided may have died before it told the losers.
        else if (State is not null && Now - State.Run.Report!.EndedAt < TellLosersFor) TellProvers(State.Run);
        if (State is { Run.Report: not null } && HasWorkAfterEnd) _clock.Set(Now);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<Refusal?> StartAsync(RunOrder order)
    {
        if (State is not null)
        {
            return RunOrderRules.DigestOf(State.Run.Order) == RunOrderRules.DigestOf(order)
                ? null
                : Refusal.Of(ReasonCode.RunOrderConflict, "order", "the order the run was started with", order.RequestId);
        }
        var (state, refusal) = Begin(order, Now);
        if (state is null) return refusal;
        await WriteAsync(state);
        Go(state);
        return null;
    }

    /// <inheritdoc/>
    public Task<RunProgress> GetProgressAsync() => Task.FromResult(Progress());

    /// <inheritdoc/>
    public Task<TranscriptAnswer> GetTranscriptAsync() => Task.FromResult(State is null
        ? new TranscriptAnswer { Refusal = Unknown() }
        : new TranscriptAnswer { Order = State.Run.Order, Transcript = State.Run.Transcript });

    /// <inheritdoc/>
    public async Task<RunProgress> ConcludeAsync(ReasonCode cause)
    {
        if (State is null || State.Run.Report is not null) return Progress();
        var now = Now;
        if (cause == ReasonCode.None && now < State.Run.Order.HardDeadline) return Progress();
        await CommitAsync(With(State, RunRules.Concluded(State.Run, cause, now)));
        return Progress();
    }

    /// <inheritdoc/>
    public async Task<JoinAnswer> JoinAsync(string proverId, string session)
    {
        if (State is null) return new JoinAnswer { Refusal = Unknown() };
        var now = Now;
        if (CheckJoin(State, proverId, now) is { } refusal) return new JoinAnswer { Refusal = refusal };

        // The wish is durable before the registry is asked: whatever happens, the lease is ended with the run.
        var isFirstAttempt = !State.Run.Participants.ContainsKey(proverId);
        var joining = Joining(State, proverId, session, now);
        if (!ReferenceEquals(joining, State)) await CommitAsync(joining);
        if (await ReserveAsync(proverId, session, isFirstAttempt) is { } refused) return new JoinAnswer { Refusal = refused };

        // Who takes a lease over into a new session, or takes up a reserved one, must find it so after a crash, too.
        var durable = _durable.Value!.Run.Participants[proverId];
        if (durable.Session != session || durable.Status == ParticipantStatus.Offered)
            await CommitAsync(State);

        _input ??= await GrainFactory.GetGrain<IProofRequestGrain>(RequestId).GetInputAsync();
        TellRequest();
        var (order, participant) = (State.Run.Order, State.Run.Participants[proverId]);
        return new JoinAnswer
        {
            Assignment = new Assignment
            {
                RunKey = RunKey,
                LeaseId = GrainKeys.Lease(RunKey, proverId),
                Program = order.Program,
                Input = _input.Value,
                PublicInputs = order.PublicInputs,
                Deadline = RunRules.TermsOf(State.Run, participant).Deadline,
                Reward = RewardOf(State, proverId),
                ConfirmBy = participant.Status == ParticipantStatus.Offered ? participant.AnswerBy : null,
            },
        };
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
        if (State is null) return;
        // What leaving costs is a part of the bond, if there is one.
        await ConfirmLeaseAsync(proverId, session);
        var declined = Declined(State, proverId, session, reason, Now);
        if (declined.Run.Participants.TryGetValue(proverId, out var participant))
        {
            if (participant.Status != ParticipantStatus.Left || participant.Session != session) return;
            if (!ReferenceEquals(declined, State)) await CommitAsync(declined);
            // Also for one that has left before: the first time may have been cut off here.
            await EndLeaseAsync(participant);
        }
        else
        {
            // An invitation turned down: worth showing, not worth a write of its own.
            State = declined;
        }
        TellRequest();
    }

    /// <inheritdoc/>
    public async Task<SubmissionAnswer> SubmitAsync(ProofSubmission submission)
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
        var verdict = await GrainFactory.GetGrain<IProofVerifierGrain>(GrainKeys.Single).VerifyAsync(new VerifyCommand
        {
            ProgramId = order.Program.ProgramId,
            ExpectedPublicInputs = order.PublicInputs,
            PublicInputs = submission.PublicInputs,
            Proof = submission.Proof,
        });

        var decidedAt = Now;
        if (!verdict.IsValid)
        {
            LogInvalidProof(_logger, RunKey, prover, verdict.Reason, verdict.Detail);
            await CommitAsync(With(State, RunRules.Disqualified(State.Run, prover, verdict.Reason, verdict.Detail, decidedAt)));
            TellRequest();
            return Refused(Refusal.Of(verdict.Reason, "proof", "a valid proof for the request's public inputs", verdict.Detail));
        }

        await CommitAsync(Verified(
            State, new AcceptedProof { ProverId = prover, Proof = submission.Proof, ReceivedAt = receivedAt, VerifiedAt = decidedAt }));
        TellRequest();
        return Accepted(DeliveryOf(prover)!);
    }

    /// <summary>Looks for provers and invites who is new among the eligible, again and again while the run is open.</summary>
    /// <param name="state">The run.</param>
    /// <param name="reward">What a valid proof is paid at most.</param>
    /// <param name="kind">What is wanted of them.</param>
    /// <param name="answerBy">By when; null when any time will do.</param>
    protected void Announce(TState state, Credits reward, InvitationKind kind = InvitationKind.Open, DateTimeOffset? answerBy = null) =>
        Announce(state, Invitation(state, reward, kind, answerBy));

    /// <summary>Looks for provers and invites who is new among the eligible, again and again while the run is open.</summary>
    protected void Announce(TState state, Invitation invitation)
    {
        _announcements.End();
        _announcements.Begin(Query(state), invitation, TellRequest);
    }

    /// <summary>Everybody invited since this activation began.</summary>
    protected IReadOnlyCollection<string> InvitedProvers => _announcer.InvitedProvers;

    /// <summary>Reserves the lease of a participant, on its terms. Repeatable.</summary>
    protected Task<ReserveAnswer> ReserveLeaseAsync(string proverId, string session) =>
        _leases.ReserveAsync(State!.Run.Order, proverId, session, RunRules.TermsOf(State.Run, State.Run.Participants[proverId]));

    /// <summary>Nobody else is to be invited.</summary>
    protected void StopAnnouncing() => _announcements.End();

    /// <summary>Asks all registry shards at once who is eligible, with stakes and reputations, and remembers how many are not and why.</summary>
    /// <param name="state">The run.</param>
    /// <param name="deadline">By when they would have to deliver.</param>
    protected async Task<CandidateAnswer> FindCandidatesAsync(TState state, DateTimeOffset deadline)
    {
        var eligible = await _announcer.FindAsync(Query(state) with { ForDraw = true, Deadline = deadline });
        _announcer.NoteLeftOut(eligible);
        return eligible;
    }

    /// <summary>Remembers how many provers were not eligible, and why.</summary>
    protected void NoteLeftOut(CandidateAnswer eligible) => _announcer.NoteLeftOut(eligible);

    /// <summary>Tells one prover of the run; waits until it is in the prover's inbox, not for its worker.</summary>
    protected Task InviteAsync(string proverId, Invitation invitation) => _announcer.InviteOneAsync(proverId, invitation);

    /// <summary>Tells provers to stop, and why; waits for nobody.</summary>
    protected void Stop(IEnumerable<string> provers, ReasonCode reason) => _announcer.Stop(provers, reason);

    /// <summary>The invitation to this run.</summary>
    protected Invitation Invitation(TState state, Credits reward, InvitationKind kind, DateTimeOffset? answerBy) => new()
    {
        RunKey = RunKey,
        RunGrain = this.GetGrainId(),
        Mechanism = state.Run.Order.Mechanism.Name,
        ProgramId = state.Run.Order.Program.ProgramId,
        Work = state.Run.Order.Program.Work,
        Reward = reward,
        Bond = state.Run.Bond,
        SoftDeadline = state.Run.Order.SoftDeadline,
        HardDeadline = state.Run.Order.HardDeadline,
        Kind = kind,
        AnswerBy = answerBy,
    };

    /// <summary>Ends a participant's lease at the registry as its status says, before the run ends. Repeatable.</summary>
    protected Task EndLeaseAsync(RunParticipant participant) =>
        _leases.EndAsync(RunRules.EndingOf(State!.Run, participant, hasProof: false, deadlinePassed: false));

    /// <summary>Writes the next state, and does what follows from it: a run that has ended tells its provers, an open one sets its clock. When the
    /// outcome of the write is unknown this activation ends, and the next one goes on from what is durable.</summary>
    protected async Task CommitAsync(TState next)
    {
        var ends = next.Run.Report is not null && _durable.Value?.Run.Report is null;
        // The end is written with who was invited and who was not: the request keeps it when this grain is long gone.
        if (ends) next = With(next, next.Run with { Report = next.Run.Report! with { Invited = _announcer.Invited, LeftOut = _announcer.LeftOut } });
        await WriteAsync(next);
        if (next.Run.Report is null) _clock.Set(NextAt(next));
        if (!ends) return;
        _announcements.End();
        _clock.Set(HasWorkAfterEnd ? Now : null);
        TellProvers(next.Run);
    }

    /// <summary>Notes what need not be durable, because it is found out again after a crash.</summary>
    protected void Remember(TState next) => State = next;

    /// <summary>Reserves leases that the run has noted on its own account (<see cref="RunRules.Joining"/> without a session). Repeatable.</summary>
    /// <returns>What became of each, by prover.</returns>
    protected Task<IReadOnlyDictionary<string, ReserveAnswer>> ReserveManyAsync(IEnumerable<RunParticipant> participants)
    {
        var run = State!.Run;
        return _leases.ReserveManyAsync(run.Order, [.. participants.Select(participant => (participant.ProverId, RunRules.TermsOf(run, participant)))]);
    }

    /// <summary>A hint that the request should look at the run, not waited for: whatever becomes of it, the request looks again by itself.</summary>
    protected void TellRequest() => _ = TellRequestAsync();

    /// <summary>The state with another shared part; the same instance when that is the same.</summary>
    protected static TState With(TState state, RunState run) => ReferenceEquals(run, state.Run) ? state : state.With(run);

    private void Go(TState state)
    {
        SetOut(state);
        _clock.Set(NextAt(State!));
    }

    private async Task<DateTimeOffset?> ActOnTimeAsync()
    {
        if (State is { Run.Report: not null } ended && HasWorkAfterEnd)
        {
            await AfterEndAsync(ended);
            return null;
        }
        if (State is not { Run.Report: null } state || NextAt(state) is not { } at) return null;
        var now = Now;
        if (now < at) return at;
        await ActAsync(state, now);
        if (State is { Run.Report: not null }) TellRequest();
        if (State is { Run.Report: not null } && HasWorkAfterEnd) return now;
        if (State is not { Run.Report: null } || NextAt(State) is not { } next) return null;
        // What is due and could not be done yet is not tried again at once.
        return ReferenceEquals(State, state) && next <= now ? now + _services.Options.AnnounceInterval : next;
    }

    /// <summary>A lease that was reserved just before this activation lost its memory is confirmed by the registry.</summary>
    private async Task<Refusal?> ConfirmLeaseAsync(string proverId, string session)
    {
        var run = State!.Run;
        if (run.Report is not null
            || !run.Participants.TryGetValue(proverId, out var participant)
            || participant.Status != ParticipantStatus.Joining || participant.Session != session)
            return null;
        var answer = await _leases.FindAsync(proverId);
        if (answer.Lease is not null) State = Granted(State, proverId, session, answer.Account, Now);
        return answer.Refusal;
    }

    private async Task<Refusal?> ReserveAsync(string proverId, string session, bool isFirstAttempt)
    {
        var state = State!;
        var terms = RunRules.TermsOf(state.Run, state.Run.Participants[proverId]);
        var answer = await _leases.ReserveAsync(state.Run.Order, proverId, session, terms);
        State = answer.Refusal is { } refusal
            ? With(state, RunRules.JoinRefused(state.Run, proverId, refusal, isFirstAttempt))
            : Granted(state, proverId, session, answer.Account, Now);
        return answer.Refusal;
    }

    private async Task WriteAsync(TState state)
    {
        try
        {
            await _durable.WriteAsync(state);
            State = state;
        }
        catch
        {
            // It may be durable all the same: what was decided must not be decided again. The next activation goes on from there, as after a crash.
            State = _durable.Value;
            DeactivateOnIdle();
            throw;
        }
    }

    private CandidateQuery Query(TState state) => new()
    {
        Program = state.Run.Order.Program,
        Constraints = state.Run.Order.Constraints,
        Bond = state.Run.Bond,
        Excluded = state.Run.Order.Excluded,
        Deadline = state.Run.Order.HardDeadline,
    };

    private RunProgress Progress() => State is null ? new RunProgress() : new RunProgress
    {
        Started = true,
        Events = State.Run.Events,
        Report = State.Run.Report,
        Invited = _announcer.Invited,
        Leased = State.Run.Participants.Values.Count(participant => participant.Status is ParticipantStatus.Proving or ParticipantStatus.Delivered),
        LeftOut = _announcer.LeftOut,
    };

    private ProofDelivery? DeliveryOf(string proverId) => State!.Run.Participants.GetValueOrDefault(proverId)?.Delivery;

    /// <summary>The losers are told to stop; a winner's invitation only goes, it has heard already.</summary>
    private void TellProvers(RunState run)
    {
        var winners = run.Participants.Values.Where(participant => participant.Delivery is not null).Select(participant => participant.ProverId).ToHashSet();
        var losers = _announcer.InvitedProvers.Concat(run.Participants.Keys).Where(prover => !winners.Contains(prover)).Distinct(StringComparer.Ordinal);
        _announcer.Stop(losers.ToArray(), winners.Count == 0 ? ReasonCode.RunClosed : ReasonCode.Outraced);
        _announcer.Stop(winners, ReasonCode.Won);
    }

    private async Task TellRequestAsync()
    {
        try
        {
            await GrainFactory.GetGrain<IProofRequestGrain>(RequestId).HearAsync(RunKey, Progress());
        }
        catch (Exception e)
        {
            LogNotTold(_logger, RunKey, e);
        }
    }

    /// <summary>The refusal of a run that was not started.</summary>
    protected Refusal Unknown() => Refusal.Of(ReasonCode.RunUnknown, "run", "a started run", RunKey);

    private static SubmissionAnswer Accepted(ProofDelivery delivery) => new() { Reward = delivery.Reward };

    private static SubmissionAnswer Refused(Refusal refusal) => new() { Refusal = refusal };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunKey}: prover {ProverId} delivered an invalid proof: {Reason} {Detail}")]
    private static partial void LogInvalidProof(ILogger logger, string runKey, string proverId, ReasonCode reason, string detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunKey}: its request could not be told of a change; it finds out by itself")]
    private static partial void LogNotTold(ILogger logger, string runKey, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {RunKey}: what was due failed and is repeated after {RetryAfter}")]
    private static partial void LogActionFailed(ILogger logger, string runKey, TimeSpan retryAfter, Exception exception);
}
