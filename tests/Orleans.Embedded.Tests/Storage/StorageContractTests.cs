using System.Diagnostics.CodeAnalysis;
using Orleans.Runtime;
using Orleans.Runtime.Storage;
using Orleans.Serialization;
using Orleans.Storage;
using ProvingMarket.Serialization;
using ProvingMarket.Storage.Contract;

namespace Orleans.Embedded.Tests.Storage;

/// <summary>The contract, over a file that is closed and opened again for every storage that is asked for.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The test framework disposes of it asynchronously.")]
public sealed class SqliteContractTests : GrainStorageContract, IAsyncLifetime
{
    private SqliteFixture _file = null!;

    public Task InitializeAsync()
    {
        _file = new SqliteFixture();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _file.DisposeAsync();

    protected override async Task<IGrainStorage> OpenAsync(string name = "market")
    {
        await _file.CloseAsync();
        return _file.Storage(name);
    }
}

/// <summary>The contract in memory.</summary>
public sealed class MemoryContractTests : GrainStorageContract
{
    private readonly MemoryStores _stores = new();

    protected override Task<IGrainStorage> OpenAsync(string name = "market") =>
        Task.FromResult<IGrainStorage>(new MemoryGrainStorage(_stores.Get(name), new JsonStateSerializer(new NoReferences())));

    private sealed class NoReferences : IReferenceResolver
    {
        public object CreateReference(GrainId grainId, Type interfaceType) => throw new NotSupportedException();
    }
}
