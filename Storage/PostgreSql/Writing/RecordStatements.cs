using System.Data;
using Npgsql;
using NpgsqlTypes;
using ProvingMarket.Storage.PostgreSql.Schema;
using ProvingMarket.Storage.Records;

namespace ProvingMarket.Storage.PostgreSql.Writing;

/// <summary>
/// The statements that change a batch of records: one each for those that are new, changed and deleted, all sent at once and one transaction. Each
/// row is changed only if its version is the expected one, and says so by returning its version.
/// </summary>
/// <param name="names">The names of the tables.</param>
internal sealed class RecordStatements(SchemaNames names)
{
    private readonly string _insert = $"""
        INSERT INTO {names.Record} (kind, grain_key, version, data)
        SELECT * FROM unnest($1, $2, $3, $4)
        ON CONFLICT DO NOTHING RETURNING version
        """;

    private readonly string _update = $"""
        UPDATE {names.Record} AS r SET version = c.version, data = c.data
        FROM unnest($1, $2, $3, $4, $5) AS c (kind, grain_key, version, data, expected)
        WHERE r.kind = c.kind AND r.grain_key = c.grain_key AND r.version = c.expected RETURNING r.version
        """;

    private readonly string _delete = $"""
        DELETE FROM {names.Record} AS r USING unnest($1, $2, $3) AS c (kind, grain_key, expected)
        WHERE r.kind = c.kind AND r.grain_key = c.grain_key AND r.version = c.expected RETURNING r.version
        """;

    private readonly string _versions = $"""
        SELECT c.n, r.version FROM unnest($1, $2) WITH ORDINALITY AS c (kind, grain_key, n)
        JOIN {names.Record} AS r ON r.kind = c.kind AND r.grain_key = c.grain_key
        """;

    /// <summary>Runs a batch as one transaction.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="changes">The changes, each of another record.</param>
    /// <returns>The versions that rows had: the new one of a row that was written, the last one of a row that was deleted. Rows that had another
    /// version than the expected one are not among them. Returned once the transaction has ended, not before.</returns>
    internal async Task<HashSet<long>> ApplyAsync(NpgsqlConnection connection, IReadOnlyList<Change> changes)
    {
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, _insert, [.. changes.Where(change => change.Write is { Data: not null, ExpectsNone: true })]);
        Add(batch, _update, [.. changes.Where(change => change.Write is { Data: not null, ExpectsNone: false })]);
        Add(batch, _delete, [.. changes.Where(change => change.Write is { Data: null, ExpectsNone: false })]);

        var versions = new HashSet<long>();
        if (batch.BatchCommands.Count == 0) return versions;

        // Rows come before the commit; the end of the results comes after it. Success is reported by nothing less.
        await using var reader = await batch.ExecuteReaderAsync(CommandBehavior.Default, CancellationToken.None);
        do
        {
            while (await reader.ReadAsync(CancellationToken.None)) versions.Add(reader.GetInt64(0));
        }
        while (await reader.NextResultAsync(CancellationToken.None));
        return versions;
    }

    /// <summary>Reads the versions that are stored.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="changes">The changes whose records to look at.</param>
    /// <returns>The versions, in the same order; null for no record.</returns>
    internal async Task<long?[]> VersionsAsync(NpgsqlConnection connection, IReadOnlyList<Change> changes)
    {
        await using var command = new NpgsqlCommand(_versions, connection);
        AddKeys(command.Parameters, changes);
        var versions = new long?[changes.Count];
        await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
        while (await reader.ReadAsync(CancellationToken.None)) versions[reader.GetInt64(0) - 1] = reader.GetInt64(1);
        return versions;
    }

    private void Add(NpgsqlBatch batch, string sql, Change[] changes)
    {
        if (changes.Length == 0) return;
        var command = new NpgsqlBatchCommand(sql);
        AddKeys(command.Parameters, changes);
        if (!ReferenceEquals(sql, _delete))
        {
            Add(command.Parameters, NpgsqlDbType.Bigint, Array.ConvertAll(changes, change => change.Version));
            Add(command.Parameters, NpgsqlDbType.Text, Array.ConvertAll(changes, change => change.Write.Data!.WrittenMemory));
        }

        if (!ReferenceEquals(sql, _insert)) Add(command.Parameters, NpgsqlDbType.Bigint, Array.ConvertAll(changes, change => change.Write.ExpectedVersion));
        batch.BatchCommands.Add(command);
    }

    private static void AddKeys(NpgsqlParameterCollection parameters, IReadOnlyList<Change> changes)
    {
        var kinds = new int[changes.Count];
        var keys = new byte[changes.Count][];
        for (var i = 0; i < changes.Count; i++) (kinds[i], keys[i]) = ((int)changes[i].Write.KindId, changes[i].Key);
        Add(parameters, NpgsqlDbType.Integer, kinds);
        Add(parameters, NpgsqlDbType.Bytea, keys);
    }

    private static void Add<T>(NpgsqlParameterCollection parameters, NpgsqlDbType element, T[] values) =>
        parameters.Add(new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | element });
}

/// <summary>A change as it is sent.</summary>
/// <param name="Write">The change.</param>
/// <param name="Key">The grain's key.</param>
/// <param name="Version">The version that the record will have; meaningless for a deletion.</param>
internal readonly record struct Change(PendingWrite Write, byte[] Key, long Version);
