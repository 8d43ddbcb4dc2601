using Npgsql;

namespace ProvingMarket.Storage.PostgreSql.Tests;

/// <summary>Holds every change of records on the server until it is opened.</summary>
internal sealed class TableGate : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly Database _database;

    private TableGate(NpgsqlConnection connection, NpgsqlTransaction transaction, Database database) => (_connection, _transaction, _database) = (connection, transaction, database);

    internal static async Task<TableGate> CloseAsync(Database database)
    {
        var connection = new NpgsqlConnection(database.Options.ConnectionString);
        await connection.OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand($"LOCK TABLE {new Schema.SchemaNames(database.Options.Schema).Record} IN SHARE MODE", connection);
        await command.ExecuteNonQueryAsync();
        return new TableGate(connection, transaction, database);
    }

    /// <summary>Waits until a change is held.</summary>
    /// <param name="count">How many connections are held.</param>
    /// <returns>The server's processes that wait.</returns>
    internal async Task<int[]> ReachedAsync(int count = 1)
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (true)
        {
            var waiting = (int[])(await _database.SqlAsync("SELECT coalesce(array_agg(pid), '{}') FROM pg_locks WHERE NOT granted AND locktype = 'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"))!;
            if (waiting.Length >= count) return waiting;
            limit.Token.ThrowIfCancellationRequested();
        }
    }

    internal async Task OpenAsync() => await _transaction.RollbackAsync();

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();
}
