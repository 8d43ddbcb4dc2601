using Orleans.Concurrency;

namespace Orleans.Conformance;

public interface IWatcher : IGrainObserver
{
    [OneWay]
    Task Seen(string what);

    Task<int> Ask(int number);

    [ResponseTimeout("00:00:02")]
    Task<int> AskSoon(int number);

    void Told(string what);
}

public interface IWatchedGrain : IGrainWithStringKey
{
    Task Watch(IWatcher watcher);

    Task Show(string what);

    Task<int> Ask(int number);

    Task<int> AskSoon(int number);

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

    public Task<int> AskSoon(int number) => _watcher!.AskSoon(number);

    public Task Tell(string what)
    {
        _watcher!.Told(what);
        return Task.CompletedTask;
    }
}
