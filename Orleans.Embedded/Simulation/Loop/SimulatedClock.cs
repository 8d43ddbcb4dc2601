namespace Orleans.Simulation.Loop;

/// <summary>The clock of a host. Its wall clock may be wrong, by the same time always; timestamps and timers are right.</summary>
/// <param name="host">The host.</param>
/// <param name="error">How much the wall clock is wrong.</param>
internal sealed class SimulatedClock(SimulatedHost host, TimeSpan error) : TimeProvider
{
    private readonly DateTimeOffset _zero = host.Loop.Start + error;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        host.Loop.Guard.Check("Read the clock of", host.Name);
        return _zero.AddTicks(host.Loop.Now);
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        host.Loop.Guard.Check("Read the clock of", host.Name);
        return host.Loop.Now;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new SimulatedTimer(host, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}

/// <summary>A timer of a host.</summary>
internal sealed class SimulatedTimer : SimulatedEvent, ITimer
{
    private readonly TimerCallback _callback;
    private readonly object? _state;
    private readonly ExecutionContext? _context;
    private TimeSpan _period = Timeout.InfiniteTimeSpan;
    private bool _isDisposed;

    /// <summary>Initializes a timer that is not running.</summary>
    /// <param name="host">The host.</param>
    /// <param name="callback">Called when the timer is due.</param>
    /// <param name="state">Passed to the callback.</param>
    internal SimulatedTimer(SimulatedHost host, TimerCallback callback, object? state)
    {
        Host = host;
        _callback = callback;
        _state = state;
        _context = ExecutionContext.Capture();
    }

    /// <inheritdoc/>
    // In a silo only what looks for idle activations has a period.
    internal override bool IsHousekeeping => Host!.IsSilo && _period > TimeSpan.Zero;

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (!Host!.Loop.Guard.Check("Set a timer of", Host.Name) || _isDisposed) return false;

        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, Timeout.InfiniteTimeSpan);
        ArgumentOutOfRangeException.ThrowIfLessThan(period, Timeout.InfiniteTimeSpan);

        // Out of the queue first: what it counts as there depends on the period.
        Host.Loop.Remove(this);
        _period = period;
        if (dueTime != Timeout.InfiniteTimeSpan && Host.IsAlive) Host.Loop.Schedule(this, dueTime.Ticks);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Host!.Loop.Guard.Check("Disposed of a timer of", Host.Name)) return;

        Host.Loop.Remove(this);
        _isDisposed = true;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override string ToString() => $"timer of {_state ?? _callback.Method}";

    /// <inheritdoc/>
    internal override void Happen()
    {
        if (_period > TimeSpan.Zero) Host!.Loop.Schedule(this, _period.Ticks);
        if (_context is null) _callback(_state);
        else ExecutionContext.Run(_context, static timer => ((SimulatedTimer)timer!).Call(), this);
    }

    private void Call() => _callback(_state);
}
