using Microsoft.Extensions.DependencyInjection;
using Orleans.Conformance;
using Orleans.Runtime;
using Orleans.Runtime.Storage;
using Orleans.Serialization;
using Orleans.Storage;
using ProvingMarket.Serialization;

namespace Orleans.Engine;

public sealed class StorageTests
{
    [Fact]
    public void Writes_that_are_asked_for_at_once_share_the_next_write()
    {
        var storage = new SlowStorage();
        using var host = new ManualHost(configure: silo => silo.Services.AddKeyedSingleton<IGrainStorage>("Default", storage));
        var grain = host.Grains.GetGrain<IStateGrain>("at once");
        var writing = host.Start(() => grain.WriteManyAtOnce(50));
        while (storage.Step()) host.Settle();

        Assert.True(writing.IsCompletedSuccessfully);
        Assert.Equal([1, 50], storage.Written);
    }

    [Fact]
    public async Task A_record_can_only_be_replaced_by_who_has_read_it()
    {
        var storage = new MemoryGrainStorage(new MemoryStores().Get("x"), new JsonStateSerializer(new NoReferences()));
        var id = GrainId.Create("grain", "key");
        var mine = new GrainState<Basket>();
        var yours = new GrainState<Basket>();
        await storage.ReadStateAsync("s", id, mine);
        await storage.ReadStateAsync("s", id, yours);
        mine.State!.Changes = 1;
        await storage.WriteStateAsync("s", id, mine);

        var conflict = await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("s", id, yours));
        Assert.Equal((mine.ETag, null), (conflict.StoredEtag, conflict.CurrentEtag));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("s", id, yours));

        await storage.ReadStateAsync("s", id, yours);
        Assert.Equal((1, mine.ETag, true), (yours.State!.Changes, yours.ETag, yours.RecordExists));
        await storage.ClearStateAsync("s", id, yours);
        Assert.Equal((0, null, false), (yours.State!.Changes, yours.ETag, yours.RecordExists));
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("s", id, mine));
    }

    [Fact]
    public async Task Grain_and_storage_share_no_object()
    {
        var storage = new MemoryGrainStorage(new MemoryStores().Get("x"), new JsonStateSerializer(new NoReferences()));
        var id = GrainId.Create("grain", "key");
        var state = new GrainState<Basket>(new Basket { Items = { "apple" } });
        await storage.WriteStateAsync("s", id, state);
        state.State!.Items.Add("pear");

        var read = new GrainState<Basket>();
        await storage.ReadStateAsync("s", id, read);
        Assert.Equal(["apple"], read.State!.Items);
    }

    private sealed class NoReferences : IReferenceResolver
    {
        public object CreateReference(GrainId grainId, Type interfaceType) => throw new NotSupportedException();
    }

    private sealed class SlowStorage : IGrainStorage
    {
        private readonly Queue<TaskCompletionSource> _pending = new();

        public List<int> Written { get; } = [];

        public bool Step()
        {
            if (!_pending.TryDequeue(out var next)) return false;

            next.SetResult();
            return true;
        }

        public Task ReadStateAsync<TState>(string stateName, GrainId grainId, IGrainState<TState> grainState) => Task.CompletedTask;

        public Task WriteStateAsync<TState>(string stateName, GrainId grainId, IGrainState<TState> grainState)
        {
            Written.Add(((Basket)(object)grainState.State!).Changes);
            var pending = new TaskCompletionSource();
            _pending.Enqueue(pending);
            return pending.Task;
        }

        public Task ClearStateAsync<TState>(string stateName, GrainId grainId, IGrainState<TState> grainState) => Task.CompletedTask;
    }
}
