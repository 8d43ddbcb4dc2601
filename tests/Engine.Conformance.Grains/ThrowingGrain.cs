namespace Orleans.Conformance;

public interface IThrowingGrain : IGrainWithStringKey
{
    Task Throw();

    Task<int> ThrowLater();

    ValueTask<int> ThrowFromValueTask();

    Task Cancel();

    Task<int> Count();
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
        throw new RefusedException("later", new InvalidOperationException("because")) { Code = 12 };
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
