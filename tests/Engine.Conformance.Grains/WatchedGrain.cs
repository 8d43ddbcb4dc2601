using Orleans.Concurrency;

namespace Orleans.Conformance;

public interface IWatcher : IGrainObserver
{
    [OneWay]
    Task Seen(string what);

    Task<int> Ask(int number);

    void Told(string what);
}

public interface IWatchedGrain : IGrainWithStringKey
{
    Task Watch(IWatcher watcher);

    Task Show(string what);

    Task<int> Ask(int number);

    Task Tell(string what);
}

public sealed class WatchedGrain : Grain, IWatchedGrain
{
    private IWatcher? _watcher;

    public Task Watch(IWatcher watcher)
    {
        _watcher = watcher;
        return Task.CompletedTask;
    }

    public Task Show(string what) => _watcher!.Seen(what);

    public Task<int> Ask(int number) => _watcher!.Ask(number);

    public Task Tell(string what)
    {
        _watcher!.Told(what);
        return Task.CompletedTask;
    }
}
