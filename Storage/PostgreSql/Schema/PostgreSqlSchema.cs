using System.Collections.Immutable;
using Npgsql;

namespace ProvingMarket.Storage.PostgreSql.Schema;

/// <summary>Creates the tables of a schema and brings older ones up to this version. Silos that start at once take turns.</summary>
/// <param name="name">The schema.</param>
/// <param name="steps">What each version adds to the one before; the first creates the tables.</param>
internal sealed class PostgreSqlSchema(string name, ImmutableArray<SchemaStep> steps)
{
    private readonly SchemaNames _names = new(name);

    /// <summary>Prepares the tables for a silo, or for an export or import.</summary>
    /// <param name="connection">An open connection without a transaction.</param>
    /// <param name="cluster">The cluster that opens it; null for a silo by itself, and for an export or import.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>How often the schema has been opened, this time included: no two users have the same number.</returns>
    /// <exception cref="PostgreSqlSchemaException">The tables are newer, not ours, or another cluster's.</exception>
    internal async Task<long> PrepareAsync(NpgsqlConnection connection, ClusterIdentity? cluster, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(connection, $"SELECT pg_advisory_xact_lock({SchemaNames.MigrationLock}, {_names.LockKey})", cancellationToken);
        var version = await FindVersionAsync(connection, cancellationToken) ?? await CreateAsync(connection, cancellationToken);
        for (var next = version; next < steps.Length; next++) await RunAsync(connection, steps[next].Sql(_names), cancellationToken);
        if (version < steps.Length) await RunAsync(connection, $"UPDATE {_names.Version} SET version = {steps.Length}, changed_at = now()", cancellationToken);
        if (cluster is not null) await OwnAsync(connection, cluster, cancellationToken);
        var opening = await ScalarAsync(connection, $"UPDATE {_names.Version} SET openings = openings + 1 RETURNING openings", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (long)opening!;
    }

    /// <summary>Makes sure that the tables are there and of this version, and changes nothing: for exports.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>A task.</returns>
    /// <exception cref="PostgreSqlSchemaException">They are not.</exception>
    internal async Task CheckAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var version = await FindVersionAsync(connection, cancellationToken)
            ?? throw new PostgreSqlSchemaException($"Schema '{name}' of database '{connection.Database}' has no records of a market: there is no table {_names.Version}.");
        if (version < steps.Length)
            throw new PostgreSqlSchemaException($"Schema '{name}' of database '{connection.Database}' has version {version}; this program reads version {steps.Length}. Start a silo of this version on it once, which brings it up to that.");
    }

    // The first cluster to open the schema has it from then on. Two of them would each have an activation of every grain, and answer from what it remembers.
    private async Task OwnAsync(NpgsqlConnection connection, ClusterIdentity cluster, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"UPDATE {_names.Version} SET service_id = coalesce(service_id, $1), cluster_id = coalesce(cluster_id, $2) RETURNING service_id, cluster_id", connection);
        foreach (var id in new[] { cluster.ServiceId, cluster.ClusterId }) command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        cluster.ThrowUnless(new ClusterIdentity(row.GetString(0), row.GetString(1)), $"Schema '{name}' of database '{connection.Database}'", _names.Version);
    }

    private async Task<int?> FindVersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await ScalarAsync(connection, $"SELECT to_regclass({SchemaNames.Literal(_names.Version)})::text", cancellationToken) is not string) return null;
        var version = (int)(await ScalarAsync(connection, $"SELECT version FROM {_names.Version}", cancellationToken))!;
        return version <= steps.Length
            ? version
            : throw new PostgreSqlSchemaException($"Schema '{name}' of database '{connection.Database}' has version {version}; this program knows versions up to {steps.Length}. Use the program that wrote it, or a newer one.");
    }

    private async Task<int> CreateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await ScalarAsync(connection, $"SELECT relname::text FROM pg_class WHERE relnamespace = to_regnamespace({SchemaNames.Literal(_names.Schema)}) LIMIT 1", cancellationToken) is string other)
            throw new PostgreSqlSchemaException($"Schema '{name}' of database '{connection.Database}' holds tables of another program, for example '{other}'. Name a schema of the market's own.");

        // Asked for only when it is missing: CREATE SCHEMA wants a right that a schema made by somebody else makes unnecessary.
        if (await ScalarAsync(connection, $"SELECT to_regnamespace({SchemaNames.Literal(_names.Schema)})::text", cancellationToken) is not string)
            await RunAsync(connection, $"CREATE SCHEMA {_names.Schema}", cancellationToken);
        await RunAsync(
            connection,
            $"""
            CREATE TABLE {_names.Version} (
                single boolean PRIMARY KEY CHECK (single),
                version integer NOT NULL,
                openings bigint NOT NULL,
                changed_at timestamptz NOT NULL);
            INSERT INTO {_names.Version} VALUES (true, 0, 0, now());
            """,
            cancellationToken);
        return 0;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
