using System.Data.Common;
using System.Runtime.CompilerServices;

namespace ProvingMarket.Storage.Records.Archives;

/// <summary>Reads storages of any kind: what keeps one from being read is told alike, with the storage's name.</summary>
public static class RecordSourceExtensions
{
    /// <summary>Counts the records of each kind.</summary>
    /// <param name="source">The storage.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The kinds that have records.</returns>
    /// <exception cref="StateArchiveException">The storage could not be read: its connection was lost, or its file is damaged.</exception>
    public static Task<IReadOnlyDictionary<RecordKind, long>> CountAllAsync(this IRecordSource source, CancellationToken cancellationToken) =>
        ToldAsync(source, () => source.CountAsync(cancellationToken));

    /// <summary>Reads all records.</summary>
    /// <param name="source">The storage.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The records, in a fixed order.</returns>
    /// <exception cref="StateArchiveException">The storage could not be read to its end: its connection was lost, or its file is damaged.</exception>
    public static async IAsyncEnumerable<ArchivedRecord> ReadAllAsync(this IRecordSource source, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var records = source.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await ToldAsync(source, () => records.MoveNextAsync().AsTask())) yield return records.Current;
    }

    private static async Task<T> ToldAsync<T>(IRecordSource source, Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception error) when (error is DbException or IOException)
        {
            // A server's answer goes on with details of the statement, which nobody who copies a storage knows.
            throw new StateArchiveException($"{source.Description} could not be read: {error.Message.Split('\n')[0].TrimEnd()}", error);
        }
    }
}
