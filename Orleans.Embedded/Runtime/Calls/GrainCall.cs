using System.Reflection;
using Orleans.Runtime.Outputs;
using Orleans.Runtime.Scheduling;
using Orleans.Serialization.Invocation;

namespace Orleans.Runtime.Calls;

/// <summary>The result type of methods without a result.</summary>
internal readonly struct Nothing;

/// <summary>
/// One call on its way: whom it is for, which method, the arguments, and finally the outcome, which is set exactly once: by the target,
/// by whoever refuses it, or by the caller's timeout or cancellation, whichever is first. A class with typed argument fields is emitted for every method.
/// </summary>
internal abstract class GrainCall : TurnRequest, IInvokable, IThreadPoolWorkItem, IHeldOutput
{
    private const int Open = 0;
    private const int Settled = 1;

    private int _outcome = Open;
    private CallCancellation? _cancellation;
    private object? _source;
    private Exception? _heldFailure;

    /// <summary>Initializes a call.</summary>
    /// <param name="method">Its method.</param>
    private protected GrainCall(GrainMethod method)
    {
        Method = method;
        Interleaving = method.IsAlwaysInterleave ? Interleaving.Always : method.IsReadOnly ? Interleaving.ReadOnly : Interleaving.None;
    }

    /// <summary>Gets the method.</summary>
    internal GrainMethod Method { get; }

    /// <summary>Gets or sets the grain or observer that is called.</summary>
    internal GrainId Target { get; set; }

    /// <summary>Gets or sets the calling grain or client; default when unknown.</summary>
    internal GrainId Source
    {
        get => _source switch
        {
            IActivation activation => activation.GrainId,
            GrainCaller caller => caller.Client,
            GrainId id => id,
            _ => default,
        };
        set => _source = value;
    }

    /// <inheritdoc/>
    internal sealed override bool MayPassWriters => _source is IActivation || Source.Type != Observers.ObserverTable.ClientType;

    /// <summary>Gets or sets how often an activation that never became active has passed the call on.</summary>
    internal byte Forwards { get; set; }

    /// <summary>Gets or sets the values that travel with the call, or null. Never changed once set.</summary>
    internal Dictionary<string, object>? Context { get; set; }

    /// <summary>Gets or sets where the outcome is delivered when it is set outside of any turn.</summary>
    internal IWorkScheduler? Home { get; set; }

    /// <summary>Gets or sets who is told the outcome when no task in this process waits for it.</summary>
    internal IGrainCallSink? Sink { get; set; }

    /// <summary>Gets or sets what the connection it was sent over knows it by.</summary>
    internal ulong ChannelTag { get; set; }

    /// <summary>Gets the failure, once the call is settled; null if it succeeded.</summary>
    internal Exception? Error { get; private set; }

    /// <summary>Gets a value indicating whether the outcome is set.</summary>
    internal bool IsSettled => Volatile.Read(ref _outcome) == Settled;

    /// <summary>Gets or sets a value indicating whether the caller may cancel: only then the method receives a token that can be cancelled.</summary>
    internal bool CanBeCancelled
    {
        get => _cancellation is not null;
        set => _cancellation = value ? new CallCancellation(this) : null;
    }

    /// <summary>Gets the time, as a timestamp of the clock, after which the caller no longer waits. Kept by <see cref="ResponseTimeouts"/>.</summary>
    internal DeadlineNode Deadline;

    /// <summary>Gets the token that the running method receives.</summary>
    protected CancellationToken TargetToken => _cancellation?.TargetToken ?? CancellationToken.None;

    /// <summary>Says which host the call is made by.</summary>
    /// <param name="caller">The host's calling side.</param>
    /// <param name="activation">The grain that calls, or null.</param>
    internal void MadeBy(GrainCaller caller, IActivation? activation)
    {
        Home = caller.Scheduler;
        _source = activation ?? (object)caller;
    }

    /// <summary>Settles the call as cancelled, and tells the target, when the caller's token is cancelled. Call this after sending.</summary>
    /// <param name="channel">Where the call was sent.</param>
    /// <param name="token">The caller's token.</param>
    internal void ObserveCaller(IGrainCallChannel channel, CancellationToken token)
    {
        _cancellation!.Observe(channel, token);
        if (IsSettled) _cancellation.End();
    }

