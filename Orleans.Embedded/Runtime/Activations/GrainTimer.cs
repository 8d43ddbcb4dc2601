using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Activations;

/// <summary>A timer of an activation. Its ticks are requests of the activation; there is never more than one under way.</summary>
internal abstract class GrainTimer : TurnRequest, IGrainTimer
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(0xfffffffe);

    private readonly Activation _activation;
    private readonly CancellationTokenSource _disposed = new();
    private readonly ITimer _timer;
    private readonly bool _keepsAlive;
    private TimeSpan _due;
    private TimeSpan _period;
    private Task? _running;
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
        _due = dueTime;
        _period = period;
        _isChanged = true;

        // During a tick the change takes effect when the tick ends.
        if (!_isFiring && !_disposed.IsCancellationRequested) _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
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
        _isChanged = false;
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
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dueTime, s_longest);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(period, s_longest);
    }

    private void OnDue()
    {
        _isFiring = true;
        _activation.ReceiveTick(this);
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
        _isFiring = false;
        if (task.IsFaulted || task.IsCanceled && !_disposed.IsCancellationRequested)
            _activation.Silo.LogTimerFailed(_activation, Calls.Failure.Of(task));
        if (!_disposed.IsCancellationRequested) _timer.Change(_isChanged ? _due : _period, Timeout.InfiniteTimeSpan);
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
