namespace ProvingMarket.Grains.Infrastructure;

/// <summary>A write that comes some time after what it is for, with all that came meanwhile. Its grain calls <see cref="NowAsync"/> when it leaves memory.</summary>
/// <param name="grain">Whose write it is.</param>
/// <param name="within">So long after the first thing that is to be written at the latest.</param>
/// <param name="write">Writes what there is.</param>
/// <param name="failed">Told of a write that failed.</param>
internal sealed class LateWrite(IGrainBase grain, TimeSpan within, Func<Task> write, Action<Exception> failed)
{
    private IGrainTimer? _timer;
    private bool _isDue;

    /// <summary>There is something to write.</summary>
    public void Soon()
    {
        if (_isDue) return;
        _isDue = true;
        if (_timer is { } timer) timer.Change(within, Timeout.InfiniteTimeSpan);
        else _timer = grain.RegisterGrainTimer(_ => NowAsync(), new GrainTimerCreationOptions { DueTime = within, Period = Timeout.InfiniteTimeSpan });
    }

    /// <summary>Writes it now, if there is anything. Does not throw.</summary>
    public async Task NowAsync()
    {
        if (!_isDue) return;
        _isDue = false;
        try
        {
            await write();
        }
        catch (Exception e)
        {
            _isDue = true;
            failed(e);
        }
    }
}