    /// <summary>Visits the arguments in order, with their static types.</summary>
    /// <param name="visitor">Reads or replaces them.</param>
    public abstract void VisitArguments(GrainCallVisitor visitor);

    /// <summary>Visits the result with its static type; does nothing when the method has none. Only after success.</summary>
    /// <param name="visitor">Reads it.</param>
    internal abstract void VisitResult(GrainCallVisitor visitor);

    /// <summary>Settles the call with a result that a visitor supplies; the visitor is not asked when the method has no result.</summary>
    /// <param name="visitor">Supplies the result.</param>
    /// <returns>Whether this was the first outcome.</returns>
    internal abstract bool TrySetResult(GrainCallVisitor visitor);

    /// <summary>Settles the call with a result.</summary>
    /// <param name="result">The result; ignored when the method has none.</param>
    /// <returns>Whether this was the first outcome.</returns>
    internal abstract bool TrySetBoxedResult(object? result);

    /// <summary>Makes a call with the same arguments, which nobody waits for: what the other side of a network receives. Nothing of what has become of this one is in it.</summary>
    /// <returns>The call.</returns>
    internal GrainCall CopyForDelivery()
    {
        var copy = (GrainCall)MemberwiseClone();
        copy._outcome = Open;
        copy._cancellation = CanBeCancelled ? new CallCancellation(copy) : null;
        copy.Deadline = default;
        copy.Error = null;
        copy.Home = null;
        copy.Sink = null;
        copy.Owner = null;
        copy._heldFailure = null;
        copy.NextInQueue = null;
        copy.IsOver = false;
        copy.Forwards = 0;
        copy.ForgetWaiter();
        return copy;
    }

    /// <summary>Makes a call of the same caller with the same arguments, to be sent after this one has been.</summary>
    /// <returns>The call.</returns>
    internal GrainCall CopyToSendAgain()
    {
        var copy = CopyForDelivery();
        copy.Home = Home;
        return copy;
    }

    /// <summary>Settles another call of the same method as this one is settled.</summary>
    /// <param name="other">The other call.</param>
    /// <returns>Whether this was the other's first outcome.</returns>
    internal bool PassOutcomeTo(GrainCall other) => Error is { } error ? other.TrySetException(error) : PassResultTo(other);

    /// <summary>Settles another call of the same method with this one's result.</summary>
    /// <param name="other">The other call.</param>
    /// <returns>Whether this was the other's first outcome.</returns>
    private protected abstract bool PassResultTo(GrainCall other);

    /// <summary>Makes that nobody waits for this call, which was copied from one that is awaited.</summary>
    private protected abstract void ForgetWaiter();

    /// <summary>Settles the call with a failure, or a cancellation if it is an <see cref="OperationCanceledException"/>.</summary>
    /// <param name="error">The failure.</param>
    /// <returns>Whether this was the first outcome.</returns>
    internal bool TrySetException(Exception error)
    {
        if (!TryClaim()) return false;

        Error = error;
        PassOn();
        return true;
    }

    /// <summary>Answers with what a method returned, boxed, as soon as the caller may know.</summary>
    /// <param name="result">The result; ignored when the method has none.</param>
    internal abstract void AnswerBoxed(object? result);

    /// <summary>Answers with a failure of the method, as soon as the caller may know.</summary>
    /// <param name="error">The failure.</param>
    internal void AnswerFailure(Exception error)
    {
        if (OutputsToPass is { } outputs)
        {
            _heldFailure = error;
            if (outputs.TryHold(this)) return;
        }

        TrySetException(error);
    }

    /// <inheritdoc/>
    bool IHeldOutput.IsAwaited => true;

    /// <inheritdoc/>
    void IHeldOutput.Release()
    {
        if (_heldFailure is { } failure) TrySetException(failure);
        else ReleaseResult();
    }

    /// <inheritdoc/>
    void IHeldOutput.Refuse(Exception error) => TrySetException(error);

    /// <summary>Settles the call with the result that was held back.</summary>
    private protected abstract void ReleaseResult();

    /// <summary>Gets what the answer has to pass: null for that of a grain, whose callers' memory is lost with its own.</summary>
    private protected OutputGate? OutputsToPass => _source is IActivation || Method.IsOneWay ? null : Owner!.Outputs;

