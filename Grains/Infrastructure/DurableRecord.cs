using Orleans.Storage;

namespace ProvingMarket.Grains.Infrastructure;

/// <summary>A record of which only the durable version is ever seen: <see cref="Value"/> changes when a write has completed, so interleaved
/// reads and code after a failed write never act on something that may be lost.</summary>
/// <param name="storage">Where it is kept.</param>
/// <param name="deactivate">Drops the activation.</param>
/// <param name="writeFailed">Called when a write has failed and <see cref="Value"/> is what is known to be durable, before whoever wrote hears of it; null for nothing.</param>
internal sealed class DurableRecord<TRecord>(IPersistentState<TRecord> storage, Action deactivate, Action? writeFailed = null)
    where TRecord : class
{
    /// <summary>What is durable; null when nothing has been written.</summary>
    public TRecord? Value { get; private set; } = storage.RecordExists ? storage.State : null;

    /// <summary>Writes the next version. When the outcome of a write is unknown, the record is read again before the exception goes on;
    /// when that is not possible, or another activation has written, the activation is dropped.</summary>
    public async Task WriteAsync(TRecord next)
    {
        storage.State = next;
        try
        {
            await storage.WriteStateAsync();
        }
        catch (InconsistentStateException)
        {
            deactivate();
            writeFailed?.Invoke();
            throw;
        }
        catch
        {
            await ReadAgainAsync();
            writeFailed?.Invoke();
            throw;
        }
        Value = next;
    }

    /// <summary>Deletes the record, if there is one. A failure leaves it as <see cref="WriteAsync"/> does.</summary>
    public async Task ClearAsync()
    {
        if (Value is null) return;
        try
        {
            await storage.ClearStateAsync();
        }
        catch (InconsistentStateException)
        {
            deactivate();
            throw;
        }
        catch
        {
            await ReadAgainAsync();
            throw;
        }
        Value = null;
    }

    private async Task ReadAgainAsync()
    {
        try
        {
            await storage.ReadStateAsync();
            Value = storage.RecordExists ? storage.State : null;
        }
        catch
        {
            // The caller throws the exception of the write, which came first.
            deactivate();
        }
    }
}
