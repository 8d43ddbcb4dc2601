using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Infrastructure;
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
        var steps = new RequestSteps(_memory, _intake, mechanisms, GrainFactory, options.Value.SlashSplit, time);
        _steps = new StepTimer(
            this,
            steps.AdvanceAsync,
            () => _memory.IsUnderWay ? _memory.Submitted!.Spec.HardDeadline : null,
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

<<<<<<< HEAD
    public Task<Bytes> GetInputAsync() => Task.FromResult(_submitted.Value?.Spec.Input ?? Bytes.Empty);

    private ProofRequestSpec Spec => _submitted.Value!.Spec;

    private RequestState State => _request.Value!;

    private bool IsDone => _request.Value is { } state && state.Phase.IsFinal();

    private IMechanismRunGrain Run => mechanisms.GetRun(GrainFactory, State.Plan!.Stages[State.Stage], GrainKeys.Run(RequestId, State.Stage));

    private IAccountGrain Account => GrainFactory.GetGrain<IAccountGrain>(Spec.Account);

    private IRequestWatchGrain Watch => GrainFactory.GetGrain<IRequestWatchGrain>(GrainKeys.WatchShard(RequestId));

    /// <summary>Checks a new body against rules, program and mechanisms, and writes it.</summary>
    private async Task<Refusal?> AdmitAsync(ProofRequestSpec spec, string digest)
    {
        var now = time.GetUtcNow();
        if (spec.RequestId != RequestId) return Refusal.Of(ReasonCode.FieldMalformed, "requestId", $"the request called, {RequestId}", spec.RequestId);
        if (RequestRules.Check(spec, now) is { } refusal) return refusal;

        var program = await GrainFactory.GetGrain<IProgramGrain>(spec.ProgramId).GetAsync();
        if (program.Refusal is not null) return program.Refusal;
        var inputs = await GrainFactory.GetGrain<IProofVerifierGrain>(GrainKeys.Single).CheckPublicInputsAsync(spec.ProgramId, spec.PublicInputs);
        if (inputs is not null) return inputs;
        var route = await GrainFactory.GetGrain<IMechanismRouterGrain>(GrainKeys.Single).RouteAsync(new RouteQuery
        {
            Mechanism = spec.Mechanism, Program = program.Program!, MaxPrice = spec.MaxPrice, Constraints = spec.Constraints,
        });
        if (route.Refusal is not null) return route.Refusal;

        await _submitted.WriteAsync(
            new StoredRequest { Spec = spec, Digest = digest, Program = program.Program!, Plan = route.Plan!, SubmittedAt = now });
        return null;
    }

    /// <summary>From the written body to the acknowledged state: watched, money held, planned. Runs again when it was cut off.</summary>
    private async Task CompleteSubmissionAsync()
    {
        await Watch.AddAsync(RequestId);
        var hold = await Account.HoldAsync(RequestId, Spec.MaxPrice, _submitted.Value!.SubmittedAt);
        var body = _submitted.Value!;
        await WriteAsync(hold.Refusal is null
            ? RequestLifecycle.Routed(body.Digest, body.SubmittedAt, body.Plan, Spec.MaxPrice, time.GetUtcNow())
            : RequestLifecycle.Rejected(body.Digest, body.SubmittedAt, hold.Refusal, time.GetUtcNow()));
        if (IsDone) await LeaveAsync();
    }

    /// <summary>Nothing is left to do. A rejected request first ends the hold that it never got: an attempt of which it has not heard may still be on
    /// its way, and must find it ended.</summary>
    private async Task LeaveAsync()
    {
        if (State.Phase == RequestPhase.Rejected) await Account.CaptureAsync(RequestId, Credits.Zero, _submitted.Value!.SubmittedAt);
        await Watch.RemoveAsync(RequestId);
    }

    private void StepSoon()
    {
        _poked = true;
        if (_stepping is not null) _stepping.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        else
        {
            _stepping = this.RegisterGrainTimer(
                StepAsync, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = Timeout.InfiniteTimeSpan, KeepAlive = true });
        }
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        try
        {
            do
            {
                _poked = false;
                while (await AdvanceAsync())
                {
                }
            }
            while (_poked);
            _retryAfter = FirstRetry;
            if (_submitted.Value is null || IsDone) StopStepping();
            else _stepping!.Change(UntilNextLook(), Timeout.InfiniteTimeSpan);
        }
        catch (Exception e)
        {
            var retryAfter = BeforeDeadline(_retryAfter);
            LogStepFailed(logger, RequestId, retryAfter, e);
            _stepping?.Change(retryAfter, Timeout.InfiniteTimeSpan);
            _retryAfter = TimeSpan.FromTicks(Math.Min(_retryAfter.Ticks * 2, LastRetry.Ticks));
        }
    }

    /// <summary>One step. True when the state moved and there may be another.</summary>
    private async Task<bool> AdvanceAsync()
    {
        if (_request.Value is null)
        {
            var isSubmitted = _submitted.Value is not null;
            if (isSubmitted) await CompleteSubmissionAsync();
            else await Watch.RemoveAsync(RequestId);
            return isSubmitted;
        }
        switch (State.Phase)
        {
            case RequestPhase.Routed:
                return await OpenAsync();
            case RequestPhase.Open:
                return await FollowRunAsync();
            case RequestPhase.Settling:
                await SettleAsync();
                return true;
            default:
                await LeaveAsync();
                return false;
        }
    }

    private async Task<bool> OpenAsync()
    {
        var now = time.GetUtcNow();
        if (await Run.StartAsync(Order()) is { } refusal) await DecideAsync(new RunReport { Reason = refusal.Code, EndedAt = now });
        else await WriteAsync(RequestLifecycle.Opened(State, now));
        return true;
    }

    private async Task<bool> FollowRunAsync()
    {
        var progress =
            State.CancelRequested ? await Run.ConcludeAsync(ReasonCode.CancelledByRequester)
            : time.GetUtcNow() >= Spec.HardDeadline ? await Run.ConcludeAsync(ReasonCode.None)
            : await Run.GetProgressAsync();
        if (!IsSameAs(progress, _run)) Signal();
        _run = progress;
        if (progress.Report is not { } report) return false;
        await DecideAsync(report);
        return true;
    }

    private async Task DecideAsync(RunReport report)
    {
        if (report.Proof is { } accepted && _proof.Value is null)
            await _proof.WriteAsync(new StoredProof { Proof = accepted.Proof, PublicInputs = Spec.PublicInputs });
        var settlement = SettlementRules.Of(RequestId, Spec.Account, Spec.MaxPrice, report, options.Value.SlashSplit, time.GetUtcNow());
        await WriteAsync(RequestLifecycle.Decided(State, report, _run?.Events ?? [], settlement, time.GetUtcNow()));
    }

    private async Task SettleAsync()
    {
        await new SettlementOutbox(GrainFactory, RequestId).CarryOutAsync(
            State.Settlement!, GrainKeys.Run(RequestId, State.Stage), Spec.Account, State.SubmittedAt);
        await WriteAsync(RequestLifecycle.Settled(State, time.GetUtcNow()));
    }

    private RunOrder Order() => new()
    {
        RequestId = RequestId,
        Stage = State.Stage,
        Mechanism = State.Plan!.Stages[State.Stage],
        Program = _submitted.Value!.Program,
        PublicInputs = Spec.PublicInputs,
        MaxPrice = Spec.MaxPrice,
        SoftDeadline = Spec.SoftDeadline,
        HardDeadline = Spec.HardDeadline,
        Constraints = Spec.Constraints,
    };

    private TimeSpan UntilNextLook()
    {
        var left = Spec.HardDeadline - time.GetUtcNow();
        return left < FirstRetry ? FirstRetry : left < LookAgain ? left : LookAgain;
    }

    /// <summary>A delay, cut short so that it ends at the hard deadline when that is still to come.</summary>
    private TimeSpan BeforeDeadline(TimeSpan delay)
    {
        var left = Spec.HardDeadline - time.GetUtcNow();
        return left > TimeSpan.Zero && left < delay ? left : delay;
    }

    private void StopStepping()
    {
        _stepping?.Dispose();
        _stepping = null;
    }

    private async Task WriteAsync(RequestState next)
    {
        await _request.WriteAsync(next);
        Signal();
    }

    private void Signal() => _changes.Note(_submitted.Value?.SubmittedAt);

=======
>>>>>>> main
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
