using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Conformance;

public interface IContextGrain : IGrainWithStringKey
{
    Task<string?> Get(string key);

    Task<string?> GetThrough(string other, string key);

    Task SetWithoutAwait(string key, string value);

    Task<int> WaitForCancellation(string barrier, CancellationToken token = default);

    Task<bool> CanBeCancelled(CancellationToken token);

    Task<int> Cancellations();

    [OneWay]
    Task Tell(string barrier, bool fail);

    Task<int> Told();
}

public sealed class ContextGrain : Grain, IContextGrain
{
    private int _cancellations;
    private int _told;

    public Task<string?> Get(string key) => Task.FromResult(RequestContext.Get(key) as string);

    public async Task<string?> GetThrough(string other, string key)
    {
        RequestContext.Set("added", "by the grain between");
        await Task.Yield();
        return await GrainFactory.GetGrain<IContextGrain>(other).Get(key);
    }

    public Task SetWithoutAwait(string key, string value)
    {
        RequestContext.Set(key, value);
        return Task.CompletedTask;
    }

    public async Task<int> WaitForCancellation(string barrier, CancellationToken token = default)
    {
        var scheduler = TaskScheduler.Current;
        var cancelled = new TaskCompletionSource();
        await using var registration = token.Register(() =>
        {
            if (TaskScheduler.Current == scheduler) _cancellations++;
            cancelled.SetResult();
        });
        await Task.WhenAny(cancelled.Task, Barrier.Named(barrier).PassAsync());
        token.ThrowIfCancellationRequested();
        return 1;
    }

    public Task<bool> CanBeCancelled(CancellationToken token) => Task.FromResult(token.CanBeCanceled);

    public Task<int> Cancellations() => Task.FromResult(_cancellations);

    public async Task Tell(string barrier, bool fail)
    {
        await Barrier.Named(barrier).PassAsync();
        _told++;
        if (fail) throw new RefusedException("nobody hears this");
    }

    public Task<int> Told() => Task.FromResult(_told);
}

public sealed class ContextTests(ConformanceCluster cluster) : IClassFixture<ConformanceCluster>
{
    private IContextGrain Grain(string key) => cluster.Grains.GetGrain<IContextGrain>(key);

    [Fact]
    public async Task Request_context_flows_to_the_grain_and_onwards()
    {
        RequestContext.Set("who", "the test");
        Assert.Equal("the test", await Grain("context").Get("who"));
        Assert.Equal("the test", await Grain("context").GetThrough("context onwards", "who"));
        Assert.Equal("by the grain between", await Grain("context").GetThrough("context onwards", "added"));
        Assert.Null(RequestContext.Get("added"));
        Assert.True(RequestContext.Remove("who"));
        Assert.Null(await Grain("context").Get("who"));
    }

    [Fact]
    public async Task What_a_grain_sets_reaches_neither_the_caller_nor_the_next_request()
    {
        await Grain("leak").SetWithoutAwait("leaked", "yes");

        Assert.Null(RequestContext.Get("leaked"));
        Assert.Null(await Grain("leak").Get("leaked"));
    }

    [Fact]
    public void Request_context_holds_many_values()
    {
        RequestContext.Clear();
        RequestContext.Set("a", 1);
        RequestContext.Set("b", 2);
        RequestContext.Set("a", 3);
        Assert.Equal("a,b", string.Join(",", RequestContext.Keys.Order(StringComparer.Ordinal)));
        Assert.Equal([2, 3], RequestContext.Entries.Select(entry => (int)entry.Value).Order());
        Assert.False(RequestContext.Remove("c"));
        RequestContext.Clear();
        Assert.Empty(RequestContext.Keys);
    }

    [Fact]
    public async Task A_cancelled_call_is_not_sent()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Grain("cancelled before").WaitForCancellation("cancelled before", source.Token));
        Assert.Equal(0, await Grain("cancelled before").Cancellations());
    }

    [Fact]
    public async Task Cancelling_reaches_the_running_method_and_the_caller()
    {
        using var source = new CancellationTokenSource();
        var call = Grain("cancelled").WaitForCancellation("cancelled", source.Token);
        await Barrier.Named("cancelled").Arrived;
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(1, await Grain("cancelled").Cancellations());
    }

    [Fact]
    public async Task A_method_may_be_called_without_a_token()
    {
        var call = Grain("no token").WaitForCancellation("no token");
        await Barrier.Named("no token").Arrived;
        Barrier.Named("no token").Release();

        Assert.Equal(1, await call);
        using var source = new CancellationTokenSource();
        Assert.True(await Grain("no token").CanBeCancelled(source.Token));
    }

    [Fact]
    public async Task Nobody_waits_for_a_one_way_call()
    {
        var grain = Grain("one way");
        await grain.Tell("one way", fail: false);
        await grain.Tell("one way", fail: true);
        await Barrier.Named("one way").Arrived;
        Barrier.Named("one way").Release();

        Assert.Equal(2, await grain.Told());
    }
}
