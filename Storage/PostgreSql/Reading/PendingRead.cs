using ProvingMarket.Storage.Records;

namespace ProvingMarket.Storage.PostgreSql.Reading;

/// <summary>A record as it was read.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Data">Its content as JSON.</param>
internal sealed record StoredRecord(long Version, byte[] Data);

/// <summary>A caller that waits for a record to be read.</summary>
/// <param name="key">Which record.</param>
/// <param name="kindId">The number of its kind.</param>
internal sealed class PendingRead(RecordKey key, int kindId) : TaskCompletionSource<StoredRecord?>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>Gets which record.</summary>
    internal RecordKey Key => key;

    /// <summary>Gets the number of its kind.</summary>
    internal int KindId => kindId;
}
