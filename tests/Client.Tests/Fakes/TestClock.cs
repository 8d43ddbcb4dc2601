namespace ProvingMarket.Client.Tests.Fakes;

/// <summary>Time that stands still until a test moves it. A test that waits for code to wait for the clock says so with <see cref="TimerAsync"/>;
/// nothing sleeps.</summary>
internal sealed class TestClock : TimeProvider
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly List<TestTimer> _timers = [];
    private DateTimeOffset _now = Start;
    private TaskCompletionSource _changed = NewSignal();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public DateTimeOffset Now => GetUtcNow();

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new TestTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock and fires what becomes due, in order.</summary>
    public void Advance(TimeSpan by)
    {
        var until = Now + by;
        while (true)
        {
            TestTimer? due;
            lock (_gate)
            {
                due = _timers.Where(timer => timer.DueAt <= until).MinBy(timer => timer.DueAt);
                _now = due is null ? until : due.DueAt > _now ? due.DueAt : _now;
                if (due is not null) _timers.Remove(due);
            }
            if (due is null) return;
            due.Fire();
        }
    }

    /// <summary>Completes once a timer is set to fire in exactly <paramref name="due"/> from now.</summary>
    public async Task TimerAsync(TimeSpan due)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_timers.Exists(timer => timer.DueAt - _now == due)) return;
                changed = _changed.Task;
            }
            try
            {
                await changed.Soon();
            }
            catch (TimeoutException exception)
            {
                lock (_gate) throw new TimeoutException($"No timer in {due}; there are: {string.Join(", ", _timers.Select(timer => timer.DueAt - _now))}", exception);
            }
        }
    }

    /// <summary>Waits for a timer that fires in exactly <paramref name="due"/>, then lets it fire.</summary>
    public async Task PassAsync(TimeSpan due)
    {
        await TimerAsync(due);
        Advance(due);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Set(TestTimer timer, TimeSpan due)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            _timers.Remove(timer);
            if (due != Timeout.InfiniteTimeSpan)
            {
                timer.DueAt = _now + due;
                _timers.Add(timer);
            }
            (changed, _changed) = (_changed, NewSignal());
        }
        changed.SetResult();
    }

    private sealed class TestTimer(TestClock clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset DueAt { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period > TimeSpan.Zero) throw new NotSupportedException("Nothing tested here uses periods.");
            clock.Set(this, dueTime);
            return true;
        }

        public void Fire() => callback(state);

        public void Dispose() => clock.Set(this, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
