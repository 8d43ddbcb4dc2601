namespace ProvingMarket.Benchmarks.Micro.Calls;

public interface IPingGrain : IGrainWithIntegerKey
{
    Task Ping();

    ValueTask<int> Add(int value);

    Task<int> AddLater(int value);
}

public interface IRelayGrain : IGrainWithIntegerKey
{
    Task<int> Relay(int calls);
}

public sealed class PingGrain : Grain, IPingGrain
{
    private int _sum;

    public Task Ping() => Task.CompletedTask;

    public ValueTask<int> Add(int value) => new(_sum += value);

    public async Task<int> AddLater(int value)
    {
        await Task.Yield();
        return _sum += value;
    }
}

public sealed class RelayGrain : Grain, IRelayGrain
{
    public async Task<int> Relay(int calls)
    {
        var target = GrainFactory.GetGrain<IPingGrain>(this.GetPrimaryKeyLong());
        var last = 0;
        for (var i = 0; i < calls; i++) last = await target.Add(1);
        return last;
    }
}
