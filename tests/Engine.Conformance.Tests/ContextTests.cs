namespace Orleans.Conformance;

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

        // Calls need not arrive in the order they were made in.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await grain.Told() < 2) limit.Token.ThrowIfCancellationRequested();
        Assert.Equal(2, await grain.Told());
    }
}
