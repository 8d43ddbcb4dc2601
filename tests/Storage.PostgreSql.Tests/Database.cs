using Microsoft.Extensions.Logging.Abstractions;
using ProvingMarket.PostgreSqlFixture;
using ProvingMarket.Serialization;

namespace ProvingMarket.Storage.PostgreSql.Tests;

/// <summary>The server that tests share unless they harm it.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    /// <summary>Gets the server.</summary>
    public PostgreSqlServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await PostgreSqlServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

/// <summary>Tests in it share a server.</summary>
[CollectionDefinition(Name)]
public sealed class SharedServerCollection : ICollectionFixture<SharedServer>
{
    public const string Name = "PostgreSQL";
}

/// <summary>A database of one test, and the silos' sides of it.</summary>
internal sealed class Database : IAsyncDisposable
{
    private readonly List<PostgreSqlDatabase> _open = [];

    private Database(string connectionString) => Options = new PostgreSqlGrainStorageOptions { ConnectionString = connectionString };

    internal PostgreSqlGrainStorageOptions Options { get; }

    internal static async Task<Database> CreateAsync(PostgreSqlServer server) => new(await server.CreateDatabaseAsync());

    /// <summary>Opens the database as another silo does.</summary>
    internal async Task<PostgreSqlDatabase> OpenAsync()
    {
        var opened = await PostgreSqlDatabase.OpenAsync(Options, TimeProvider.System, NullLogger.Instance);
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
