using Orleans.Storage;
using ProvingMarket.Storage.Contract;

namespace ProvingMarket.Storage.PostgreSql.Tests;

/// <summary>The contract, with a silo of its own for every storage that is opened.</summary>
public sealed class PostgreSqlContractTests : GrainStorageContract, IAsyncLifetime
{
    private Database _database = null!;

    public async Task InitializeAsync() => _database = await Database.CreateAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    protected override async Task<IGrainStorage> OpenAsync(string name = "market") => _database.Storage(await _database.OpenAsync(), name);
}