    /// <summary>Settles a call that will not run, unless its caller has given it up already: it is over either way.</summary>
    /// <param name="error">Why it will not.</param>
    internal void Refuse(Exception error)
    {
        IsOver = true;
        TrySetException(error);
    }

    /// <summary>Cancels the token that the method received, as a turn of the target. A call that has not started starts with a cancelled token, unless it is settled: then
    /// it does not start. Does nothing when the call cannot be cancelled.</summary>
    internal void CancelRunning()
    {
        if (_cancellation is not { } cancellation) return;

        cancellation.IsTargetToBeCancelled = true;
        Interlocked.MemoryBarrier();
        if (Owner is not { } owner) return;

        // What a registered callback throws ends up in a task that nobody awaits: it concerns neither the caller nor the target.
        _ = owner.RunAsync(() =>
        {
            cancellation.CancelTarget();
            return Task.CompletedTask;
        });
    }

    /// <summary>Takes the right to settle the call.</summary>
    /// <returns>Whether it was still open.</returns>
    private protected bool TryClaim()
    {
        if (Volatile.Read(ref _outcome) != Open || Interlocked.Exchange(ref _outcome, Settled) != Open) return false;

        Deadline.List?.Remove(this);
        _cancellation?.End();
        return true;
    }

    /// <summary>Passes the outcome on to the waiting task or the sink.</summary>
    /// <remarks>
    /// Within a turn this happens at once: no continuation that awaits a task is run in place there, it goes to its own scheduler. Elsewhere
    /// (a timer, a connection) it would be, so there the delivery is work of its own.
    /// </remarks>
    private protected void PassOn()
    {
        if (Home is { } home && TaskScheduler.Current is not TurnScheduler) home.Schedule(this);
        else Deliver();
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => Deliver();

    /// <summary>Passes the outcome on to the waiting task or the sink, here and now.</summary>
    private protected abstract void Deliver();

    /// <summary>Invokes the method and arranges for what follows.</summary>
    /// <param name="target">The grain or observer.</param>
    /// <returns>Whether the method has ended; otherwise the owner is told later.</returns>
    private protected abstract bool Start(object target);

    /// <inheritdoc/>
    internal sealed override bool Run(TurnTarget owner)
    {
        // Timed out, or cancelled, before it was its turn: nobody wants the answer, so the method does not run.
        Owner = owner;
        if (CanBeCancelled) Interlocked.MemoryBarrier();
        if (IsSettled) return true;
        if (_cancellation is { IsTargetToBeCancelled: true }) _cancellation.CancelTarget();

        RequestContext.Import(Context);
        return owner.Filters.IsEmpty && owner.Instance is not IIncomingGrainCallFilter ? Start(owner.Instance!) : StartFiltered(owner);
    }

    private bool StartFiltered(TurnTarget owner)
    {
        var running = new IncomingCallContext(this, owner).RunAsync();
        if (running.IsCompleted) return true;

        running.GetAwaiter().UnsafeOnCompleted(() => owner.OnFinished(this));
        return false;
    }

    /// <summary>Invokes the method on the target and returns its result boxed: the slow way, for filters.</summary>
    /// <param name="target">The grain or observer.</param>
    /// <returns>The result.</returns>
    internal abstract ValueTask<object?> InvokeBoxed(object target);

    /// <inheritdoc/>
    public override string ToString() => $"{Method.DisplayName} on {Target}";

    /// <inheritdoc/>
    public abstract object? GetArgument(int index);

    /// <inheritdoc/>
    public abstract void SetArgument(int index, object? value);

    bool IInvokable.IsCancellable => Method.IsCancellable;

    int IInvokable.GetArgumentCount() => Method.Shape.ParameterTypes.Length;

    string IInvokable.GetMethodName() => Method.Info.Name;

    string IInvokable.GetInterfaceName() => Method.Interface.Name;

    string IInvokable.GetActivityName() => Method.ActivityName;

    MethodInfo IInvokable.GetMethod() => Method.Info;

    Type IInvokable.GetInterfaceType() => Method.Interface.Type;

    TimeSpan? IInvokable.GetDefaultResponseTimeout() => Method.ResponseTimeout;

    void IDisposable.Dispose()
    {
        // Nothing to release: calls are not pooled.
    }
}
