using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using ProvingMarket.Storage.PostgreSql.Connections;
using ProvingMarket.Storage.PostgreSql.Reading;
using ProvingMarket.Storage.PostgreSql.Writing;
using ProvingMarket.Storage.Records;

namespace ProvingMarket.Storage.PostgreSql;

/// <summary>An open database: the connections that write, each its share of the records, and those that read.</summary>
internal sealed partial class PostgreSqlDatabase : IAsyncDisposable
{
    // Versions never come back, not even after a record was deleted and written again or the silo has died: they begin with the number of times
    // that the schema has been opened, by any silo.
    private const int VersionBitsForOneOpening = 40;

    // For a database that is there but slow to answer; for one that is not, all that wait share it.
    private static readonly TimeSpan s_closingPatience = TimeSpan.FromSeconds(2);

    private readonly PostgreSqlSource _source;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _abandoned = new();
    private readonly RecordKinds _kinds;
    private readonly RecordWriter[] _writers;
    private readonly RecordReader[] _readers;
    private readonly Channel<PendingRead> _reads;
    private readonly Task _work;
    private long _lastVersion;
    private Task? _closed;

    private PostgreSqlDatabase(PostgreSqlSource source, long openings, PostgreSqlGrainStorageOptions options, TimeProvider time, ILogger logger)
    {
        _source = source;
        _lastVersion = openings << VersionBitsForOneOpening;
        _kinds = new RecordKinds(Connect(), source);
        _reads = Channel.CreateBounded<PendingRead>(options.MaxPending);
        var statements = new RecordStatements(source.Names);
        _writers = [.. Enumerable.Range(0, options.Writers).Select(_ => new RecordWriter(
            Connect(), statements, new ChangeQueue(new QueueRoom(options.MaxPending, options.MaxPendingBytes), options.MaxBatchSize, options.MaxBatchBytes), NextVersion, source.Description, Metrics, logger))];
        _readers = [.. Enumerable.Range(0, options.Readers).Select(_ => new RecordReader(Connect(), _reads.Reader, source.Names, options.MaxBatchSize, source.Description, logger))];
        Task[] keeping = source.Lease is { } lease ? [Task.Run(() => lease.KeepAsync(_closing.Token))] : [];
        _work = Task.WhenAll([.. keeping, .. _writers.Select(writer => Task.Run(writer.RunAsync)), .. _readers.Select(reader => Task.Run(reader.RunAsync))]);

        LastingConnection Connect() => new(source, options.OutagePatience, time, logger, _closing.Token, _abandoned.Token);
    }

    /// <summary>Gets what is counted.</summary>
    internal StorageMetrics Metrics { get; } = new();

    /// <summary>Gets the server's processes that write for this.</summary>
    internal IReadOnlyList<int> WriterProcessIds => [.. _writers.Select(writer => writer.Connection.ProcessId)];

    /// <summary>Gets the server's process that holds the lock of a silo that is alone; 0 when there is none.</summary>
    internal int LeaseProcessId => _source.Lease?.ProcessId ?? 0;

    /// <summary>Gets a task that ends when a silo that has to be alone has lost its schema to another one; null when silos share it.</summary>
    internal Task<PostgreSqlInUseException>? Lost => _source.Lease?.Lost;

