using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.Grains.Interfaces.Routing;
using ProvingMarket.Grains.Mechanisms;
using ProvingMarket.Grains.Programs;

namespace ProvingMarket.Grains.Requests;

/// <summary>A request as a persisted state machine: every step reads the state, does one repeatable thing elsewhere and writes the next state,
/// so it can be cut off anywhere and goes on from what is durable. Steps run on one timer; pokes only bring it forward.</summary>
[CollectionAgeLimit(Minutes = 2)]
internal sealed partial class ProofRequestGrain(
    [PersistentState("submitted", StorageNames.Market)] IPersistentState<StoredRequest> submitted,
    [PersistentState("request", StorageNames.Market)] IPersistentState<RequestState> request,
    MechanismCatalog mechanisms,
    KnownPrograms programs,
    IOptions<MarketOptions> options,
    TimeProvider time,
    ILogger<ProofRequestGrain> logger) : Grain, IProofRequestGrain
{
    private static readonly TimeSpan WatchAtMost = TimeSpan.FromSeconds(20);

    private RequestMemory _memory = null!;
    private RequestIntake _intake = null!;
    private StepTimer _steps = null!;
    private bool _isDropped;
    private bool _hasLeft;
    private bool _isCollected;

    private string RequestId => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _memory = new RequestMemory(
            RequestId,
            new DurableRecord<StoredRequest>(submitted, Drop),
            new DurableRecord<RequestState>(request, Drop),
            time);
        _intake = new RequestIntake(_memory, programs, GrainFactory, time);
        var steps = new RequestSteps(_memory, _intake, mechanisms, GrainFactory, options.Value, time, ReportOutcome, Left);
        _steps = new StepTimer(
            this,
            steps.AdvanceAsync,
            () => steps.NextAt,
            (retryAfter, e) => LogStepFailed(logger, RequestId, retryAfter, e),
            time);
        _memory.NoteChange();
        if (_memory.IsUnderWay) _steps.Poke();
        return Task.CompletedTask;
    }

    public async Task<SubmitAnswer> SubmitAsync(ProofRequestSpec spec)
    {
        try
        {
            if (await _intake.AdmitAsync(spec) is { } refused) return refused;
            if (_memory.State is null) await _intake.CompleteAsync();
        }
        finally
        {
            // Also when it failed half-way: money may be held already.
            if (_memory.IsUnderWay) _steps.Poke();
        }
        return _memory.State!.Refusal is { } rejected ? new SubmitAnswer { Refusal = rejected } : new SubmitAnswer { Status = _memory.Status() };
    }

    public async Task<RequestStatus?> GetStatusAsync()
    {
        await UntilCertainAsync();
        return _memory.Status();
    }

    public async Task<RequestStatus?> WatchAsync(long afterVersion, TimeSpan atMost, CancellationToken cancellationToken = default)
    {
        var until = time.GetUtcNow() + (atMost < WatchAtMost ? atMost : WatchAtMost);
        while (_memory.State is null || _memory.Changes.Version <= afterVersion)
        {
            var left = until - time.GetUtcNow();
            if (left <= TimeSpan.Zero || _memory.IsDone || _isDropped) break;
            if (!await _memory.Changes.WaitAsync(afterVersion, left, cancellationToken)) break;
        }
        await UntilCertainAsync();
        return _memory.Status();
    }

    public async Task<EndAnswer> WaitForEndAsync(TimeSpan atMost, CancellationToken cancellationToken = default)
    {
        var status = await WatchAsync(RequestStatus.NothingButTheEnd, atMost, cancellationToken);
        return status is { Phase: RequestPhase.Fulfilled, Statements: 0 } ? new EndAnswer { Status = status, Proof = await GetProofAsync() } : new EndAnswer { Status = status };
    }

    public async Task<ProofAnswer> GetProofAsync(int statement = 0)
    {
        await UntilCertainAsync();
        if (_memory.State is not { } state)
            return new ProofAnswer { Refusal = Refusal.Of(ReasonCode.RequestUnknown, "requestId", "a submitted request", RequestId) };
        if (_memory.Forgotten is { } forgotten) return new ProofAnswer { Refusal = forgotten };
        var spec = _memory.Submitted!.Spec;
        if (statement < 0 || statement >= Math.Max(1, spec.Statements.Length))
            return new ProofAnswer { Refusal = Refusal.Of(ReasonCode.StatementUnknown, "statement", $"0 to {Math.Max(1, spec.Statements.Length) - 1}", $"{statement}") };
        if (spec.IsBatch) return await GetBatchProofAsync(spec, state, statement);
        if (state.Phase != RequestPhase.Fulfilled)
            return new ProofAnswer { Refusal = Refusal.Of(ReasonCode.ProofNotAvailable, "requestId", "a fulfilled request", $"{RequestId} in phase {state.Phase}") };
        // Kept where it was accepted, as long as the request is.
        var won = _memory.Run is { Report: not null } known ? known : await mechanisms.GetRun(GrainFactory, state.Plan!.Stages[state.Stage], GrainKeys.Run(RequestId, state.Stage)).GetProgressAsync();
        if (won.Report?.Proof is not { } accepted) return Gone(state, $"The run that request {RequestId} was won with has no proof.");
        _isCollected = true;
        LeaveMemoryIfDone();
        return new ProofAnswer { Proof = accepted.Proof, PublicInputs = spec.PublicInputs };
    }

    public Task<RequestExplanation> ExplainAsync() => Task.FromResult(
        _memory.Forgotten is { } forgotten ? new RequestExplanation { Status = _memory.Status(), Refusal = forgotten }
        : _memory.Submitted is { } body ? Explanation(body)
        : new RequestExplanation { Refusal = Refusal.Of(ReasonCode.RequestUnknown, "requestId", "a submitted request", RequestId) });

    private RequestExplanation Explanation(StoredRequest body)
    {
        var realised = body.Decision is { } decision && _memory.State is { } state ? ServiceRules.Realised(state, decision) : null;
        return new RequestExplanation
        {
            Plan = body.Plan, Decision = body.Decision, Status = _memory.Status(), Realised = realised, BestOther = realised is null ? null : ServiceRules.BestOther(body.Decision!, realised),
            Question = RouteQuestions.Of(body.Spec, body.Program, body.SubmittedAt),
        };
    }

    public async Task<RequestRecord?> GetRecordAsync()
    {
        await UntilCertainAsync();
        return _memory is { Submitted: { } submission, State: { ForgottenAt: null } state } ? RequestRecords.Of(RequestId, submission.Spec, state, GetRunGrain) : null;
    }

    public async Task<CancelAnswer> CancelAsync()
    {
        await UntilCertainAsync();
        if (_memory.State is not { } state)
            return new CancelAnswer { Refusal = Refusal.Of(ReasonCode.RequestUnknown, "requestId", "a submitted request", RequestId) };
        if (state.Phase < RequestPhase.Settling)
        {
            if (!state.CancelRequested) await _memory.WriteAsync(RequestLifecycle.CancelWanted(state));
            _steps.Poke();
        }
        var tooLate = state.Phase >= RequestPhase.Settling && state.Outcome != ReasonCode.CancelledByRequester;
        return new CancelAnswer
        {
            Status = _memory.Status(),
            Refusal = tooLate ? Refusal.Of(ReasonCode.RequestEnded, "requestId", "an open request", state.Outcome.ToString()) : null,
        };
    }

    public Task HearAsync(string runKey, RunProgress progress)
    {
        if (_memory.Hear(runKey, progress)) _steps.Poke();
        return Task.CompletedTask;
    }

    public Task PokeAsync()
    {
        _steps.Poke();
        return Task.CompletedTask;
    }

    public Task<bool> WakeAsync()
    {
        var isThere = _intake.IsToBeWatched();
        if (isThere) _steps.Poke();
        return Task.FromResult(isThere);
    }

    public async Task<bool> ForgetAsync()
    {
        if (_memory.State is not { } state) return _memory.Submitted is null;
        if (!RetentionRules.MayForget(state, options.Value.RequestRetention, time.GetUtcNow())) return false;
        _memory.BeginToForget();
        // Its runs first: the state says which there are.
        await Task.WhenAll(RetentionRules.StagesOf(state).Select(begun =>
            mechanisms.GetRun(GrainFactory, begun.Mechanism, GrainKeys.Run(RequestId, begun.Stage)).ForgetAsync()));
        await _memory.ForgetAsync();
        DeactivateOnIdle();
        return true;
    }

    public Task<Bytes> GetInputAsync() => Task.FromResult(_memory.Submitted?.Spec.Input ?? Bytes.Empty);

    public Task<ImmutableArray<Bytes>> GetStatementInputsAsync(ImmutableArray<int> statements)
    {
        var known = _memory.Submitted?.Spec.Statements ?? [];
        return Task.FromResult<ImmutableArray<Bytes>>([.. statements.Select(statement => statement >= 0 && statement < known.Length ? known[statement].Input : Bytes.Empty)]);
    }

    /// <summary>What was proved of a batch can be had when it is paid, whether or not all of it was.</summary>
    private async Task<ProofAnswer> GetBatchProofAsync(ProofRequestSpec spec, RequestState state, int statement)
    {
        var proved = state.Phase.IsFinal() ? RequestLifecycle.ProvedOf(state).FirstOrDefault(known => known.Statement == statement) : null;
        if (proved is null)
            return new ProofAnswer { Refusal = Refusal.Of(ReasonCode.ProofNotAvailable, "statement", "a proved one of a request that has ended", $"{statement} of {RequestId} in phase {state.Phase}") };
        var key = GrainKeys.BatchProof(GrainKeys.Run(RequestId, proved.Stage), proved.Digest);
        return await GrainFactory.GetGrain<IBatchProofGrain>(key).GetAsync() is { } kept
            ? new ProofAnswer { Proof = kept, PublicInputs = spec.Statements[statement].PublicInputs }
            : Gone(state, $"The proof {key} was counted and is not there.");
    }

    /// <summary>The answer when a proof that was there is not any more: the request is being forgotten, or an activation before this one was cut off when it did.</summary>
    /// <exception cref="InvalidOperationException">The request is to be kept.</exception>
    private ProofAnswer Gone(RequestState state, string missing)
    {
        var known = _memory.State ?? state;
        return RetentionRules.MayForget(known, options.Value.RequestRetention, time.GetUtcNow())
            ? new ProofAnswer { Refusal = RetentionRules.RefusalOf(RequestId, known) }
            : throw new InvalidOperationException(missing);
    }

    /// <summary>A request that was dropped while it was open wakes itself up again.</summary>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_isDropped && _memory.IsUnderWay) _ = WakeAgainAsync();
        return Task.CompletedTask;
    }

    private GrainId GetRunGrain(MechanismChoice mechanism, string runKey) => mechanisms.GetRun(GrainFactory, mechanism, runKey).GetGrainId();

    /// <summary>Ends this activation: the next one loads what is durable. It ends when its calls have, so those that only wait are let go.</summary>
    private void Drop()
    {
        _isDropped = true;
        DeactivateOnIdle();
        _memory.NoteChange();
        _memory.Changes.End();
    }

    /// <summary>Whoever was told that the request is open must not hear that there is none: an activation that has found only the body finds out first. Whoever asks does that
    /// itself, since a grain that is being taken out of memory has no timer any more that would.</summary>
    private Task UntilCertainAsync() => _memory.IsUncertain ? _intake.CompleteAsync() : Task.CompletedTask;

    private void Left()
    {
        _hasLeft = true;
        LeaveMemoryIfDone();
    }

    /// <summary>Nothing is left to do, and the requester has the proof: whatever is asked later is answered from the records. Otherwise it stays for a while, for those who look again.</summary>
    private void LeaveMemoryIfDone()
    {
        if (_hasLeft && _isCollected) DeactivateOnIdle();
    }

    /// <summary>Tells what is to be learned of a request that has ended, once and without waiting: a report that is lost is harmless.</summary>
    private void ReportOutcome()
    {
        if (ServiceRules.OutcomeOf(_memory.Submitted!.Spec, _memory.State!, _memory.Submitted.Decision) is { } outcome) _ = ReportAsync(outcome);
    }

    private async Task ReportAsync(RouteOutcome outcome)
    {
        try
        {
            var collected = GrainFactory.GetGrain<IOutcomeCollectorGrain>(GrainKeys.Single).NoteAsync(outcome);
            await GrainFactory.GetGrain<IRequesterGrain>(outcome.Account).NoteAsync(outcome);
            await collected;
        }
        catch (Exception e)
        {
            LogNotReported(logger, RequestId, e);
        }
    }

    private async Task WakeAgainAsync()
    {
        try
        {
            await GrainFactory.GetGrain<IProofRequestGrain>(RequestId).PokeAsync();
        }
        catch (Exception e)
        {
            LogNotWoken(logger, RequestId, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Request {RequestId}: a step failed and is repeated after {RetryAfter}")]
    private static partial void LogStepFailed(ILogger logger, string requestId, TimeSpan retryAfter, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Request {RequestId}: its outcome could not be reported; the statistics go on without it")]
    private static partial void LogNotReported(ILogger logger, string requestId, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Request {RequestId} was dropped and could not wake itself up; its watch shard does within a minute")]
    private static partial void LogNotWoken(ILogger logger, string requestId, Exception exception);
}
