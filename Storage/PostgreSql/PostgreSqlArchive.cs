using System.Globalization;
using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using ProvingMarket.Storage.PostgreSql.Connections;
using ProvingMarket.Storage.Records;
using ProvingMarket.Storage.Records.Archives;

namespace ProvingMarket.Storage.PostgreSql;

/// <summary>The records of a schema for export and import. No silo can use it meanwhile, and none may be using it.</summary>
public sealed class PostgreSqlArchive : IRecordSource, IRecordTarget
{
    private const int VersionBitsForOneOpening = 40;

    private readonly PostgreSqlSource _source;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly Dictionary<RecordKind, int> _kinds = [];
    private long _lastVersion;

    private PostgreSqlArchive(PostgreSqlSource source, NpgsqlConnection connection, NpgsqlTransaction transaction, long openings)
    {
        (_source, _connection, _transaction) = (source, connection, transaction);
        _lastVersion = openings << VersionBitsForOneOpening;
    }

    /// <inheritdoc cref="IRecordSource.Description"/>
    public string Description => _source.Description;

    /// <summary>Opens a schema to copy from. It is only read: nothing is created, migrated or counted, and a role that may read is enough.</summary>
    /// <param name="options">Which database and schema.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The archive.</returns>
    /// <exception cref="PostgreSqlInUseException">A silo uses it.</exception>
    /// <exception cref="PostgreSqlGrainStorageException">It cannot be opened, or has no records of a market of this version.</exception>
    public static async Task<IRecordSource> OpenSourceAsync(PostgreSqlGrainStorageOptions options, CancellationToken cancellationToken = default) =>
        await OpenAsync(options, isSource: true, cancellationToken);

    /// <summary>Opens a schema to copy to, creating or migrating its tables if necessary.</summary>
    /// <param name="options">Which database and schema.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The archive.</returns>
    /// <exception cref="PostgreSqlInUseException">A silo uses it.</exception>
    /// <exception cref="PostgreSqlGrainStorageException">It cannot be opened.</exception>
    public static async Task<IRecordTarget> OpenTargetAsync(PostgreSqlGrainStorageOptions options, CancellationToken cancellationToken = default) =>
        await OpenAsync(options, isSource: false, cancellationToken);

    private static async Task<PostgreSqlArchive> OpenAsync(PostgreSqlGrainStorageOptions options, bool isSource, CancellationToken cancellationToken)
    {
        if (PostgreSqlGrainStorageOptionsValidator.Check(options).FirstOrDefault() is { } problem) throw new PostgreSqlGrainStorageException(problem);
        var source = new PostgreSqlSource(options);
        NpgsqlConnection? connection = null;
        try
        {
            connection = await source.OpenAloneAsync(cancellationToken);
            var openings = 0L;
            if (isSource) await source.CheckAsync(connection, cancellationToken);
            else openings = await source.PrepareAsync(connection, cluster: null, cancellationToken);
            return new PostgreSqlArchive(source, connection, await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken), openings);
        }
        catch (Exception error)
        {
            if (connection is not null) await connection.DisposeAsync();
            await source.DisposeAsync();
            if (error is NpgsqlException) throw PostgreSqlGrainStorageException.Of($"{source.Description} could not be opened: {error.Message}", error);
            throw;
        }
    }

    async Task<IReadOnlyDictionary<RecordKind, long>> IRecordSource.CountAsync(CancellationToken cancellationToken)
    {
        var kinds = new Dictionary<RecordKind, long>();
        await using var command = Command($"SELECT storage, state, grain_type, count(*) FROM {_source.Names.Record} JOIN {_source.Names.Kind} ON id = kind GROUP BY 1, 2, 3");
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) kinds[KindOf(rows)] = rows.GetInt64(3);
        return kinds;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ArchivedRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = Command($"SELECT storage, state, grain_type, grain_key, data FROM {_source.Names.Record} JOIN {_source.Names.Kind} ON id = kind ORDER BY storage, state, grain_type, grain_key");
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            yield return new ArchivedRecord(KindOf(rows), await rows.GetFieldValueAsync<byte[]>(3, cancellationToken), await rows.GetFieldValueAsync<byte[]>(4, cancellationToken));
    }

    async Task<long> IRecordTarget.CountAsync(CancellationToken cancellationToken)
    {
        await using var command = Command($"SELECT count(*) FROM {_source.Names.Record}");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <inheritdoc/>
    public async Task AddAsync(IReadOnlyList<ArchivedRecord> records, CancellationToken cancellationToken)
    {
        foreach (var record in records)
        {
            if (!_kinds.ContainsKey(record.Kind)) _kinds[record.Kind] = await KindIdAsync(record.Kind, cancellationToken);
        }

        await using var rows = await _connection.BeginBinaryImportAsync($"COPY {_source.Names.Record} (kind, grain_key, version, data) FROM STDIN (FORMAT BINARY)", cancellationToken);
        foreach (var record in records)
        {
            await rows.StartRowAsync(cancellationToken);
            await rows.WriteAsync(_kinds[record.Kind], NpgsqlDbType.Integer, cancellationToken);
            await rows.WriteAsync(record.Key, NpgsqlDbType.Bytea, cancellationToken);
            await rows.WriteAsync(++_lastVersion, NpgsqlDbType.Bigint, cancellationToken);
            await rows.WriteAsync(record.Data, NpgsqlDbType.Text, cancellationToken);
        }

        try
        {
            await rows.CompleteAsync(cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new RecordTwiceException(IndexOf(error), error);
        }
    }

    /// <inheritdoc/>
    public Task CommitAsync(CancellationToken cancellationToken) => _transaction.CommitAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
        await _source.DisposeAsync();
    }

    // "COPY record, line 3", in the server's language.
    private static int? IndexOf(PostgresException error) =>
        int.TryParse(string.Concat((error.Where ?? "").Where(char.IsAsciiDigit)), NumberStyles.None, CultureInfo.InvariantCulture, out var line) ? line - 1 : null;

    private static RecordKind KindOf(NpgsqlDataReader row) => new(row.GetString(0), row.GetString(1), new GrainType(IdSpan.Create(row.GetString(2))));

    // However much there is: an archive takes the time it takes.
    private NpgsqlCommand Command(string sql) => new(sql, _connection) { CommandTimeout = 0 };

    private async Task<int> KindIdAsync(RecordKind kind, CancellationToken cancellationToken)
    {
        await using var command = Command($"""
            INSERT INTO {_source.Names.Kind} (storage, state, grain_type) VALUES ($1, $2, $3)
            ON CONFLICT (storage, state, grain_type) DO UPDATE SET storage = excluded.storage RETURNING id
            """);
        foreach (var part in new[] { kind.Storage, kind.State, kind.GrainType.ToString()! }) command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = part });
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
