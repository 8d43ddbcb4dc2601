using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ProvingMarket.PostgreSqlFixture;
using ProvingMarket.Serialization;

namespace ProvingMarket.Storage.PostgreSql.Tests;

/// <summary>A database of one test, and the silos' sides of it.</summary>
internal sealed class Database : IAsyncDisposable
{
    private readonly List<PostgreSqlDatabase> _open = [];

    private Database(string connectionString) => Options = new PostgreSqlGrainStorageOptions { ConnectionString = connectionString };

    internal PostgreSqlGrainStorageOptions Options { get; }

    internal static async Task<Database> CreateAsync(PostgreSqlServer? server = null) => new(await (server ?? await PostgreSqlServer.SharedAsync()).CreateDatabaseAsync());

    /// <summary>Opens the database as another silo does.</summary>
    internal Task<PostgreSqlDatabase> OpenAsync() => OpenAsync(NullLogger.Instance);

    /// <summary>Opens the database as another silo does that logs somewhere.</summary>
    internal async Task<PostgreSqlDatabase> OpenAsync(ILogger log)
    {
        var opened = await PostgreSqlDatabase.OpenAsync(Options, TimeProvider.System, log);
        lock (_open) _open.Add(opened);
        return opened;
    }

    /// <summary>A storage of a silo.</summary>
    internal PostgreSqlGrainStorage Storage(PostgreSqlDatabase database, string name = "market") =>
        new(name, Options, new JsonCodec(SerializedForm.Storage), _ => ValueTask.FromResult(database));

    internal async Task<PostgreSqlGrainStorage> StorageAsync() => Storage(await OpenAsync());

    internal Task<object?> SqlAsync(string sql) => PostgreSqlServer.ExecuteAsync(Options.ConnectionString, sql);

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _open) await database.DisposeAsync();
    }
}
