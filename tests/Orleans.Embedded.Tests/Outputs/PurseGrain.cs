using Orleans.Runtime;

namespace Orleans.Embedded.Tests.Outputs;

public interface IPurseGrain : IGrainWithStringKey
{
    /// <summary>Notes a payment here, then at its receiver.</summary>
    Task Pay(string payment, string receiver);

    Task<bool> Receive(string payment);

    Task Watch(IPurseObserver observer);

    Task<string> Has();

    [Orleans.Concurrency.AlwaysInterleave]
    Task Leave();

    Task Fail();
}

public interface IPurseObserver : IGrainObserver
{
    Task Received(string payment);

    [Orleans.Concurrency.OneWay]
    Task Coming(string payment);
}

[GenerateSerializer]
public sealed class Purse
{
    [Id(0)]
    public List<string> Paid { get; set; } = [];

    [Id(1)]
    public List<string> Received { get; set; } = [];
}

/// <summary>What it has paid and received. Paying is two writes of two grains, one because of the other.</summary>
public sealed class PurseGrain([PersistentState("purse", SynchronousHost.Storage)] IPersistentState<Purse> purse) : Grain, IPurseGrain
{
    private IPurseObserver? _observer;

    public async Task Pay(string payment, string receiver)
    {
        purse.State.Paid.Add(payment);
        await purse.WriteStateAsync();
        await GrainFactory.GetGrain<IPurseGrain>(receiver).Receive(payment);
    }

    public async Task<bool> Receive(string payment)
    {
        purse.State.Received.Add(payment);
        await purse.WriteStateAsync();
        _ = _observer?.Coming(payment);
        _ = _observer?.Received(payment);
        return true;
    }

    public Task Watch(IPurseObserver observer)
    {
        _observer = observer;
        return Task.CompletedTask;
    }

    public Task<string> Has() => Task.FromResult($"{string.Join(' ', purse.State.Paid)}|{string.Join(' ', purse.State.Received)}");

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task Fail()
    {
        purse.State.Paid.Add("failed");
        await purse.WriteStateAsync();
        throw new InvalidOperationException("as it should");
    }
}
