namespace Orleans.Conformance;

public sealed class FilterTests(ConformanceCluster cluster) : IClassFixture<ConformanceCluster>
{
    private IFilteredGrain Grain(string key) => cluster.Grains.GetGrain<IFilteredGrain>(key);

    [Fact]
    public async Task Filters_run_in_order_around_the_call_and_the_grains_own_is_the_last()
    {
        Assert.Equal("[hello]", await Grain("order").Say("hello"));

        Assert.Equal("outer inner Say FilteredGrain", (await Grain("order").Seen())[0]);
    }

    [Fact]
    public async Task Filters_can_change_arguments_and_results()
    {
        Assert.Equal(22, await Grain("changes").Number(10));
        Assert.Equal("[changed]", await Grain("changes").Say("change me"));
    }

    [Fact]
    public async Task Filters_can_refuse_a_call() =>
        Assert.Equal("by the filter", (await Assert.ThrowsAsync<RefusedException>(Grain("refuses").Refused)).Message);

    [Fact]
    public async Task Outgoing_filters_see_the_calls_of_grains() =>
        Assert.Equal("[[hello, sent by filtered/first to filtered/second]]", await Grain("first").SayThrough("second", "hello"));

    /// <summary>The outer filter tries again whatever failed; the inner one refuses.</summary>
    [Fact]
    public async Task A_filter_that_tries_again_passes_those_after_it_again() =>
        Assert.Equal("by the inner filter", (await Assert.ThrowsAsync<RefusedException>(Grain("guarded").Guarded)).Message);

    [Fact]
    public async Task An_outgoing_filter_may_send_a_call_again() => Assert.Equal(2, await Grain("retrying").FailOnceThrough("failing"));

    internal static async Task InnerFilter(IIncomingGrainCallContext context)
    {
        if (context.MethodName == nameof(IFilteredGrain.Guarded)) throw new RefusedException("by the inner filter");
        RequestContext.Set("filters", $"{RequestContext.Get("filters")} inner");
        if (context is { MethodName: nameof(IFilteredGrain.Number), Grain: FilteredGrain }) context.Request.SetArgument(0, (int)context.Request.GetArgument(0)! + 1);
        await context.Invoke();
        if (context is { MethodName: nameof(IFilteredGrain.Number), Grain: FilteredGrain }) context.Result = (int)context.Result! * 2;
    }

    internal static async Task OutgoingFilter(IOutgoingGrainCallContext context)
    {
        if (context is { MethodName: nameof(IFilteredGrain.Say), SourceContext: { } source } && context.InterfaceMethod.DeclaringType == typeof(IFilteredGrain))
            context.Request.SetArgument(0, $"{context.Request.GetArgument(0)}, sent by {source.GrainId} to {context.TargetId}");
        try
        {
            await context.Invoke();
        }
        catch (RefusedException) when (context.MethodName == nameof(IFilteredGrain.FailOnce))
        {
            await context.Invoke();
        }
    }

    public sealed class OuterFilter : IIncomingGrainCallFilter
    {
        public async Task Invoke(IIncomingGrainCallContext context)
        {
            RequestContext.Set("filters", "outer");
            if (context.MethodName == nameof(IFilteredGrain.Refused)) throw new RefusedException("by the filter");
            if (context is { MethodName: nameof(IFilteredGrain.Say), InterfaceName: { } name } && name.EndsWith(nameof(IFilteredGrain), StringComparison.Ordinal) && Equals(context.Request.GetArgument(0), "change me"))
                context.Request.SetArgument(0, "changed");
            try
            {
                await context.Invoke();
            }
            catch (RefusedException) when (context.MethodName == nameof(IFilteredGrain.Guarded))
            {
                await context.Invoke();
            }

            if (context.Result is string said && context.Grain is FilteredGrain) context.Result = $"[{said}]";
        }
    }
}
