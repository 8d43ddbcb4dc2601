using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.Grains.Mechanisms;

namespace ProvingMarket.Grains.Requests;

/// <summary>A request as a persisted state machine: every step reads the state, does one repeatable thing elsewhere and writes the next state,
/// so it can be cut off anywhere and goes on from what is durable. Steps run on one timer; pokes only bring it forward.</summary>
[CollectionAgeLimit(Minutes = 2)]
internal sealed partial class ProofRequestGrain(
    [PersistentState("submitted", StorageNames.Market)] IPersistentState<StoredRequest> submitted,
    [PersistentState("request", StorageNames.Market)] IPersistentState<RequestState> request,
    [PersistentState("proof", StorageNames.Market)] IPersistentState<StoredProof> proof,
    MechanismCatalog mechanisms,
    IOptions<MarketOptions> options,
    TimeProvider time,
    ILogger<ProofRequestGrain> logger) : Grain, IProofRequestGrain
{
    private static readonly TimeSpan WatchAtMost = TimeSpan.FromSeconds(20);

    private RequestMemory _memory = null!;
    private RequestIntake _intake = null!;
    private StepTimer _steps = null!;
    private bool _isDropped;

    private string RequestId => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _memory = new RequestMemory(
            RequestId,
            new DurableRecord<StoredRequest>(submitted, Drop),
            new DurableRecord<RequestState>(request, Drop),
            new DurableRecord<StoredProof>(proof, Drop),
            time);
        _intake = new RequestIntake(_memory, GrainFactory, time);
        var steps = new RequestSteps(_memory, _intake, mechanisms, GrainFactory, options.Value, time);
        _steps = new StepTimer(
            this,
            steps.AdvanceAsync,
            () => _memory.Deadline,
            (retryAfter, e) => LogStepFailed(logger, RequestId, retryAfter, e),
            time);
        _memory.NoteChange();
        if (_memory.IsUnderWay) _steps.Poke();
        return Task.CompletedTask;
    }

    public async Task<SubmitAnswer> SubmitAsync(ProofRequestSpec spec)
    {
        if (await _intake.AdmitAsync(spec) is { } refusal) return new SubmitAnswer { Refusal = refusal };
        try
        {
            if (_memory.State is null) await _intake.CompleteAsync();
        }
        finally
        {
            // Also when it failed half-way: money may be held already.
            if (!_memory.IsDone) _steps.Poke();
        }
        return _memory.State!.Refusal is { } rejected ? new SubmitAnswer { Refusal = rejected } : new SubmitAnswer { Status = _memory.Status() };
    }

    public Task<RequestStatus?> GetStatusAsync() => Task.FromResult(_memory.Status());

    public async Task<RequestStatus?> WatchAsync(long afterVersion, TimeSpan atMost, CancellationToken cancellationToken = default)
    {
        var until = time.GetUtcNow() + (atMost < WatchAtMost ? atMost : WatchAtMost);
        while (_memory.State is null || _memory.Changes.Version <= afterVersion)
        {
            var left = until - time.GetUtcNow();
            if (left <= TimeSpan.Zero || _memory.IsDone || _isDropped) break;
            if (!await _memory.Changes.WaitAsync(left, cancellationToken)) break;
        }
        return _memory.Status();
    }

    public Task<ProofAnswer> GetProofAsync() => Task.FromResult(_memory.State?.Phase == RequestPhase.Fulfilled
        ? new ProofAnswer { Proof = _memory.Proof!.Proof, PublicInputs = _memory.Proof.PublicInputs }
        : new ProofAnswer
        {
            Refusal = _memory.State is { } state
                ? Refusal.Of(ReasonCode.ProofNotAvailable, "requestId", "a fulfilled request", $"{RequestId} in phase {state.Phase}")
                : Refusal.Of(ReasonCode.RequestUnknown, "requestId", "a submitted request", RequestId),
        });

    public Task<RequestRecord?> GetRecordAsync() => Task.FromResult(
        _memory is { Submitted: { } submission, State: { } state } ? RequestRecords.Of(RequestId, submission.Spec, state, GetRunGrain) : null);

    public async Task<CancelAnswer> CancelAsync()
    {
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

    public Task<Bytes> GetInputAsync() => Task.FromResult(_memory.Submitted?.Spec.Input ?? Bytes.Empty);

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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Request {RequestId} was dropped and could not wake itself up; its watch shard does within a minute")]
    private static partial void LogNotWoken(ILogger logger, string requestId, Exception exception);
}
