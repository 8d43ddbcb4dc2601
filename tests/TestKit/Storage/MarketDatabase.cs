using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Storage;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.PostgreSqlFixture;
using ProvingMarket.Serialization;
using ProvingMarket.Storage.PostgreSql;

namespace ProvingMarket.TestKit.Storage;

/// <summary>The records of a test in PostgreSQL. All tests of the market run on it when the environment variable MARKET_TEST_STORAGE is
/// <c>postgresql</c>; otherwise records are kept in memory.</summary>
internal sealed class MarketDatabase : IAsyncDisposable
{
    private const string Switch = "MARKET_TEST_STORAGE";

    private readonly PostgreSqlDatabase _database;

    private MarketDatabase(PostgreSqlDatabase database, PostgreSqlGrainStorageOptions options)
    {
        _database = database;
        Storage = new PostgreSqlGrainStorage(StorageNames.Market, options, new JsonCodec(SerializedForm.Storage), _ => ValueTask.FromResult(_database));
    }

    /// <summary>The storage.</summary>
    public IGrainStorage Storage { get; }

    /// <summary>An empty database when tests are to run on PostgreSQL; otherwise null.</summary>
    public static async Task<MarketDatabase?> TryCreateAsync()
    {
        switch (Environment.GetEnvironmentVariable(Switch))
        {
            case null or "" or "memory":
                return null;
            case "postgresql":
                var server = await PostgreSqlServer.SharedAsync();
                var options = new PostgreSqlGrainStorageOptions { ConnectionString = await server.CreateDatabaseAsync(), Writers = 1, Readers = 1 };
                return new MarketDatabase(await PostgreSqlDatabase.OpenAsync(options, TimeProvider.System, NullLogger.Instance), options);
            case var other:
                throw new InvalidOperationException($"{Switch} must be memory or postgresql, was '{other}'.");
        }
    }

    /// <summary>Writes the same again, as another activation would.</summary>
    public async Task TouchAsync<T>(string record, GrainId grain)
    {
        var state = new GrainState<T>();
        await Storage.ReadStateAsync(record, grain, state);
        if (state.RecordExists) await Storage.WriteStateAsync(record, grain, state);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
