using Npgsql;
using ProvingMarket.Storage.PostgreSql.Schema;

namespace ProvingMarket.Storage.PostgreSql.Connections;

/// <summary>Opens the connections of a storage, all set up alike.</summary>
internal sealed class PostgreSqlSource : IAsyncDisposable
{
    private const int KeepAliveSeconds = 15;
    private const int PreparedStatements = 16;

    // Records are found by their primary key, whatever the planner thinks of tables that have just grown; plans are made once for a connection.
    // A server that would acknowledge commits before they are on its disk is told not to.
    private const string Settings = """
        SET enable_seqscan = off;
        SET enable_hashjoin = off;
        SET enable_mergejoin = off;
        SET jit = off;
        SET plan_cache_mode = force_generic_plan;
        SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
        """;

    private readonly NpgsqlDataSource _source;
    private readonly string _schema;

    /// <summary>Initializes a source. Nothing is opened yet.</summary>
    /// <param name="options">Which database.</param>
    internal PostgreSqlSource(PostgreSqlGrainStorageOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            CommandTimeout = (int)Math.Ceiling(options.StatementTimeout.TotalSeconds),
            Enlist = false,
            MaxAutoPrepare = PreparedStatements,
            AutoPrepareMinUsages = 1,
            Pooling = false,
        };
        settings.ApplicationName ??= "proving-market";
        if (settings.KeepAlive == 0) settings.KeepAlive = KeepAliveSeconds;
        Description = $"{settings.Host}:{settings.Port}/{settings.Database}, schema '{options.Schema}'";
        Names = new SchemaNames(options.Schema);
        _schema = options.Schema;
        _source = NpgsqlDataSource.Create(settings);
    }

    /// <summary>Gets or sets what a silo has that is alone in its schema; null when silos of a cluster share it.</summary>
    internal SiloLease? Lease { get; set; }

    /// <summary>Gets which database it is, without secrets.</summary>
    internal string Description { get; }

    /// <summary>Gets the names of the tables.</summary>
    internal SchemaNames Names { get; }

    /// <summary>Opens a connection for anything.</summary>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The connection.</returns>
    internal async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await ConnectAsync(cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand(Settings, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a connection of a silo: while it is open, there is no export or import.</summary>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="PostgreSqlInUseException">An export or import is under way, or the schema is another silo's alone.</exception>
    internal async Task<NpgsqlConnection> OpenSharedAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenLockedAsync(
            "pg_try_advisory_lock_shared", SchemaNames.UseLock, $"An export or import of {Description} is under way. A silo can use it again when that has ended.", cancellationToken);
        try
        {
            if (Lease is { } lease) await lease.ProveAsync(connection, cancellationToken);
            else await LockAsync(connection, "pg_try_advisory_lock_shared", SchemaNames.SiloLock, $"{Description} is in use by a silo that is not part of a cluster and has it to itself. Stop that silo first.", cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens the connection of an export or import: while it is open, there is no silo.</summary>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The connection.</returns>
    /// <exception cref="PostgreSqlInUseException">A silo runs, or another export or import.</exception>
    internal Task<NpgsqlConnection> OpenAloneAsync(CancellationToken cancellationToken) =>
        OpenLockedAsync("pg_try_advisory_lock", SchemaNames.UseLock, $"{Description} is in use by a silo, or by another export or import. Stop all silos first.", cancellationToken);

    /// <summary>Creates the tables or brings them up to this version.</summary>
    /// <param name="connection">A connection.</param>
    /// <param name="cluster">The cluster that opens the schema; null for a silo by itself, and for an export or import.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>How often the schema has been opened, this time included.</returns>
    internal Task<long> PrepareAsync(NpgsqlConnection connection, ClusterIdentity? cluster, CancellationToken cancellationToken) =>
        new PostgreSqlSchema(_schema, SchemaStep.All).PrepareAsync(connection, cluster, cancellationToken);

    /// <summary>Makes sure that the tables are there and of this version, and changes nothing.</summary>
    /// <param name="connection">A connection.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>A task.</returns>
    internal Task CheckAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        new PostgreSqlSchema(_schema, SchemaStep.All).CheckAsync(connection, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Lease is { } lease) await lease.DisposeAsync();
        await _source.DisposeAsync();
    }

    // While a server that has accepted the connection says nothing, Npgsql does not look at the token, only at the connection string's Timeout.
    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var opening = _source.OpenConnectionAsync(cancellationToken).AsTask();
        try
        {
            return await opening.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (!opening.IsCompleted)
        {
            _ = CloseLateAsync(opening);
            throw;
        }
    }

    private static async Task CloseLateAsync(Task<NpgsqlConnection> opening)
    {
        try
        {
            await (await opening).DisposeAsync();
        }
        catch (Exception error) when (error is NpgsqlException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            // It did not come, and nobody waits for it any more.
        }
    }

    private async Task<NpgsqlConnection> OpenLockedAsync(string take, int which, string refusal, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken);
        try
        {
            await LockAsync(connection, take, which, refusal, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task LockAsync(NpgsqlConnection connection, string take, int which, string refusal, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT {take}({which}, {Names.LockKey})", connection);
        if (await command.ExecuteScalarAsync(cancellationToken) is not true) throw new PostgreSqlInUseException(refusal);
    }
}
