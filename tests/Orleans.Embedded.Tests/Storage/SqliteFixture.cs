using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Storage.Sqlite;
using ProvingMarket.Serialization;

namespace Orleans.Embedded.Tests.Storage;

/// <summary>A data file in a folder of its own.</summary>
internal sealed class SqliteFixture : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("orleans-sqlite-").FullName;
    private readonly Lock _gate = new();
    private SqliteDatabase? _database;

    internal SqliteFixture() => Options = new SqliteGrainStorageOptions { DataSource = Path.Combine(_folder, "data", "grains.db") };

    internal SqliteGrainStorageOptions Options { get; }

    internal SqliteDatabase Database
    {
        get
        {
            lock (_gate) return _database ??= SqliteDatabase.Open(Options, new DedicatedThreads(), NullLogger.Instance);
        }
    }

    internal SqliteGrainStorage Storage(string name = "market") => new(name, Options, new JsonCodec(SerializedForm.Storage), () => Database);

    internal async Task CloseAsync()
    {
        if (_database is not null) await _database.DisposeAsync();
        _database = null;
    }

    /// <summary>Runs SQL beside the engine, as a database browser would.</summary>
    internal SqliteConnection Connect()
    {
        SQLitePCL.Batteries_V2.Init();
        Directory.CreateDirectory(Path.GetDirectoryName(Options.DataSource)!);
        var connection = new SqliteConnection($"Data Source={Options.DataSource};Pooling=False");
        connection.Open();
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
