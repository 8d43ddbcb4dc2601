using Orleans.Conformance;
using Barrier = Orleans.Conformance.Barrier;

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

    /// <summary>Otherwise a writer would wait as long as one reader begins before the one before it has ended.</summary>
    [Fact]
    public void A_reader_waits_behind_a_writer_that_waits_for_readers()
    {
        using var host = new ManualHost();
        var grain = host.Grains.GetGrain<ISchedulingGrain>("fair", typeof(SchedulingGrain).FullName);
        var first = grain.Read("fair reader");
        host.Settle();
        var writer = grain.Enter("fair writer");
        var second = grain.Read(null);
        var third = grain.Read(null);
        host.Settle();
        Assert.False(second.IsCompleted);

        Barrier.Named("fair reader").Release();
        host.Settle();
        Assert.True(first.IsCompletedSuccessfully);
        Assert.False(second.IsCompleted);

        Barrier.Named("fair writer").Release();
        host.Settle();
        Assert.Equal((1, 1, 1), (host.Run(() => writer), host.Run(() => second), host.Run(() => third)));
    }

    /// <summary>Also for one that was not the first to begin: with those that pass a writer there is one more to wait for.</summary>
    [Fact]
    public void A_writer_waits_for_every_reader_that_has_begun()
    {
        using var host = new ManualHost();
        var grain = host.Grains.GetGrain<ISchedulingGrain>("every", typeof(SchedulingGrain).FullName);
        var first = grain.Read("every 1");
        var second = grain.Read("every 2");
        Barrier.Named("every writer").Release();
        var writer = grain.Enter("every writer");
        host.Settle();

        Barrier.Named("every 1").Release();
        host.Settle();
        Assert.True(first.IsCompletedSuccessfully);
        Assert.False(writer.IsCompleted);

        Barrier.Named("every 2").Release();
        Assert.Equal((2, 1), (host.Run(() => second), host.Run(() => writer)));
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
