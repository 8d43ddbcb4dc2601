using System.Collections.Concurrent;
using Orleans.Storage;

namespace Orleans.Conformance;

[GenerateSerializer, Alias("conformance.basket")]
public sealed class Basket
{
    [Id(0)]
    public List<string> Items { get; set; } = [];

    [Id(1)]
    public int Changes { get; set; }
}

public interface IStateGrain : IGrainWithStringKey
{
    Task<string> Read();

    Task Put(string item, bool write);

    Task PutOther(string item);

    Task WriteManyAtOnce(int count);

    Task Clear();

    Task Reload();

    Task End();
}

public sealed class StateGrain(
    [PersistentState("basket")] IPersistentState<Basket> basket,
    [PersistentState("second", "other")] IPersistentState<Basket> second) : Grain, IStateGrain
{
    private string? _onActivation;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _onActivation = string.Join(',', basket.State.Items);
        return Task.CompletedTask;
    }

    public Task<string> Read() => Task.FromResult(
        $"{string.Join(',', basket.State.Items)}|{string.Join(',', second.State.Items)}|{basket.RecordExists}|{basket.Etag is not null}|{_onActivation}");

    public Task Put(string item, bool write)
    {
        basket.State.Items.Add(item);
        return write ? basket.WriteStateAsync() : Task.CompletedTask;
    }

    public Task PutOther(string item)
    {
        second.State.Items.Add(item);
        return second.WriteStateAsync(CancellationToken.None);
    }

    public async Task WriteManyAtOnce(int count)
    {
        var writes = new List<Task>();
        for (var i = 0; i < count; i++)
        {
            basket.State.Changes++;
            writes.Add(basket.WriteStateAsync());
        }

        await Task.WhenAll(writes);
    }

    public Task Clear() => basket.ClearStateAsync();

    public Task Reload() => basket.ReadStateAsync();

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

public interface IFaultyStateGrain : IGrainWithStringKey
{
    Task<int> Write();

    Task<int> WriteAndHandle();

    Task<string> Through(string other);

    Task<int> Activation();
}

public sealed class FaultyStateGrain([PersistentState("faulty", "faulty")] IPersistentState<Basket> state) : Grain, IFaultyStateGrain
{
    private static int s_activations;
    private readonly int _activation = Interlocked.Increment(ref s_activations);

    public async Task<int> Write()
    {
        await state.WriteStateAsync();
        return _activation;
    }

    public async Task<int> WriteAndHandle()
    {
        try
        {
            await state.WriteStateAsync();
        }
        catch (InconsistentStateException)
        {
            return -_activation;
        }

        return _activation;
    }

    public async Task<string> Through(string other)
    {
        await GrainFactory.GetGrain<IFaultyStateGrain>(other).Write();
        return "written";
    }

    public Task<int> Activation() => Task.FromResult(_activation);
}

/// <summary>A storage that fails when told to.</summary>
public sealed class FaultyStorage : IGrainStorage
{
    public static readonly ConcurrentDictionary<string, Exception> OnRead = new(StringComparer.Ordinal);
    public static readonly ConcurrentDictionary<string, Exception> OnWrite = new(StringComparer.Ordinal);

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        grainState.State ??= Activator.CreateInstance<T>();
        return Outcome(OnRead, grainId);
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Outcome(OnWrite, grainId);

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Outcome(OnWrite, grainId);

    private static async Task Outcome(ConcurrentDictionary<string, Exception> faults, GrainId grainId)
    {
        await Task.Yield();
        if (faults.TryRemove(grainId.Key.ToString()!, out var fault)) throw fault;
    }
}
