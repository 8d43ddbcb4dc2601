using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Runtime.Outputs;
using ProvingMarket.Storage.Records;

namespace Orleans.Storage.Sqlite;

/// <summary>An open data file: its lock, one thread that writes, some that read, one that tidies the log, and one that finds out which records there are, at first and again when many have gone.</summary>
internal sealed class SqliteDatabase : IAsyncDisposable
{
    private const int MaxPendingReads = 65_536;

    // Of the log: everybody waits while the writer moves that.
    private const int PartLeftToWriter = 64;

    private readonly DataFileLock _lock;
    private readonly DatabaseFile _file;
    private readonly OutputGate? _outputs;
    private readonly RecordTable _table;
    private readonly RecordKinds _kinds;
    private readonly KnownRecords _known = new();
    private readonly RecordScan _scan;
    private readonly GroupCommitWriter _writer;
    private readonly WalCheckpointer _checkpointer;
    private readonly BatchQueue<PendingRead> _reads = new(new QueueRoom(MaxPendingReads, long.MaxValue));
    private readonly List<RecordReader> _readers = [];
    private readonly List<Task> _threads = [];
    private readonly LogUpkeep _upkeep;

    private SqliteDatabase(DataFileLock fileLock, DatabaseFile file, SqliteConnection connection, SqliteGrainStorageOptions options, OutputGate? outputs, ILogger logger)
    {
        (_lock, _file, _outputs) = (fileLock, file, outputs);
        var openings = SqliteSchema.Prepare(connection);
        _kinds = new RecordKinds(connection);
        var checkpointPages = Math.Max(1, options.CheckpointBytes / SqliteSchema.Scalar(connection, "PRAGMA page_size"));
        _table = new RecordTable(connection, openings, _kinds, _known);
        _writer = new GroupCommitWriter(_table, options, logger, outputs, Panic);
        _checkpointer = new WalCheckpointer(SqliteConnections.OpenCheckpointer(options.DataSource, options.BusyTimeout), _file.Flush, little: checkpointPages / PartLeftToWriter);
        _upkeep = new LogUpkeep(_table, _checkpointer, checkpointPages);
        _scan = new RecordScan(SqliteConnections.OpenReader(options.DataSource, options.BusyTimeout), _known, logger);
        for (var i = 0; i < options.Readers; i++) _readers.Add(new RecordReader(SqliteConnections.OpenReader(options.DataSource, options.BusyTimeout), _reads, _table.Unindexed));
    }

    /// <summary>Gets what is known about which records there are.</summary>
    internal KnownRecords Known => _known;

    /// <summary>Gets the number of transactions so far.</summary>
    internal long Transactions => _writer.Transactions;

    /// <summary>Gets how many writes and how many reads wait for their threads.</summary>
    internal (int Writes, int Reads) Waiting => (_writer.Waiting, _reads.Count);

