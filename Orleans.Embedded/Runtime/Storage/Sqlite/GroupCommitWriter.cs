using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime.Outputs;
using ProvingMarket.Storage.Records;

namespace Orleans.Storage.Sqlite;

/// <summary>
/// Writes records: everything that has gathered while one transaction was written to the disk goes into the next one. A record whose
/// version is another fails alone; when a transaction fails, its changes are tried again one by one, so that each caller learns the truth.
/// A change that nobody waits for is tried until it is made, and nothing after it is made without it.
/// </summary>
/// <param name="table">The data file, used by one thread at a time.</param>
/// <param name="limits">How much may wait, and share a transaction.</param>
/// <param name="logger">The log.</param>
/// <param name="outputs">Holds back what tells of changes that nobody waits for; null when there are none.</param>
/// <param name="onHopeless">Called when a change that nobody waits for can never be made: memory is ahead of the disk for good. Null for nothing: it is tried again.</param>
internal sealed partial class GroupCommitWriter(
    RecordTable table, SqliteGrainStorageOptions limits, ILogger logger, OutputGate? outputs = null, Action<Exception>? onHopeless = null)
{
    // Of the time that the last transaction took: little beside what whoever waits has to wait for anyway, however slow the disk or busy the machine.
    private const double Gathering = 0.1;

    private static readonly TimeSpan s_untilTriedAgain = TimeSpan.FromMilliseconds(100);

    private readonly BatchQueue<PendingWrite> _queue = new(
        new QueueRoom(limits.MaxPendingWrites, limits.MaxPendingBytes), write => write.Size, write => TakePlace(write, outputs));
    private readonly List<PendingWrite> _group = [];
    private readonly List<PendingWrite> _waiting = [];
    private volatile Exception? _stall;
    private bool _isGivenUp;
    private long _transactions;

    /// <summary>Gets the number of transactions so far.</summary>
    internal long Transactions => Volatile.Read(ref _transactions);

    /// <summary>Gets how many changes wait for their transaction.</summary>
    internal int Waiting => _queue.Count;

    /// <summary>Gets why a change that nobody waits for cannot be made for now, and nothing after it; null when all is well.</summary>
    internal Exception? Stall => _stall;

    /// <summary>Adds a change to the next transaction.</summary>
    /// <param name="write">The change.</param>
    /// <param name="cancellationToken">Cancels the waiting for room; a change that has been added is not taken back.</param>
    /// <returns>The record's new version, once the change is on the disk.</returns>
    internal Task<string?> WriteAsync(PendingWrite write, CancellationToken cancellationToken)
    {
        var added = _queue.EnqueueAsync(write, cancellationToken);
        return added is { IsCompletedSuccessfully: true, Result: true } ? write.Task : AddedAsync(write, added);
    }

    /// <summary>Adds a change that nobody waits for. Whoever could hear of it outside hears nothing before it is on the disk.</summary>
    /// <param name="write">The change.</param>
    /// <returns>The record's new version, once the change has its place.</returns>
    internal Task<string?> OrderAsync(PendingWrite write)
    {
        write.WillBeOrdered(table.NextVersion());
        var added = _queue.EnqueueAsync(write, CancellationToken.None);
        return added is { IsCompletedSuccessfully: true, Result: true } ? Task.FromResult(write.Ordered()) : OrderedAsync(write, added);
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

    private static void TakePlace(PendingWrite write, OutputGate? outputs)
    {
        if (write.IsOrdered) write.TakePlace(outputs!.Order());
    }

    private static async Task<string?> OrderedAsync(PendingWrite write, ValueTask<bool> added)
    {
        await AddAsync(write, added);
        return write.Ordered();
    }

    private static async Task<string?> AddedAsync(PendingWrite write, ValueTask<bool> added)
    {
        await AddAsync(write, added);
        return await write.Task;
    }

    private static async Task AddAsync(PendingWrite write, ValueTask<bool> added)
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
    }

    private void CommitGroup()
    {
        if (_isGivenUp) Refuse(_group, _stall!);
        else if (TryCommit(_group) is not { } error) SayDurable(_group.FindLast(static write => write.IsOrdered));
        else if (_group is [{ IsOrdered: false } only]) only.Fails(table.Failure(only, error));
        else CommitOneByOne(error);

        foreach (var write in _group)
        {
            if (!write.Task.IsCompleted) write.Publish();
        }

        _group.Clear();
    }

    private void CommitOneByOne(Exception error)
    {
        LogGroupFailed(logger, error, _group.Count);
        foreach (var write in _group)
        {
            // Told already, while another was tried again and again.
            if (write.Task.IsCompleted) continue;

            var own = TryCommit([write]);
            if (!write.IsOrdered && own is not null) write.Fails(table.Failure(write, own));
            else if (own is not null && !CommitLater(write, own)) return;
            if (write.IsOrdered) SayDurable(write);
        }
    }

    // Tries again until it is made, or the storage is closed. Whoever waits for the disk, or comes meanwhile, is told instead.
    private bool CommitLater(PendingWrite write, Exception error)
    {
        LogStalled(logger, error, write.Key);
        for (Exception? stall = error; stall is not null; stall = TryCommit([write]))
        {
            if (IsHopeless(stall)) onHopeless?.Invoke(table.Failure(write, stall));
            _stall = stall;
            outputs!.Stall(table.Failure(write, stall));
            Refuse(_group, stall);
            _queue.TakeWhere(_waiting, static waiting => !waiting.IsOrdered);
            Refuse(_waiting, stall);
            _waiting.Clear();
            _isGivenUp = _queue.WaitUntilClosed(s_untilTriedAgain);
            if (!_isGivenUp) continue;
            LogGivenUp(logger, write.Key);
            return false;
        }

        _stall = null;
        LogGoesOn(logger);
        return true;
    }

    private static bool IsHopeless(Exception error) => error is InconsistentStateException || (error as SqliteError ?? error.InnerException as SqliteError) is { IsFinal: true };

    private void Refuse(List<PendingWrite> writes, Exception error)
    {
        foreach (var write in writes)
        {
            if (write.IsOrdered || write.Task.IsCompleted) continue;
            write.Fails(table.Failure(write, error));
            write.Publish();
        }
    }

    private void SayDurable(PendingWrite? lastOrdered)
    {
        if (lastOrdered is not null) outputs!.Durable(lastOrdered.Position);
    }

    private Exception? TryCommit(List<PendingWrite> writes)
    {
        try
        {
            Interlocked.Increment(ref _transactions);
            table.Begin(writes);
            foreach (var write in writes)
            {
                table.Apply(write);

                // What came after it may rest on it.
                if (write is { IsOrdered: true, Error: { } own }) throw own;
            }

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

    [LoggerMessage(Level = LogLevel.Error, Message = "The state {Record} cannot be written for now. Nothing that is told outside rests on it; reads and writes are refused until it is written.")]
    private static partial void LogStalled(ILogger logger, Exception error, RecordKey record);

    [LoggerMessage(Level = LogLevel.Information, Message = "What could not be written is written; reads and writes go on.")]
    private static partial void LogGoesOn(ILogger logger);

    [LoggerMessage(Level = LogLevel.Error, Message = "The storage is closed without the state {Record} and what came after it. Nothing that was told outside rests on them.")]
    private static partial void LogGivenUp(ILogger logger, RecordKey record);
}
