namespace ProvingMarket.Grains.Infrastructure;

/// <summary>A record that is written some time after it has changed: for what may be lost for a little while when a process dies, and must not be lost otherwise. Its grain
/// calls <see cref="FlushAsync"/> when it leaves memory.</summary>
internal sealed class WriteBehind<TRecord>
    where TRecord : class
{
    private readonly LateWrite _write;

    /// <summary>A record that is read already.</summary>
    /// <param name="grain">Whose record it is.</param>
    /// <param name="storage">Where it is written.</param>
    /// <param name="initial">What it is before it was ever written.</param>
    /// <param name="within">A change is written so long after it at the latest, with all that came meanwhile.</param>
    /// <param name="failed">Told of a write that failed. The activation is to leave then: another one may have written.</param>
    public WriteBehind(IGrainBase grain, IPersistentState<TRecord> storage, TRecord initial, TimeSpan within, Action<Exception> failed)
    {
        Value = storage.RecordExists ? storage.State : initial;
        _write = new LateWrite(
            grain,
            within,
            () =>
            {
                storage.State = Value;
                return storage.WriteStateAsync();
            },
            failed);
    }

    /// <summary>The record with its last change, written or not.</summary>
    public TRecord Value { get; private set; }

    /// <summary>Changes the record.</summary>
    public void Change(TRecord next)
    {
        Value = next;
        _write.Soon();
    }

    /// <summary>Writes it now, if it has changed since it was written. Does not throw.</summary>
    public Task FlushAsync() => _write.NowAsync();
}
