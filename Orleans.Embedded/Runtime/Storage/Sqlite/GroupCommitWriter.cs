using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using ProvingMarket.Storage.Records;

namespace Orleans.Storage.Sqlite;

/// <summary>
/// Writes records: everything that has gathered while one transaction was written to the disk goes into the next one. A record whose
/// version is another fails alone; when a transaction fails, its changes are tried again one by one, so that each caller learns the truth.
/// </summary>
/// <param name="table">The data file, used by one thread at a time.</param>
/// <param name="limits">How much may wait, and share a transaction.</param>
/// <param name="logger">The log.</param>
internal sealed partial class GroupCommitWriter(RecordTable table, SqliteGrainStorageOptions limits, ILogger logger)
{
    // Of the time that the last transaction took: little beside what whoever waits has to wait for anyway, however slow the disk or busy the machine.
    private const double Gathering = 0.1;

    private readonly BatchQueue<PendingWrite> _queue = new(new QueueRoom(limits.MaxPendingWrites, limits.MaxPendingBytes), write => write.Size);
    private readonly List<PendingWrite> _group = [];
    private long _transactions;

    /// <summary>Gets the number of transactions so far.</summary>
    internal long Transactions => Volatile.Read(ref _transactions);

    /// <summary>Adds a change to the next transaction.</summary>
    /// <param name="write">The change.</param>
    /// <param name="cancellationToken">Cancels the waiting for room; a change that has been added is not taken back.</param>
    /// <returns>The record's new version, once the change is on the disk.</returns>
    internal Task<string?> WriteAsync(PendingWrite write, CancellationToken cancellationToken)
    {
        var added = _queue.EnqueueAsync(write, cancellationToken);
        return added is { IsCompletedSuccessfully: true, Result: true } ? write.Task : AddedAsync(write, added);
    }

    /// <summary>Writes the next group; waits until there is one. Called by the writing thread, again and again.</summary>
    /// <returns>False once the writer is closed and has written everything.</returns>
    internal bool WaitAndCommit()
    {
        if (!_queue.WaitAndTake(_group, limits.MaxGroupSize, limits.MaxGroupBytes)) return false;

        var written = _group.Count;
        var began = Stopwatch.GetTimestamp();
        CommitGroup();

        // Whoever writes again and again joins those who came meanwhile, instead of taking turns with them: half the transactions, and no
        // longer a wait than for the other half's.
        if (written > 1) _queue.LetGather(written, Stopwatch.GetElapsedTime(began) * Gathering);
        return true;
    }

    /// <summary>Writes what has gathered as one group, without waiting.</summary>
    /// <returns>Whether there was anything.</returns>
    internal bool CommitPending()
    {
        if (!_queue.TryTake(_group, limits.MaxGroupSize, limits.MaxGroupBytes)) return false;

        CommitGroup();
        return true;
    }

    /// <summary>Accepts no more changes. Those added before are still written.</summary>
    internal void Close() => _queue.Close();

    private static async Task<string?> AddedAsync(PendingWrite write, ValueTask<bool> added)
    {
        var isAdded = false;
        try
        {
            isAdded = await added;
            if (!isAdded) throw new SqliteGrainStorageException($"The state {write.Key} was not written: the storage is closed.");
        }
        finally
        {
            if (!isAdded) write.Data?.Dispose();
        }

        return await write.Task;
    }

    private void CommitGroup()
    {
        if (TryCommit(_group) is { } error)
        {
            if (_group.Count == 1) _group[0].Fails(table.Failure(_group[0], error));
            else CommitOneByOne(error);
        }

        foreach (var write in _group) write.Publish();
        _group.Clear();
    }

    private void CommitOneByOne(Exception error)
    {
        LogGroupFailed(logger, error, _group.Count);
        foreach (var write in _group)
        {
            if (TryCommit([write]) is { } own) write.Fails(table.Failure(write, own));
        }
    }

    private Exception? TryCommit(List<PendingWrite> writes)
    {
        try
        {
            Interlocked.Increment(ref _transactions);
            table.Begin(writes);
            foreach (var write in writes) table.Apply(write);
            table.Commit();
            return null;
        }
        catch (Exception error)
        {
            table.Rollback();
            return error;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A transaction of {Count} changes failed; they are tried again one by one.")]
    private static partial void LogGroupFailed(ILogger logger, Exception error, int count);
}
