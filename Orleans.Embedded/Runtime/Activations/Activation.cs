using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Outputs;
using Orleans.Runtime.Scheduling;
using Orleans.Storage;

namespace Orleans.Runtime.Activations;

/// <summary>
/// A grain in memory. It is activated by its first call, receives calls until something ends it, then finishes what it has begun and hands what is
/// waiting to the grain's next activation.
/// </summary>
internal sealed partial class Activation : TurnTarget, IActivation, ICallTarget
{
    private readonly Silo _silo;
    private readonly StatelessWorkerPool? _pool;
    private TaskCompletionSource? _deactivated;
    private HashSet<GrainTimer>? _timers;
    private List<PersistentState>? _states;
    private AsyncServiceScope? _scope;
    private GrainReference? _reference;
    private Phase _phase = Phase.Activating;
    private DeactivationReason? _reason;
    private bool _wasActive;
    private bool _hasEnded;
    private int _lastUse;
    private DateTimeOffset _keepUntil;

    /// <summary>Initializes an activation. It takes calls at once and runs them when it has been started.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="grainClass">The grain's class.</param>
    /// <param name="grainId">The grain's identity.</param>
    /// <param name="pool">The pool it belongs to, if it is a stateless worker.</param>
    internal Activation(Silo silo, GrainClass grainClass, GrainId grainId, StatelessWorkerPool? pool) : base(silo.Scheduler)
    {
        _silo = silo;
        _pool = pool;
        Class = grainClass;
        GrainId = grainId;
        _lastUse = silo.Collector.Now;
    }

    private enum Phase
    {
        Activating,
        Active,
        Deactivating,
        Ended,
    }

    /// <summary>Gets the grain's class.</summary>
    internal GrainClass Class { get; }

    /// <inheritdoc/>
    public GrainId GrainId { get; }

    /// <inheritdoc/>
    public object? GrainInstance => Instance;

    /// <inheritdoc/>
    public GrainReference GrainReference => _reference ??= _silo.Caller.CreateReference(GrainId, Class.Interfaces[0]);

    /// <inheritdoc/>
    public IServiceProvider ActivationServices => (_scope ??= _silo.Services.CreateAsyncScope()).ServiceProvider;

    /// <inheritdoc/>
    public Task Deactivated
    {
        get
        {
            lock (Gate)
            {
                if (_deactivated is null)
                {
                    _deactivated = new TaskCompletionSource();
                    if (_hasEnded) _deactivated.SetResult();
                }

                return _deactivated.Task;
            }
        }
    }

    /// <inheritdoc/>
    public IGrainFactory GrainFactory => _silo.GrainFactory;

    /// <inheritdoc/>
    public IReminderRegistry Reminders => _silo.Reminders;

    /// <inheritdoc/>
    internal override ImmutableArray<IIncomingGrainCallFilter> Filters => _silo.IncomingFilters;

    /// <inheritdoc/>
    internal override OutputGate Outputs => _silo.Outputs;

    /// <inheritdoc/>
    private protected override IActivation Context => this;

    /// <inheritdoc/>
    private protected override bool IsHalted => _silo.IsHalted;

    /// <inheritdoc/>
    private protected override bool IsReentrant => Class.IsReentrant;

    /// <inheritdoc/>
    private protected override bool IsReceiving => _phase != Phase.Ended;

    /// <summary>Gets the silo.</summary>
    internal Silo Silo => _silo;

    /// <inheritdoc/>
    public bool TryReceive(GrainCall call) => Receive(call);

    /// <inheritdoc/>
    IEnumerable<Activation> ICallTarget.Activations() => [this];

    /// <summary>Takes a timer's tick.</summary>
    /// <param name="timer">The timer.</param>
    internal void ReceiveTick(GrainTimer timer)
    {
        if (_pool is null || timer.Interleaving == Interleaving.Always)
        {
            Receive(timer);
            return;
        }

        lock (Gate)
        {
            _pool.OnBusy(this);
            Receive(timer);
        }
    }

    /// <summary>Stops the timers of an activation whose silo is gone.</summary>
    internal void Halt()
    {
        lock (Gate)
        {
            foreach (var timer in _timers ?? []) timer.Halt();
        }
    }

    /// <inheritdoc/>
    public IGrainTimer RegisterTimer<TState>(Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        if (!ReferenceEquals(RuntimeContext.Current, this))
            throw new InvalidOperationException($"Timers of {GrainId} can only be registered by the grain itself, on its own scheduler.");

        var timer = new GrainTimer<TState>(this, callback, state, options);
        lock (Gate) (_timers ??= []).Add(timer);
        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    /// <summary>Forgets a timer.</summary>
    /// <param name="timer">The timer.</param>
    internal void Remove(GrainTimer timer)
    {
        lock (Gate) _timers?.Remove(timer);
    }

    /// <summary>Adds a record to be read before the grain is told that it is active.</summary>
    /// <param name="state">The record.</param>
    internal void Add(PersistentState state) => (_states ??= []).Add(state);

    /// <inheritdoc/>
    internal override void OnFailed(GrainCall call, Exception error)
    {
        _silo.LogCallFailed(call, error);
        EndIfOvertaken(error);
    }

    /// <summary>Ends the activation when a failure says that another one has written its state.</summary>
    /// <param name="error">The failure of a call or of a timer's tick.</param>
    internal void EndIfOvertaken(Exception error)
    {
        if (error is not InconsistentStateException { IsSourceActivation: true } inconsistent) return;

        // The exception must not end the activations of grains that it passes through.
        inconsistent.IsSourceActivation = false;
        Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, error, "The stored state was changed by another."));
    }

    /// <inheritdoc/>
    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override string ToString() => $"{GrainId} ({Class})";

    /// <inheritdoc/>
    private protected override void OnEnded(TurnRequest request)
    {
        if (request.KeepsAlive) _lastUse = _silo.Collector.Now;
    }

    /// <inheritdoc/>
    private protected override void OnIdle()
    {
        if (_phase == Phase.Deactivating) QueueDeactivation();
        else if (_phase == Phase.Active && WaitingCount == 0 && _pool?.OnFree(this) is { } next) Add(next);
    }
}