    /// <summary>Opens a data file, creating it and its folder if necessary.</summary>
    /// <param name="options">Which file, and the limits.</param>
    /// <param name="threads">Starts the threads.</param>
    /// <param name="logger">The log.</param>
    /// <param name="outputs">Holds back what tells of changes that grains do not wait for; null when they wait for all.</param>
    /// <returns>The open file.</returns>
    /// <exception cref="SqliteGrainStorageException">It cannot be used: the message says why.</exception>
    internal static SqliteDatabase Open(SqliteGrainStorageOptions options, IDedicatedThreads threads, ILogger logger, OutputGate? outputs = null)
    {
        DataFileLock? fileLock = null;
        DatabaseFile? file = null;
        SqliteConnection? connection = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(options.DataSource))!);
            fileLock = DataFileLock.Take(options.DataSource);
            connection = SqliteConnections.OpenWriter(options.DataSource, options.BusyTimeout);
            file = new DatabaseFile(options.DataSource);
            var database = new SqliteDatabase(fileLock, file, connection, options, outputs, new UnfailingLog(logger));
            database.Start(threads, Path.GetFileName(options.DataSource));
            return database;
        }
        catch (Exception error)
        {
            connection?.Dispose();
            file?.Dispose();
            fileLock?.Dispose();
            if (error is SqliteGrainStorageException) throw;
            throw new SqliteGrainStorageException($"{options.DataSource} could not be opened: {error.Message}", error);
        }
    }

    /// <summary>Reads a record.</summary>
    /// <param name="key">Which record.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <returns>The record, to be disposed, or null.</returns>
    internal async Task<StoredRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        if (_kinds.Find(key.Kind) is not { } kindId || !_known.MayContain(kindId, key.GrainKey)) return null;

        // What was written and not waited for may be this record.
        if (_outputs is { IsDurable: false }) await _outputs.WhenDurableAsync().WaitAsync(cancellationToken);
        var read = new PendingRead(key, kindId);
        if (!await _reads.EnqueueAsync(read, cancellationToken)) throw new SqliteGrainStorageException($"The state {key} was not read: the storage is closed.");
        return await read.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Makes a change durable, or ordered: then it is not on the disk yet, but nobody outside hears of it or of what rests on it before it is.</summary>
    /// <param name="write">The change.</param>
    /// <param name="cancellationToken">Cancels the waiting; a change that is under way is made nevertheless.</param>
    /// <returns>The record's new version; null after it was deleted.</returns>
    internal Task<string?> WriteAsync(PendingWrite write, CancellationToken cancellationToken)
    {
        if (_writer.Stall is { } stall) return Refused(write, stall);
        if (!cancellationToken.CanBeCanceled && TryAnnounce(write)) return _writer.OrderAsync(write);
        var written = _writer.WriteAsync(write, cancellationToken);
        return cancellationToken.CanBeCanceled ? written.WaitAsync(cancellationToken) : written;
    }

    /// <summary>Finishes what is waiting, moves the log into the database file and closes it.</summary>
    /// <returns>A task.</returns>
    public async ValueTask DisposeAsync()
    {
        _writer.Close();
        _reads.Close();
        _checkpointer.Close();
        _scan.Close();
        await Task.WhenAll(_threads);
        foreach (var reader in _readers) reader.Dispose();
        _scan.Dispose();
        _checkpointer.Dispose();
        _table.Dispose();
        _file.Dispose();
        _lock.Dispose();
    }

    private Task<string?> Refused(PendingWrite write, Exception stall)
    {
        write.Data?.Dispose();
        return Task.FromException<string?>(_table.Failure(write, stall));
    }

    // As databases do whose log cannot be written: grains have gone on from what will never be on the disk. Nobody outside has heard of it, and the next start goes on from what is there.
    private static void Panic(Exception error) =>
        Environment.FailFast($"{error.Message} Grains have gone on from it, so this process ends; nothing that was told to anybody is lost, and the next start goes on.", error);

    // Only of a grain, which is the only one to write its records: nobody finds out later that another has. And only what can be told now not to meet a record that is there.
    private bool TryAnnounce(PendingWrite write)
    {
        if (_outputs is null || RuntimeContext.Current is null || _kinds.Find(write.Key.Kind) is not { } kindId) return false;
        return write.ExpectsNone ? write.Data is not null && _known.TryAnnounce(kindId, write.Key.GrainKey) : write.ExpectedVersion > 0;
    }

    private void Start(IDedicatedThreads threads, string file)
    {
        _threads.Add(threads.Start($"{file} writer", WriteOnce));
        _threads.Add(threads.Start($"{file} checkpoints", _checkpointer.WaitAndMove));
        _threads.Add(threads.Start($"{file} scan", _scan.Continue));
        foreach (var reader in _readers) _threads.Add(threads.Start($"{file} reader", reader.WaitAndRead));
    }

    private bool WriteOnce()
    {
        var isMore = _writer.WaitAndCommit();
        if (isMore) _upkeep.AfterCommit();
        return isMore;
    }
}
