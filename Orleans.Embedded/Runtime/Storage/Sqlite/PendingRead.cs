using ProvingMarket.Serialization;
using ProvingMarket.Storage.Records;

namespace Orleans.Storage.Sqlite;

/// <summary>A record as it was read. Disposing it gives the memory back.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Data">Its content as JSON.</param>
internal sealed record StoredRecord(long Version, PooledBuffer Data) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Data.Dispose();
}

/// <summary>A caller that waits for a record to be read.</summary>
/// <param name="key">Which record.</param>
/// <param name="kindId">The number of its kind.</param>
internal sealed class PendingRead(RecordKey key, long kindId) : TaskCompletionSource<StoredRecord?>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>Gets which record.</summary>
    internal RecordKey Key => key;

    /// <summary>Gets the number of its kind.</summary>
    internal long KindId => kindId;

    /// <summary>Gets or sets where it is when the index does not name it yet, as the reader finds before its snapshot begins.</summary>
    internal UnindexedRecords.Place Place { get; set; }
}