    /// <summary>Opens a database, creating or migrating its tables if necessary.</summary>
    /// <param name="options">Which database, and the limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The open database.</returns>
    /// <exception cref="PostgreSqlGrainStorageException">It cannot be used: the message says why.</exception>
    internal static async Task<PostgreSqlDatabase> OpenAsync(PostgreSqlGrainStorageOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken = default)
    {
        var log = new UnfailingLog(logger);
        var source = new PostgreSqlSource(options);
        PostgreSqlDatabase? database = null;
        try
        {
            if (options.SingleSilo)
            {
                source.Lease = new SiloLease(source, time, log);
                await source.Lease.TakeAsync(cancellationToken);
            }

            await using (var connection = await source.OpenSharedAsync(cancellationToken))
            {
                var openings = await source.PrepareAsync(connection, options.Cluster, cancellationToken);
                source.Lease?.Opened(openings);
                await WarnAsync(connection, source, log, cancellationToken);
                database = new PostgreSqlDatabase(source, openings, options, time, log);

                // Before this connection ends: from its first to its last moment a silo keeps exports and imports out.
                foreach (var writer in database._writers) await writer.Connection.GetAsync();
            }

            return database;
        }
        catch (Exception error)
        {
            if (database is not null) await database.DisposeAsync();
            else await source.DisposeAsync();
            if (error is PostgreSqlGrainStorageException or OperationCanceledException) throw;
            throw PostgreSqlGrainStorageException.Of($"{source.Description} could not be opened: {error.Message}{(error.InnerException is { } inner ? $": {inner.Message}" : null)}", error);
        }
    }

    /// <summary>Reads a record.</summary>
    /// <param name="key">Which record.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    /// <returns>The record, or null.</returns>
    internal async Task<StoredRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        ThrowIfClosed(key);
        var read = new PendingRead(key, await _kinds.GetAsync(key.Kind, cancellationToken));
        if (!_reads.Writer.TryWrite(read))
        {
            try
            {
                await _reads.Writer.WriteAsync(read, cancellationToken);
            }
            catch (ChannelClosedException)
            {
                throw Closed(key);
            }
        }

        return await read.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Makes a change durable.</summary>
    /// <param name="write">The change.</param>
    /// <param name="cancellationToken">Cancels the waiting; a change that is under way is made nevertheless.</param>
    /// <returns>The record's new version; null after it was deleted.</returns>
    internal async Task<string?> WriteAsync(PendingWrite write, CancellationToken cancellationToken)
    {
        try
        {
            ThrowIfClosed(write.Key);
            write.KindId = await _kinds.GetAsync(write.Key.Kind, cancellationToken);
        }
        catch
        {
            write.Data?.Dispose();
            throw;
        }

        var written = _writers[(uint)write.Key.GetHashCode() % _writers.Length].WriteAsync(write, cancellationToken);
        return await (cancellationToken.CanBeCanceled ? written.WaitAsync(cancellationToken) : written);
    }

    /// <summary>
    /// Finishes what is waiting and closes the connections. A database that cannot be reached has two seconds for everything that waits; a round trip that is under way has
    /// its <see cref="PostgreSqlGrainStorageOptions.StatementTimeout"/>.
    /// </summary>
    /// <returns>A task.</returns>
    public ValueTask DisposeAsync()
    {
        lock (_closing) return new ValueTask(_closed ??= CloseAsync());
    }

    private async Task CloseAsync()
    {
        _abandoned.CancelAfter(s_closingPatience);
        await _closing.CancelAsync();
        foreach (var writer in _writers) writer.Close();
        _reads.Writer.TryComplete();
        await _work;
        foreach (var writer in _writers) await writer.DisposeAsync();
        foreach (var reader in _readers) await reader.DisposeAsync();
        await _kinds.DisposeAsync();
        await _source.DisposeAsync();
        Metrics.Dispose();
    }

    private static async Task WarnAsync(NpgsqlConnection connection, PostgreSqlSource source, ILogger logger, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'", connection);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) LogNotDurable(logger, source.Description, rows.GetString(0));
    }

    private long NextVersion() => Interlocked.Increment(ref _lastVersion);

    private void ThrowIfClosed(RecordKey key)
    {
        if (_closing.IsCancellationRequested) throw Closed(key);
    }

    private static PostgreSqlGrainStorageException Closed(RecordKey key) => new($"The state {key} was not read or written: the storage is closed.");

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Database} runs with {Setting} = off: what is acknowledged can be lost when its machine loses power")]
    private static partial void LogNotDurable(ILogger logger, string database, string setting);
}
