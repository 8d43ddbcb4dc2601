using ProvingMarket.PostgreSqlFixture;

namespace ProvingMarket.Benchmarks.Lifecycle.PostgreSql;

/// <summary>A PostgreSQL server of a run's own: everything durable, with room enough that it neither reads from the disk nor takes a checkpoint early.</summary>
internal sealed class Server : IAsyncDisposable
{
    /// <summary>Its settings beside the defaults.</summary>
    public static readonly string[] Settings = ["shared_buffers=512MB", "max_wal_size=8GB", "checkpoint_timeout=30min", "wal_buffers=64MB"];

    private readonly PostgreSqlServer _server;

    private Server(PostgreSqlServer server) => _server = server;

    public static async Task<Server> StartAsync() => new(await PostgreSqlServer.StartAsync(Settings));

    public Task<string> CreateDatabaseAsync() => _server.CreateDatabaseAsync();

    /// <summary>This process and the server's together.</summary>
    public Usage Usage() => Lifecycle.Usage.Now() + new Usage(_server.ProcessorTime().TotalSeconds, 0);

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
