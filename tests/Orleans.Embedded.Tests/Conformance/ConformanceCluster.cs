using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Orleans.Conformance;

/// <summary>
/// A cluster for the tests of one class. The tests in this folder use nothing but the public API of Orleans, so that they can be run on it as well.
/// </summary>
public sealed class ConformanceCluster : IAsyncLifetime
{
    private readonly InProcessTestCluster _cluster;

    public ConformanceCluster()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddMemoryGrainStorageAsDefault();
            silo.AddMemoryGrainStorage("other");
            silo.UseInMemoryReminderService();
            silo.Configure<ReminderOptions>(options => options.MinimumReminderPeriod = TimeSpan.FromMilliseconds(50));
            silo.AddIncomingGrainCallFilter<FilterTests.OuterFilter>();
            silo.AddIncomingGrainCallFilter(FilterTests.InnerFilter);
            silo.AddOutgoingGrainCallFilter(FilterTests.OutgoingFilter);
            silo.AddStartupTask(HostingTests.OnStartup);
            silo.Services.AddKeyedSingleton<Orleans.Storage.IGrainStorage, FaultyStorage>("faulty");
            silo.Services.AddSingleton<Journal>();
        });
        _cluster = builder.Build();
    }

    public InProcessTestCluster Cluster => _cluster;

    public IGrainFactory Grains => _cluster.Client;

    public IServiceProvider SiloServices => _cluster.Silos[0].ServiceProvider;

    public Task InitializeAsync() => _cluster.DeployAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();
}

/// <summary>Things that grains note down, in order, for tests to read. A service of the silo.</summary>
public sealed class Journal
{
    private readonly Lock _gate = new();
    private readonly List<(string Key, string Entry)> _entries = [];
    private readonly List<(string Key, int Count, TaskCompletionSource Reached)> _waiters = [];

    public void Add(string key, string entry)
    {
        lock (_gate)
        {
            _entries.Add((key, entry));
            foreach (var waiter in _waiters.Where(waiter => waiter.Key == key && Count(key) >= waiter.Count)) waiter.Reached.TrySetResult();
        }
    }

    public IReadOnlyList<string> Of(string key)
    {
        lock (_gate) return [.. _entries.Where(entry => entry.Key == key).Select(entry => entry.Entry)];
    }

    /// <summary>Waits until there are so many entries under a key.</summary>
    public Task Reached(string key, int count)
    {
        lock (_gate)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (Count(key) >= count) reached.SetResult();
            else _waiters.Add((key, count, reached));
            return reached.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    private int Count(string key) => _entries.Count(entry => entry.Key == key);
}

/// <summary>Points that grains stop at until a test lets them go on. Shared by name, since test and silo are one process.</summary>
public sealed class Barrier
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, Barrier> s_all = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when a grain has come to the point.</summary>
    public Task Arrived => _arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public static Barrier Named(string name) => s_all.GetOrAdd(name, static _ => new Barrier());

    /// <summary>Called by grains.</summary>
    public Task PassAsync()
    {
        _arrived.TrySetResult();
        return _released.Task;
    }

    public void Release() => _released.TrySetResult();
}
