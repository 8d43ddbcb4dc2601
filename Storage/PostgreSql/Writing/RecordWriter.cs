using Microsoft.Extensions.Logging;
using Npgsql;
using ProvingMarket.Storage.PostgreSql.Connections;
using ProvingMarket.Storage.Records;

namespace ProvingMarket.Storage.PostgreSql.Writing;

/// <summary>
/// Writes its share of the records: everything that has gathered while one round trip was under way goes into the next one.
/// </summary>
/// <remarks>
/// <para>How a batch can end: (1) the transaction has committed: rows whose version was another have failed alone with a conflict, all others are
/// durable. (2) The server has refused it with an error: it has had no effect. If the fault lies in some row, the batch is halved until that row is
/// found and fails alone; a deadlock with another silo is tried again; anything else fails the batch, and callers know that nothing was written.
/// (3) The connection was lost before the server has said either: nobody knows. Each caller is told so by its own exception
/// (<see cref="WriteOutcomeUnknownException"/>), once the session of the lost connection has ended, and nothing is sent again from here.</para>
/// <para>Why a caller may try again after (3): every attempt writes a version of its own that no record has ever had, and applies only to the
/// version that its caller has read. If the lost attempt took effect, the next one with the old version is refused as a conflict, even though the
/// attempt was its own: its content may be another by now. If it did not, the next one applies. Could the lost attempt still take effect after that?
/// An update or deletion could not: its version has gone. An insertion could, after a deletion; therefore a writer ends the session of its lost
/// connection before it sends anything on a new one, and all changes of a record go through the same writer.</para>
/// </remarks>
/// <param name="connection">The writer's connection.</param>
/// <param name="statements">The statements.</param>
/// <param name="queue">The changes that wait.</param>
/// <param name="nextVersion">Makes versions that were never used before.</param>
/// <param name="source">The database, for messages.</param>
/// <param name="metrics">What is counted.</param>
/// <param name="logger">The log.</param>
internal sealed partial class RecordWriter(
    LastingConnection connection, RecordStatements statements, ChangeQueue queue, Func<long> nextVersion, string source, StorageMetrics metrics, ILogger logger)
    : IAsyncDisposable
{
    private const int MaxDeadlocks = 5;

    private readonly List<PendingWrite> _batch = [];

    /// <summary>Gets the writer's connection.</summary>
    internal LastingConnection Connection => connection;

    /// <summary>Adds a change to the next batch.</summary>
    /// <param name="write">The change.</param>
    /// <param name="cancellationToken">Cancels the waiting for room; a change that has been added is not taken back.</param>
    /// <returns>The record's new version, once the change is durable.</returns>
    internal async Task<string?> WriteAsync(PendingWrite write, CancellationToken cancellationToken)
    {
        var isAdded = false;
        try
        {
            isAdded = await queue.EnqueueAsync(write, cancellationToken);
            if (!isAdded) throw new PostgreSqlGrainStorageException($"The state {write.Key} was not written: the storage is closed.");
        }
        finally
        {
            if (!isAdded) write.Data?.Dispose();
        }

        return await write.Task;
    }

    /// <summary>Writes batches until the writer is closed and has written everything.</summary>
    /// <returns>A task.</returns>
    internal async Task RunAsync()
    {
        while (await queue.TakeAsync(_batch))
        {
            await WriteBatchAsync();
            _batch.Clear();
        }
    }

    /// <summary>Accepts no more changes. Those added before are still written.</summary>
    internal void Close() => queue.Close();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task WriteBatchAsync()
    {
        // Sorted, so that silos that change the same records lock them in the same order.
        var changes = _batch.ConvertAll(write => new Change(write, write.Key.GrainKey.AsSpan().ToArray(), nextVersion()));
        changes.Sort((a, b) => a.Write.KindId == b.Write.KindId ? a.Key.AsSpan().SequenceCompareTo(b.Key) : a.Write.KindId.CompareTo(b.Write.KindId));
        await WriteAsync(changes);
    }

    private async Task WriteAsync(List<Change> changes)
    {
        NpgsqlConnection? open = null;
        try
        {
            open = await connection.GetAsync();
            await CommitAsync(open, changes);
        }
        catch (Exception error) when (open is null || IsRefusal(error))
        {
            await RefusedAsync(changes, error);
        }
        catch (Exception error)
        {
            LogLost(logger, error, changes.Count, source);
            metrics.OutcomeUnknown(changes.Count);
            await FenceAsync();
            foreach (var change in changes)
            {
                change.Write.Fails(new WriteOutcomeUnknownException($"{Sentence(change.Write)}: the connection to {source} was lost while it was under way, so it may have happened or not. {error.Message}"));
                change.Write.Publish(reuseMemory: false);
            }
        }
    }

    // Callers hear of it when the lost session has ended: what they read then stays true. A database that stays away is not waited for longer
    // than for anything else; then only the version keeps the next change apart from the lost one.
    private async Task FenceAsync()
    {
        await connection.LoseAsync();
        try
        {
            await connection.GetAsync();
        }
        catch (Exception error)
        {
            LogNotFenced(logger, error, source);
        }
    }

    private async Task CommitAsync(NpgsqlConnection open, List<Change> changes)
    {
        var applied = await ApplyAsync(open, changes);
        metrics.Written(changes.Count);
        var others = changes.FindAll(change => !IsApplied(change, applied));
        foreach (var change in changes)
        {
            if (!IsApplied(change, applied)) continue;
            change.Write.Applied(change.Write.Data is null ? null : change.Version);
            change.Write.Publish();
        }

        if (others.Count > 0) await ConflictAsync(open, others);
    }

    private static bool IsApplied(Change change, HashSet<long> applied) => applied.Contains(change.Write.Data is null ? change.Write.ExpectedVersion : change.Version);

    // A deadlock is always refused whole: the other side goes on, and this one may try again.
    private async Task<HashSet<long>> ApplyAsync(NpgsqlConnection open, List<Change> changes)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await statements.ApplyAsync(open, changes);
            }
            catch (PostgresException error) when (attempt < MaxDeadlocks && error.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
            {
                LogDeadlock(logger, changes.Count, attempt);
            }
        }
    }

    // The transaction has ended; what these records have now is only told, for whoever looks into the conflict.
    private async Task ConflictAsync(NpgsqlConnection open, List<Change> changes)
    {
        long?[] stored;
        try
        {
            stored = await statements.VersionsAsync(open, changes);
        }
        catch (Exception error)
        {
            LogVersionsUnknown(logger, error, changes.Count);
            if (!IsRefusal(error)) await connection.LoseAsync();
            foreach (var change in changes)
            {
                change.Write.ConflictsUnseen();
                change.Write.Publish();
            }

            return;
        }

        for (var i = 0; i < changes.Count; i++)
        {
            var write = changes[i].Write;
            if (write is { Data: null, ExpectsNone: true } && stored[i] is null) write.Applied(null);
            else write.Conflicts(stored[i]);
            write.Publish();
        }

        metrics.Conflicts(changes.Count);
    }

    private async Task RefusedAsync(List<Change> changes, Exception error)
    {
        if (changes.Count > 1 && IsOfSomeRow(error))
        {
            LogHalved(logger, error, changes.Count);
            await WriteAsync(changes[..(changes.Count / 2)]);
            await WriteAsync(changes[(changes.Count / 2)..]);
            return;
        }

        LogRefused(logger, error, changes.Count, source);
        foreach (var change in changes) Fail(change, PostgreSqlGrainStorageException.Of($"{Sentence(change.Write)}: {error.Message}", error));
    }

    private static void Fail(Change change, Exception error)
    {
        change.Write.Fails(error);
        change.Write.Publish();
    }

    // An error of the statement, on a session that goes on. FATAL and PANIC end the session, and may come after a commit.
    private static bool IsRefusal(Exception error) => error is PostgresException { InvariantSeverity: "ERROR" };

    // Data exceptions, violated constraints, limits of size, and what triggers raise.
    private static bool IsOfSomeRow(Exception error) => error is PostgresException { SqlState: var code } && code[..2] is "22" or "23" or "54" or "P0";

    private string Sentence(PendingWrite write) => $"The state {write.Key} was not {(write.Data is null ? "deleted from" : "written to")} {source}";

    [LoggerMessage(Level = LogLevel.Error, Message = "The connection to {Database} was lost with {Count} changes under way, whose outcome is unknown")]
    private static partial void LogLost(ILogger logger, Exception error, int count, string database);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Database} stays away: changes whose outcome is unknown may still happen")]
    private static partial void LogNotFenced(ILogger logger, Exception error, string database);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} changes were not written to {Database}")]
    private static partial void LogRefused(ILogger logger, Exception error, int count, string database);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A batch of {Count} changes was refused; it is halved to find the row that is at fault")]
    private static partial void LogHalved(ILogger logger, Exception error, int count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A batch of {Count} changes met a deadlock or the like, attempt {Attempt}")]
    private static partial void LogDeadlock(ILogger logger, int count, int attempt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The versions of {Count} records in conflict could not be read")]
    private static partial void LogVersionsUnknown(ILogger logger, Exception error, int count);
}
