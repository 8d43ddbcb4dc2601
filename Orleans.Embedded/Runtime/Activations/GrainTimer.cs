using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Activations;

/// <summary>A timer of an activation. Its ticks are requests of the activation; there is never more than one under way. A tick that is due at once is a request at
/// once, without a timer of the system.</summary>
internal abstract class GrainTimer : TurnRequest, IGrainTimer
{
    private readonly Activation _activation;
    private readonly CancellationTokenSource _disposed = new();
    private readonly ITimer _timer;
    private readonly bool _keepsAlive;
    private readonly Lock _gate = new();
    private TimeSpan _due;
    private TimeSpan _period;
    private Task? _running;
    private bool _isArmed;
    private bool _isFiring;
    private bool _isChanged;

    private protected GrainTimer(Activation activation, GrainTimerCreationOptions options)
    {
        Check(options.DueTime, options.Period);
        _activation = activation;
        _keepsAlive = options.KeepAlive;
        Interleaving = options.Interleave ? Interleaving.Always : Interleaving.None;
        _timer = activation.Silo.Clock.CreateStoppedTimer(static state => ((GrainTimer)state!).OnDue(), this);
    }

    /// <inheritdoc/>
    internal sealed override bool KeepsAlive => _keepsAlive;

    /// <inheritdoc/>
    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, period);
        lock (_gate)
        {
            _due = dueTime;
            _period = period;

            // While a tick waits or runs the change takes effect when the tick ends.
            _isChanged = _isFiring;
            if (_isFiring || _disposed.IsCancellationRequested || !IsDueAfter(dueTime)) return;
        }

        _activation.ReceiveTick(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed.IsCancellationRequested) return;

        _timer.Dispose();
        try
        {
            _disposed.Cancel();
        }
        catch (AggregateException error)
        {
            _activation.Silo.LogTimerFailed(_activation, error);
        }

        _activation.Remove(this);
    }

    /// <summary>Ends the ticking without telling anybody.</summary>
    internal void Halt() => _timer.Dispose();

    /// <inheritdoc/>
    internal sealed override bool Run(TurnTarget owner)
    {
        if (_disposed.IsCancellationRequested) return true;

        Owner = owner;
        try
        {
            _running = Invoke(_disposed.Token);
            if (!_running.IsCompleted)
            {
                _running.GetAwaiter().UnsafeOnCompleted(Continue);
                return false;
            }
        }
        catch (Exception error)
        {
            _running = Task.FromException(error);
        }

        OnTicked();
        return true;
    }

    /// <summary>Invokes the callback.</summary>
    /// <param name="disposed">Cancelled when the timer is disposed.</param>
    /// <returns>What the callback returned.</returns>
    private protected abstract Task Invoke(CancellationToken disposed);

    private static void Check(TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime != Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
        if (period != Timeout.InfiniteTimeSpan) ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dueTime, ContextFreeTimers.Longest);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(period, ContextFreeTimers.Longest);
    }

    private void OnDue()
    {
        lock (_gate)
        {
            _isArmed = false;
            if (_isFiring) return;

            _isFiring = true;
        }

        _activation.ReceiveTick(this);
    }

    /// <summary>Waits for the next tick. Under the gate.</summary>
    /// <param name="span">How long.</param>
    /// <returns>Whether it is due now.</returns>
    private bool IsDueAfter(TimeSpan span)
    {
        _isFiring = span == TimeSpan.Zero;
        var wait = _isFiring ? Timeout.InfiniteTimeSpan : span;
        if (_isArmed || wait != Timeout.InfiniteTimeSpan) _timer.Change(wait, Timeout.InfiniteTimeSpan);
        _isArmed = wait != Timeout.InfiniteTimeSpan;
        return _isFiring;
    }

    private void Continue()
    {
        OnTicked();
        Owner!.OnFinished(this);
    }

    private void OnTicked()
    {
        var task = _running!;
        _running = null;
        if (task.IsFaulted || task.IsCanceled && !_disposed.IsCancellationRequested)
        {
            var error = Calls.Failure.Of(task);
            _activation.Silo.LogTimerFailed(_activation, error);
            _activation.EndIfOvertaken(error);
        }

        lock (_gate)
        {
            var next = _isChanged ? _due : _period;
            _isFiring = _isChanged = false;
            if (_disposed.IsCancellationRequested || !IsDueAfter(next)) return;
        }

        _activation.ReceiveTick(this);
    }
}

/// <summary>A timer whose callback has state.</summary>
/// <typeparam name="TState">The type of the state.</typeparam>
internal sealed class GrainTimer<TState>(Activation activation, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    : GrainTimer(activation, options)
{
    /// <inheritdoc/>
    private protected override Task Invoke(CancellationToken disposed) => callback(state, disposed);
}
