using System.Data;
using Microsoft.Extensions.Logging;
using Npgsql;
using ProvingMarket.Storage.PostgreSql.Schema;

namespace ProvingMarket.Storage.PostgreSql.Connections;

/// <summary>
/// What a silo that shares its schema with nobody has: a lock of the server's, held by a connection of its own. The server is the arbiter, not this silo's view of it. Whoever
/// takes the lock first ends all sessions that used the schema before; and every connection that is opened after that has to prove that the session with its
/// lock still holds it. So when this connection alone is lost, and another silo takes the lock before this one has noticed, this one reads and writes nothing any more.
/// </summary>
/// <param name="source">Opens connections.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class SiloLease(PostgreSqlSource source, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const string LockTimeout = "55P03";
    private const int EndMilliseconds = 5000;

    // A silo that was killed may have left a session that the server is about to end.
    private const int TakeMilliseconds = 3000;

    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly TaskCompletionSource<PostgreSqlInUseException> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NpgsqlConnection? _connection;
    private volatile Session? _session;
    private long? _opening;

    /// <summary>Gets a task that ends when the lock is lost for good: somebody else has it, or had it.</summary>
    internal Task<PostgreSqlInUseException> Lost => _lost.Task;

    /// <summary>Gets the process id of the session with the lock; 0 when there is none.</summary>
    internal int ProcessId => _session?.ProcessId ?? 0;

    /// <summary>Takes the lock, and ends the sessions of whoever had it before.</summary>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>A task.</returns>
    /// <exception cref="PostgreSqlInUseException">A silo uses the schema: the message says who.</exception>
    internal async Task TakeAsync(CancellationToken cancellationToken)
    {
        await ConnectAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            $"SELECT bool_and(pg_terminate_backend(pid, {EndMilliseconds})) FROM ({Holders(SchemaNames.UseLock)}) AS other WHERE pid <> pg_backend_pid() AND mode = 'ShareLock'", _connection);
        if (await command.ExecuteScalarAsync(cancellationToken) is false) throw new TimeoutException($"Sessions of a silo that used {source.Description} before do not end.");
    }

    /// <summary>Says that the schema has been opened under this lock. Whoever opens it later has another number.</summary>
    /// <param name="opening">How often it has been opened.</param>
    internal void Opened(long opening) => _opening = opening;

    /// <summary>Looks again and again whether the lock is held, and takes it again when its connection was lost, until it is lost for good.</summary>
    /// <param name="closing">Cancelled when the storage closes.</param>
    /// <returns>A task.</returns>
    internal async Task KeepAsync(CancellationToken closing)
    {
        while (!closing.IsCancellationRequested && !_lost.Task.IsCompleted)
        {
            try
            {
                await Task.Delay(s_look, time, closing);
                await HoldAsync(closing);
            }
            catch (OperationCanceledException) when (closing.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                if (!_lost.Task.IsCompleted) LogNotHeld(logger, source.Description, error.Message);
            }
        }
    }

    /// <summary>Proves that the lock is held, for a connection that has just been opened and shares the schema's use: whoever takes the lock later ends it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>A task.</returns>
    /// <exception cref="PostgreSqlInUseException">It is not.</exception>
    internal async Task ProveAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await HoldAsync(cancellationToken);
        var session = _session!;
        await using var command = new NpgsqlCommand(
            $"SELECT true FROM ({Holders(SchemaNames.SiloLock)}) AS holder WHERE pid = {session.ProcessId} AND backend_start::text = $1 AND mode = 'ExclusiveLock'", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = session.Started });
        if (await command.ExecuteScalarAsync(cancellationToken) is not true)
            throw new PostgreSqlInUseException($"The lock of {source.Description} was lost a moment ago.");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection) await connection.DisposeAsync();
        _turn.Dispose();
    }

    /// <summary>Who holds a lock of a schema: pid, application_name, client_addr, backend_start and mode.</summary>
    private string Holders(int which) => $"""
        SELECT pid, application_name, client_addr, backend_start, mode FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND classid = ({which})::int4::oid AND objid = ({source.Names.LockKey})::int4::oid AND objsubid = 2
        """;

    private async Task HoldAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_lost.Task.IsCompleted) throw Again(await _lost.Task);
            if (_connection is { FullState: ConnectionState.Open } connection && await LastingConnection.WorksAsync(connection, cancellationToken)) return;
            cancellationToken.ThrowIfCancellationRequested();
            LogRetaking(logger, source.Description);
            if (_connection is { } broken) await broken.DisposeAsync();
            _connection = null;
            try
            {
                await ConnectAsync(cancellationToken);
                await using var command = new NpgsqlCommand($"SELECT openings FROM {source.Names.Version}", _connection);
                if (_opening is { } own && await command.ExecuteScalarAsync(cancellationToken) is long last && last != own)
                    throw new PostgreSqlInUseException($"{source.Description} was opened by somebody else while this silo had lost its lock.");
            }
            catch (PostgreSqlInUseException refusal)
            {
                // What grains remember may be out of date, now and for ever.
                LogLost(logger, refusal.Message);
                _lost.TrySetResult(refusal);
                throw;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = await source.OpenAsync(cancellationToken);
        try
        {
            // The server may not have noticed that it is lost.
            if (_session is { } last) await last.EndAsync(connection, cancellationToken);
            await LockAsync(connection, cancellationToken);
            _session = await Session.OfAsync(connection, cancellationToken);
            _connection = connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"SET lock_timeout = {TakeMilliseconds}; SELECT pg_advisory_lock({SchemaNames.SiloLock}, {source.Names.LockKey}); SET lock_timeout = 0", connection);
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException refusal) when (refusal.SqlState == LockTimeout)
        {
            throw new PostgreSqlInUseException(
                $"{source.Description} is in use by another silo: {await HolderAsync(connection, cancellationToken)}. A silo that is not part of a cluster has its schema to itself: stop the other one, or set another {nameof(PostgreSqlGrainStorageOptions.Schema)}.");
        }
    }

    private async Task<string> HolderAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT pid, application_name, coalesce(host(client_addr), 'this machine'), backend_start::text FROM ({Holders(SchemaNames.SiloLock)}) AS holder LIMIT 1", connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? $"server process {row.GetInt32(0)}, application '{row.GetString(1)}', from {row.GetString(2)}, since {row.GetString(3)}"
            : "it has just left";
    }

    private static PostgreSqlInUseException Again(PostgreSqlInUseException refusal) => new(refusal.Message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection with the lock of {Database} is lost; the lock is taken again")]
    private static partial void LogRetaking(ILogger logger, string database);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The lock of {Database} is not held; nothing is written meanwhile: {Reason}")]
    private static partial void LogNotHeld(ILogger logger, string database, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "This silo has lost its storage to another one, and ends: {Reason}")]
    private static partial void LogLost(ILogger logger, string reason);
}
