using System.Data;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ProvingMarket.Storage.PostgreSql.Connections;

/// <summary>
/// The connection of one writer or reader. It is opened again when it was lost, with growing delays, for as long as the patience lasts; the session
/// before it is ended first, so that nothing it was sent can take effect later.
/// </summary>
/// <param name="source">Opens connections.</param>
/// <param name="patience">How long a database that cannot be reached is waited for.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
/// <param name="closing">Cancelled when the storage closes: then it is tried once more and given up.</param>
/// <param name="abandoned">Cancelled when the storage has been closing for long enough: a try that is under way ends, and there is none any more.</param>
internal sealed partial class LastingConnection(
    PostgreSqlSource source, TimeSpan patience, TimeProvider time, ILogger logger, CancellationToken closing, CancellationToken abandoned) : IAsyncDisposable
{
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromSeconds(2);

    // A connection that was not used for this long proves itself by a round trip before it is trusted with changes.
    private static readonly TimeSpan s_trust = TimeSpan.FromSeconds(1);

    private NpgsqlConnection? _connection;
    private Session? _session;
    private long _lastUse;

    /// <summary>Gets the process id of the session on the server; 0 when there is none.</summary>
    internal int ProcessId => _session?.ProcessId ?? 0;

    /// <summary>Gets a connection that works, as far as one can know.</summary>
    /// <returns>The connection. It belongs to this.</returns>
    /// <exception cref="PostgreSqlGrainStorageException">There is none within the patience.</exception>
    internal async Task<NpgsqlConnection> GetAsync()
    {
        if (_connection is { FullState: ConnectionState.Open } connection && (time.GetElapsedTime(_lastUse) < s_trust || await WorksAsync(connection, abandoned))) return Used(connection);

        await LoseAsync();
        var start = time.GetTimestamp();
        for (var delay = s_firstDelay; ; delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, s_longestDelay.Ticks)))
        {
            try
            {
                return Used(await OpenAsync());
            }
            catch (Exception error) when (IsOutage(error))
            {
                if (closing.IsCancellationRequested || time.GetElapsedTime(start) + delay > patience)
                    throw PostgreSqlGrainStorageException.Of($"{source.Description} cannot be reached since {time.GetElapsedTime(start).TotalSeconds:F1} s: {error.Message}", error);
                LogUnreachable(logger, source.Description, error.Message);
            }
            catch (OperationCanceledException error) when (abandoned.IsCancellationRequested)
            {
                throw PostgreSqlGrainStorageException.Of($"{source.Description} could not be reached while the storage was closing, and is not waited for.", error);
            }

            await WaitAsync(delay);
        }
    }

    /// <summary>Says that the connection can no longer be trusted.</summary>
    /// <returns>A task.</returns>
    internal async Task LoseAsync()
    {
        if (_connection is not { } connection) return;
        _connection = null;
        await connection.DisposeAsync();
    }

    /// <summary>Says whether an error means that the database cannot be reached now, rather than that it refuses what was asked.</summary>
    /// <param name="error">The error.</param>
    /// <returns>Whether it does.</returns>
    internal static bool IsOutage(Exception error) => error switch
    {
        PostgresException refusal => refusal.InvariantSeverity is "FATAL" or "PANIC" && IsPassing(refusal.SqlState),
        NpgsqlException or IOException or SocketException or TimeoutException or PostgreSqlInUseException => true,
        _ => false,
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await LoseAsync();

    // A server that starts, stops or has no connection to spare; a wrong password or database does not pass.
    private static bool IsPassing(string sqlState) => sqlState.StartsWith("57P", StringComparison.Ordinal) || sqlState.StartsWith("53", StringComparison.Ordinal) || sqlState.StartsWith("08", StringComparison.Ordinal);

    /// <summary>Says whether a connection works, by a round trip.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Ends the round trip: then it does not.</param>
    /// <returns>Whether it does.</returns>
    internal static async Task<bool> WorksAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = new NpgsqlCommand("SELECT 1", connection);
            await command.ExecuteScalarAsync(cancellationToken);
            return true;
        }
        catch (Exception error) when (error is NpgsqlException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    private NpgsqlConnection Used(NpgsqlConnection connection)
    {
        _lastUse = time.GetTimestamp();
        return connection;
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = await source.OpenSharedAsync(abandoned);
        try
        {
            if (_session is { } last) await last.EndAsync(connection, abandoned);
            _session = await Session.OfAsync(connection, abandoned);
            return _connection = connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task WaitAsync(TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, time, closing);
        }
        catch (OperationCanceledException)
        {
            // Tried once more, then given up.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Database} cannot be reached, trying again: {Reason}")]
    private static partial void LogUnreachable(ILogger logger, string database, string reason);
}
