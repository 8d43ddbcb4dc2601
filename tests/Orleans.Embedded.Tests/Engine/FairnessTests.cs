using Orleans.Conformance;

namespace Orleans.Engine;

public sealed class FairnessTests
{
    [Fact]
    public void A_busy_grain_does_not_keep_others_waiting()
    {
        using var host = new ManualHost();
        var busy = host.Grains.GetGrain<ICallGrain>("busy");
        var other = host.Grains.GetGrain<ICallGrain>("other");
        host.Run(() => Task.WhenAll(busy.Nothing(), other.Nothing()));

        var many = Enumerable.Range(0, 10_000).Select(_ => busy.CalledByOther()).ToList();
        var one = other.CalledByOther();
        while (!one.IsCompleted) Assert.True(host.Scheduler.RunOne());

        Assert.InRange(many.Count(call => call.IsCompleted), 1, 64);
        host.Settle();
        Assert.All(many, call => Assert.True(call.IsCompletedSuccessfully));
    }

    [Fact]
    public void Requests_and_continuations_of_one_grain_take_turns()
    {
        using var host = new ManualHost();
        var grain = host.Grains.GetGrain<IReentrantGrain>("both");
        host.Run(grain.Interleaving);

        var long1 = grain.Work(2_000);
        var many = Enumerable.Range(0, 5_000).Select(_ => grain.Work(1)).ToList();
        while (!long1.IsCompleted) Assert.True(host.Scheduler.RunOne());

        Assert.Contains(many, call => call.IsCompleted);
        host.Settle();
        Assert.All(many, call => Assert.True(call.IsCompletedSuccessfully));
    }

    [Fact]
    public void Calls_of_one_caller_run_in_the_order_in_which_they_were_made()
    {
        using var host = new ManualHost();
        var grain = host.Grains.GetGrain<ICallGrain>("order");

        var results = host.Run(() => Task.WhenAll(Enumerable.Range(0, 500).Select(_ => grain.CalledByOther())));

        Assert.Equal(Enumerable.Range(1, 500), results);
    }
}
