namespace ProvingMarket.Grains.Infrastructure;

/// <summary>Takes a grain's steps on one of its timers: one after the other until none is left to take, then again after a while, or at once when
/// poked. A step that fails is repeated, a little later every time. Nothing waits beyond the deadline.</summary>
/// <param name="grain">Whose turns the steps are. It is kept alive as long as there may be steps.</param>
/// <param name="step">One step; true when there may be another.</param>
/// <param name="deadline">When something has to happen at the latest; null when no more steps will come.</param>
/// <param name="failed">Told of a step that failed, and after how long it is repeated.</param>
/// <param name="time">The clock the deadline is measured by.</param>
internal sealed class StepTimer(
    IGrainBase grain, Func<Task<bool>> step, Func<DateTimeOffset?> deadline, Action<TimeSpan, Exception> failed, TimeProvider time)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(10);

    private IGrainTimer? _timer;
    private TimeSpan _retryAfter = FirstRetry;
    private bool _poked;

    /// <summary>Takes the steps there are as soon as the grain has a turn for it.</summary>
    public void Poke()
    {
        _poked = true;
        if (_timer is not null) _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        else
        {
            _timer = grain.RegisterGrainTimer(
                TakeStepsAsync, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = Timeout.InfiniteTimeSpan, KeepAlive = true });
        }
    }

    private async Task TakeStepsAsync(CancellationToken cancellationToken)
    {
        try
        {
            do
            {
                _poked = false;
                while (await step())
                {
                }
            }
            while (_poked);
            _retryAfter = FirstRetry;
            if (deadline() is { } until) _timer?.Change(UntilNextLook(until), Timeout.InfiniteTimeSpan);
            else Stop();
        }
        catch (Exception e)
        {
            var retryAfter = BeforeDeadline(_retryAfter);
            failed(retryAfter, e);
            _timer?.Change(retryAfter, Timeout.InfiniteTimeSpan);
            _retryAfter = TimeSpan.FromTicks(Math.Min(_retryAfter.Ticks * 2, LastRetry.Ticks));
        }
    }

    private TimeSpan UntilNextLook(DateTimeOffset until)
    {
        var left = until - time.GetUtcNow();
        return left < FirstRetry ? FirstRetry : left < LookAgain ? left : LookAgain;
    }

    /// <summary>A delay, cut short so that it ends at the deadline when that is still to come.</summary>
    private TimeSpan BeforeDeadline(TimeSpan delay)
    {
        var left = deadline() - time.GetUtcNow();
        return left > TimeSpan.Zero && left < delay ? left.Value : delay;
    }

    private void Stop()
    {
        _timer?.Dispose();
        _timer = null;
    }
}
