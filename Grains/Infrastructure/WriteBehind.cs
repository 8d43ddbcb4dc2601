namespace ProvingMarket.Grains.Infrastructure;

/// <summary>A record that is written some time after it has changed: for what may be lost for a little while when a process dies, and must not be lost otherwise. Its grain
/// calls <see cref="FlushAsync"/> when it leaves memory.</summary>
/// <param name="grain">Whose record it is.</param>
/// <param name="storage">Where it is written.</param>
/// <param name="initial">What it is before it was ever written.</param>
/// <param name="within">A change is written so long after it at the latest, with all that came meanwhile.</param>
/// <param name="failed">Told of a write that failed. The activation is to leave then: another one may have written.</param>
internal sealed class WriteBehind<TRecord>(IGrainBase grain, IPersistentState<TRecord> storage, TRecord initial, TimeSpan within, Action<Exception> failed)
    where TRecord : class
{
    private IGrainTimer? _timer;
    private bool _isUnwritten;

    /// <summary>The record with its last change, written or not.</summary>
    public TRecord Value { get; private set; } = storage.RecordExists ? storage.State : initial;

    /// <summary>Changes the record.</summary>
    public void Change(TRecord next)
    {
        Value = next;
        if (_isUnwritten) return;
        _isUnwritten = true;
        if (_timer is { } timer) timer.Change(within, Timeout.InfiniteTimeSpan);
        else _timer = grain.RegisterGrainTimer(_ => FlushAsync(), new GrainTimerCreationOptions { DueTime = within, Period = Timeout.InfiniteTimeSpan });
    }

    /// <summary>Writes it now, if it has changed since it was written. Does not throw.</summary>
    public async Task FlushAsync()
    {
        if (!_isUnwritten) return;
        _isUnwritten = false;
        try
        {
            storage.State = Value;
            await storage.WriteStateAsync();
        }
        catch (Exception e)
        {
            _isUnwritten = true;
            failed(e);
        }
    }
}
