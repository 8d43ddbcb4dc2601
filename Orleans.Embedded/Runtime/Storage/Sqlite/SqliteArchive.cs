using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Orleans.Runtime;
using Orleans.Storage.Sqlite;
using ProvingMarket.Serialization;
using ProvingMarket.Storage.Records;
using ProvingMarket.Storage.Records.Archives;

namespace Orleans.Storage;

/// <summary>The records of a data file for export and import. No silo can use the file meanwhile, and none may be using it. Not part of Orleans.</summary>
public sealed class SqliteArchive : IRecordSource, IRecordTarget
{
    private static readonly TimeSpan s_busyTimeout = TimeSpan.FromSeconds(5);

    private readonly DataFileLock _lock;
    private readonly SqliteConnection _connection;
    private readonly RecordKinds _kinds;
    private readonly RecordTable? _target;
    private bool _isWriting;

    private SqliteArchive(DataFileLock fileLock, SqliteConnection connection, string dataSource, long? openings)
    {
        (_lock, _connection, Description) = (fileLock, connection, dataSource);
        _kinds = new RecordKinds(connection);
        if (openings is { } count) _target = new RecordTable(connection, count, _kinds, known: null);
    }

    /// <inheritdoc cref="IRecordSource.Description"/>
    public string Description { get; }

    private RecordTable Target => _target ?? throw new InvalidOperationException($"{Description} was opened to copy from.");

    /// <summary>Opens a data file to copy from. It is only read: nothing is created or counted in it.</summary>
    /// <param name="dataSource">The file.</param>
    /// <returns>The archive.</returns>
    /// <exception cref="SqliteGrainStorageException">There is none, it has no records of this version, a silo uses it, or it cannot be opened.</exception>
    public static IRecordSource OpenSource(string dataSource) => File.Exists(dataSource)
        ? Open(dataSource, isSource: true)
        : throw new SqliteGrainStorageException($"{dataSource} does not exist.");

    /// <summary>Opens a data file to copy to, creating it and its folder if necessary.</summary>
    /// <param name="dataSource">The file.</param>
    /// <returns>The archive.</returns>
    /// <exception cref="SqliteGrainStorageException">A silo uses it, or it cannot be opened.</exception>
    public static IRecordTarget OpenTarget(string dataSource)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(dataSource))!);
        return Open(dataSource, isSource: false);
    }

    private static SqliteArchive Open(string dataSource, bool isSource)
    {
        DataFileLock? fileLock = null;
        SqliteConnection? connection = null;
        try
        {
            fileLock = DataFileLock.Take(dataSource);
            connection = isSource ? SqliteConnections.OpenReader(dataSource, s_busyTimeout) : SqliteConnections.OpenWriter(dataSource, s_busyTimeout);
            if (isSource) SqliteSchema.Check(connection);
            return new SqliteArchive(fileLock, connection, dataSource, isSource ? null : SqliteSchema.Prepare(connection));
        }
        catch (Exception error)
        {
            connection?.Dispose();
            fileLock?.Dispose();
            if (error is SqliteGrainStorageException) throw;
            throw new SqliteGrainStorageException($"{dataSource} could not be opened: {error.Message}", error);
        }
    }

    Task<IReadOnlyDictionary<RecordKind, long>> IRecordSource.CountAsync(CancellationToken cancellationToken)
    {
        using var command = Command("SELECT storage, state, grain_type, count(*) FROM grain_record GROUP BY 1, 2, 3");
        using var rows = command.ExecuteReader();
        var kinds = new Dictionary<RecordKind, long>();
        while (rows.Read()) kinds[KindOf(rows)] = rows.GetInt64(3);
        return Task.FromResult<IReadOnlyDictionary<RecordKind, long>>(kinds);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ArchivedRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var command = Command("SELECT storage, state, grain_type, CAST(grain_key AS BLOB), CAST(data AS BLOB) FROM grain_record ORDER BY storage, state, grain_type, grain_key");
        using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) yield return new ArchivedRecord(KindOf(rows), (byte[])rows[3], (byte[])rows[4]);
    }

    Task<long> IRecordTarget.CountAsync(CancellationToken cancellationToken) => Task.FromResult(SqliteSchema.Scalar(_connection, "SELECT count(*) FROM record"));

    /// <inheritdoc/>
    public async Task AddAsync(IReadOnlyList<ArchivedRecord> records, CancellationToken cancellationToken)
    {
        if (!_isWriting) Target.Begin([]);
        _isWriting = true;
        for (var i = 0; i < records.Count; i++)
        {
            var record = records[i];
            var data = PooledBuffer.CopyOf(record.Data.Span);
            var write = new PendingWrite(new RecordKey(record.Kind, new IdSpan(record.Key.ToArray())), expected: null, data)
            {
                KindId = _kinds.Find(record.Kind) ?? _kinds.Add(_connection, record.Kind),
            };
            Target.Apply(write);
            write.Publish();
            try
            {
                await write.Task;
            }
            catch (InconsistentStateException error)
            {
                throw new RecordTwiceException(i, error);
            }
        }
    }

    /// <inheritdoc/>
    public Task CommitAsync(CancellationToken cancellationToken)
    {
        if (_isWriting) Target.Commit();
        _isWriting = false;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (_isWriting) Target.Rollback();
        if (_target is null) _connection.Dispose();
        else _target.Dispose();
        _lock.Dispose();
        return ValueTask.CompletedTask;
    }

    private static RecordKind KindOf(SqliteDataReader row) => new(row.GetString(0), row.GetString(1), new GrainType(IdSpan.Create(row.GetString(2))));

    private SqliteCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
