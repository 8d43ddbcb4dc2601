namespace ProvingMarket.TestKit;

/// <summary>
/// A clock that only moves when a test moves it. Timers fire in the order in which they are due, one after another, each at its own time, within
/// the call that moves the clock. Safe to use from several threads.
/// </summary>
public sealed class FakeTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<(FakeTimer Timer, long Version), (long Due, long Order)> _timers = new();
    private DateTimeOffset _start;
    private long _elapsed;
    private long _order;

    /// <summary>Starts the clock on 1 January 2026.</summary>
    public FakeTimeProvider() : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>Starts the clock.</summary>
    /// <param name="start">The first time it shows.</param>
    public FakeTimeProvider(DateTimeOffset start) => _start = start;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _start.AddTicks(_elapsed);
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_gate) return _elapsed;
    }

    /// <summary>Moves the clock forward, firing what becomes due.</summary>
    /// <param name="time">How far.</param>
    public void Advance(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        long target;
        lock (_gate) target = _elapsed + time.Ticks;
        FireUntil(target);
    }

    /// <summary>Moves the clock forward to a time, firing what becomes due.</summary>
    /// <param name="value">The time.</param>
    public void SetUtcNow(DateTimeOffset value)
    {
        long target;
        lock (_gate) target = (value - _start).Ticks;
        ArgumentOutOfRangeException.ThrowIfLessThan(target, GetTimestamp(), nameof(value));
        FireUntil(target);
    }

    /// <summary>Sets the time of day without time passing: no timer becomes due, timestamps do not change. This is what correcting a wrong clock does.</summary>
    /// <param name="value">The time of day, earlier or later.</param>
    public void AdjustTime(DateTimeOffset value)
    {
        lock (_gate) _start = value.AddTicks(-_elapsed);
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new FakeTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private void FireUntil(long target)
    {
        while (TakeDue(target) is { } timer) timer.Fire();
        lock (_gate) _elapsed = Math.Max(_elapsed, target);
    }

    private FakeTimer? TakeDue(long target)
    {
        lock (_gate)
        {
            while (_timers.TryPeek(out var entry, out var at) && at.Due <= target)
            {
                _timers.Dequeue();
                if (entry.Version != entry.Timer.Version) continue;

                _elapsed = Math.Max(_elapsed, at.Due);
                if (entry.Timer.Period > TimeSpan.Zero) Enqueue(entry.Timer, at.Due + entry.Timer.Period.Ticks);
                return entry.Timer;
            }

            return null;
        }
    }

    private void Enqueue(FakeTimer timer, long due) => _timers.Enqueue((timer, ++timer.Version), (due, ++_order));

    private sealed class FakeTimer(FakeTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private bool _isDisposed;

        internal long Version { get; set; }

        internal TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                if (_isDisposed) return false;

                Period = period;
                Version++;
                if (dueTime == Timeout.InfiniteTimeSpan) return true;

                clock.Enqueue(this, clock._elapsed + dueTime.Ticks);
                if (dueTime > TimeSpan.Zero) return true;
            }

            clock.FireUntil(clock.GetTimestamp());
            return true;
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                _isDisposed = true;
                Version++;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        internal void Fire() => callback(state);
    }
}
