using Orleans.Concurrency;

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
