using Npgsql;

namespace ProvingMarket.Storage.PostgreSql.Connections;

/// <summary>A session on the server. Its process id alone could be another's by now.</summary>
/// <param name="ProcessId">The process id.</param>
/// <param name="Started">When it started, as the server writes it.</param>
internal sealed record Session(int ProcessId, string Started)
{
    private const int WaitMilliseconds = 5000;

    /// <summary>Finds the session of a connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>Its session.</returns>
    internal static async Task<Session> OfAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()", connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return new Session(row.GetInt32(0), row.GetString(1));
    }

    /// <summary>Ends the session, if it is still there, and waits until it is gone: afterwards nothing that it was sent can take effect.</summary>
    /// <param name="connection">Another connection.</param>
    /// <param name="cancellationToken">Cancels the waiting: whether it has ended is then unknown.</param>
    /// <returns>A task.</returns>
    /// <exception cref="TimeoutException">It did not end.</exception>
    internal async Task EndAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT pg_terminate_backend(pid, {WaitMilliseconds}) FROM pg_stat_activity WHERE pid = {ProcessId} AND backend_start::text = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Started });
        if (await command.ExecuteScalarAsync(cancellationToken) is false) throw new TimeoutException($"The server process {ProcessId} of a lost connection does not end.");
    }
}
