namespace Orleans.Conformance;

public interface IThrowingGrain : IGrainWithStringKey
{
    Task Throw();

    Task<int> ThrowLater();

    ValueTask<int> ThrowFromValueTask();

    Task Cancel();

    Task<int> Count();
}

[GenerateSerializer, Alias("conformance.refused")]
public sealed class RefusedException : Exception
{
    public RefusedException()
    {
    }

    public RefusedException(string message) : base(message)
    {
    }

    public RefusedException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

public sealed class ThrowingGrain : Grain, IThrowingGrain
{
    private int _count;

    public Task Throw()
    {
        _count++;
        throw new RefusedException("at once");
    }

    public async Task<int> ThrowLater()
    {
        _count++;
        await Task.Yield();
        throw new RefusedException("later", new InvalidOperationException("because"));
    }

    public async ValueTask<int> ThrowFromValueTask()
    {
        _count++;
        await Task.Yield();
        throw new ArgumentOutOfRangeException("parameter");
    }

    public Task Cancel()
    {
        _count++;
        return Task.FromCanceled(new CancellationToken(canceled: true));
    }

    public Task<int> Count() => Task.FromResult(_count);
}

public sealed class ExceptionTests(ConformanceCluster cluster) : IClassFixture<ConformanceCluster>
{
    [Fact]
    public async Task The_caller_receives_what_the_grain_threw()
    {
        var grain = cluster.Grains.GetGrain<IThrowingGrain>("throws");

        Assert.Equal("at once", (await Assert.ThrowsAsync<RefusedException>(grain.Throw)).Message);
        var later = await Assert.ThrowsAsync<RefusedException>(grain.ThrowLater);
        Assert.Equal("later", later.Message);
        Assert.Equal("because", Assert.IsType<InvalidOperationException>(later.InnerException).Message);
        Assert.Equal("parameter", (await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await grain.ThrowFromValueTask())).ParamName);
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
