using ProvingMarket.TestKit;

namespace ProvingMarket.Client.Tests.Fakes;

/// <summary>A <see cref="FakeTimeProvider"/> on which a test can wait until the code under test waits for the clock (<see cref="TimerAsync"/>).
/// So nothing sleeps, and the clock never moves before somebody listens to it.</summary>
internal sealed class TestClock : TimeProvider
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _clock = new(Start);
    private readonly Lock _gate = new();
    private readonly HashSet<WatchedTimer> _timers = [];
    private TaskCompletionSource _changed = NewSignal();
    private Action? _afterReading;

    public override long TimestampFrequency => _clock.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => _clock.LocalTimeZone;

    public DateTimeOffset Now => _clock.GetUtcNow();

    public override DateTimeOffset GetUtcNow()
    {
        var now = _clock.GetUtcNow();
        Interlocked.Exchange(ref _afterReading, null)?.Invoke();
        return now;
    }

    public override long GetTimestamp() => _clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WatchedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan by) => _clock.Advance(by);

    /// <summary>Lets time pass as soon as the code under test has looked at the clock once more; completes when it has.</summary>
    public Task AdvanceAfterNextReading(TimeSpan by)
    {
        var read = NewSignal();
        Volatile.Write(ref _afterReading, () =>
        {
            Advance(by);
            read.SetResult();
        });
        return read.Task;
    }

    /// <summary>Completes once a timer is set to fire in exactly <paramref name="due"/> from now.</summary>
    public async Task TimerAsync(TimeSpan due)
    {
        while (true)
        {
            Task changed;
            string timers;
            lock (_gate)
            {
                if (_timers.Any(timer => timer.DueAt - Now == due)) return;
                changed = _changed.Task;
                timers = string.Join(", ", _timers.Select(timer => timer.DueAt - Now));
            }
            try
            {
                await changed.Soon();
            }
            catch (TimeoutException exception)
            {
                throw new TimeoutException($"Nobody waits for {due}; there are timers in: {timers}", exception);
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

    private void Note(WatchedTimer timer, TimeSpan due)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            if (due == Timeout.InfiniteTimeSpan) _timers.Remove(timer);
            else _timers.Add(timer);
            timer.DueAt = Now + due;
            (changed, _changed) = (_changed, NewSignal());
        }
        changed.SetResult();
    }

    private sealed class WatchedTimer : ITimer
    {
        private readonly TestClock _watch;
        private readonly ITimer _timer;

        public WatchedTimer(TestClock watch, TimerCallback callback, object? state)
        {
            _watch = watch;
            _timer = watch._clock.CreateTimer(
                _ =>
                {
                    watch.Note(this, Timeout.InfiniteTimeSpan);
                    callback(state);
                },
                null,
                Timeout.InfiniteTimeSpan,
                Timeout.InfiniteTimeSpan);
        }

        public DateTimeOffset DueAt { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period > TimeSpan.Zero) throw new NotSupportedException("Nothing tested here uses periods.");
            // Set first, noted afterwards: a test that has seen the timer may move the clock at once. One that is due now has fired already.
            var changed = _timer.Change(dueTime, period);
            if (dueTime != TimeSpan.Zero) _watch.Note(this, dueTime);
            return changed;
        }

        public void Dispose()
        {
            _watch.Note(this, Timeout.InfiniteTimeSpan);
            _timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
