namespace Orleans.Conformance;

public sealed class ExceptionTests(ConformanceCluster cluster) : IClassFixture<ConformanceCluster>
{
    [Fact]
    public async Task The_caller_receives_what_the_grain_threw()
    {
        var grain = cluster.Grains.GetGrain<IThrowingGrain>("throws");

        Assert.Equal("at once", (await Assert.ThrowsAsync<RefusedException>(grain.Throw)).Message);
        var later = await Assert.ThrowsAsync<RefusedException>(grain.ThrowLater);
        Assert.Equal(("later", 12), (later.Message, later.Code));
        Assert.Equal("because", Assert.IsType<InvalidOperationException>(later.InnerException).Message);
        Assert.Contains("parameter", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await grain.ThrowFromValueTask())).Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(grain.Cancel);
    }

    [Fact]
    public async Task A_failed_call_does_not_end_the_activation()
    {
        var grain = cluster.Grains.GetGrain<IThrowingGrain>("goes on");

        await Assert.ThrowsAsync<RefusedException>(grain.Throw);
        await Assert.ThrowsAsync<RefusedException>(grain.ThrowLater);

        Assert.Equal(2, await grain.Count());
    }
}
