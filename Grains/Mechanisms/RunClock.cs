namespace ProvingMarket.Grains.Mechanisms;

/// <summary>Gives a run a turn at the time it has set itself, never earlier. A turn that fails is repeated, a little later every time. In memory only:
/// the time follows from the run's state, so that the next activation sets it again.</summary>
/// <param name="grain">The run's grain, which is kept alive until then.</param>
/// <param name="act">What it does; returns when it wants to act next, null for never.</param>
/// <param name="failed">Told of a turn that failed, and after how long it is repeated.</param>
/// <param name="time">The clock.</param>
internal sealed class RunClock(IGrainBase grain, Func<Task<DateTimeOffset?>> act, Action<TimeSpan, Exception> failed, TimeProvider time)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(12);

    private IGrainTimer? _timer;
    private TimeSpan _retryAfter = FirstRetry;

    /// <summary>Sets the time of the next turn; null for none.</summary>
    public void Set(DateTimeOffset? at)
    {
        if (at is { } due) Wait(due - time.GetUtcNow());
        else Stop();
    }

    private void Stop()
    {
        _timer?.Dispose();
        _timer = null;
    }

    private void Wait(TimeSpan span)
    {
        var due = span < TimeSpan.Zero ? TimeSpan.Zero : span < LongestWait ? span : LongestWait;
        if (_timer is not null) _timer.Change(due, Timeout.InfiniteTimeSpan);
        else
        {
            _timer = grain.RegisterGrainTimer(
                ActAsync, new GrainTimerCreationOptions { DueTime = due, Period = Timeout.InfiniteTimeSpan, KeepAlive = true });
        }
    }

    private async Task ActAsync(CancellationToken cancellationToken)
    {
        try
        {
            Set(await act());
            _retryAfter = FirstRetry;
        }
        catch (Exception e)
        {
            failed(_retryAfter, e);
            Wait(_retryAfter);
            _retryAfter = TimeSpan.FromTicks(Math.Min(_retryAfter.Ticks * 2, LastRetry.Ticks));
        }
    }
}
