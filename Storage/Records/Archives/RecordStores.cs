namespace ProvingMarket.Storage.Records.Archives;

/// <summary>A record outside of its storage. Its version is not kept: a storage gives its own.</summary>
/// <param name="Kind">What it has in common with others.</param>
/// <param name="Key">The grain's key.</param>
/// <param name="Data">The content as JSON.</param>
public sealed record ArchivedRecord(RecordKind Kind, ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Data);

/// <summary>A storage whose records are copied. Nobody else uses it until it is disposed.</summary>
public interface IRecordSource : IAsyncDisposable
{
    /// <summary>Gets which storage it is, for messages.</summary>
    string Description { get; }

    /// <summary>Counts the records of each kind.</summary>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The kinds that have records.</returns>
    Task<IReadOnlyDictionary<RecordKind, long>> CountAsync(CancellationToken cancellationToken);

    /// <summary>Reads all records.</summary>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The records, in a fixed order.</returns>
    IAsyncEnumerable<ArchivedRecord> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>An empty storage that receives records, all or none. Nobody else uses it until it is disposed.</summary>
public interface IRecordTarget : IAsyncDisposable
{
    /// <summary>Gets which storage it is, for messages.</summary>
    string Description { get; }

    /// <summary>Counts the records that are there.</summary>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>How many there are.</returns>
    Task<long> CountAsync(CancellationToken cancellationToken);

    /// <summary>Adds records. They are there for others only after <see cref="CommitAsync"/>, and gone if that is never called.</summary>
    /// <param name="records">The records, none of which is there yet.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>A task.</returns>
    /// <exception cref="RecordTwiceException">One of them is there already.</exception>
    Task AddAsync(IReadOnlyList<ArchivedRecord> records, CancellationToken cancellationToken);

    /// <summary>Makes everything that was added durable.</summary>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>A task.</returns>
    Task CommitAsync(CancellationToken cancellationToken);
}

/// <summary>What an export wrote or an import read.</summary>
/// <param name="Records">How many records.</param>
/// <param name="Kinds">How many of each kind.</param>
/// <param name="Sha256">The hash of the archive, in hexadecimal.</param>
public sealed record ArchiveSummary(long Records, IReadOnlyDictionary<RecordKind, long> Kinds, string Sha256);

/// <summary>A record cannot be added: it is there already.</summary>
/// <param name="index">Which of those that were to be added; null when the storage does not say.</param>
/// <param name="innerException">The storage's refusal.</param>
public sealed class RecordTwiceException(int? index, Exception innerException) : Exception("The record is there already.", innerException)
{
    /// <summary>Gets which of the records that were to be added it is, from 0; null when the storage does not say.</summary>
    public int? Index { get; } = index;
}

/// <summary>An archive cannot be read or does not fit, or a storage cannot be read or cannot take it: nothing has been imported.</summary>
public sealed class StateArchiveException : Exception
{
    /// <summary>Initializes the exception.</summary>
    /// <param name="message">The line, and what is wrong with it.</param>
    public StateArchiveException(string message) : base(message)
    {
    }

    /// <summary>Initializes the exception.</summary>
    /// <param name="message">The line, and what is wrong with it.</param>
    /// <param name="innerException">The cause.</param>
    public StateArchiveException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
