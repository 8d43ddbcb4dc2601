using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Conformance;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Scheduling;
using Orleans.Runtime.Storage;
using ProvingMarket.TestKit;

namespace Orleans.Engine;

/// <summary>Runs work on the test's own thread, in order, when the test says so.</summary>
internal sealed class ManualScheduler : IWorkScheduler
{
    private readonly Queue<IThreadPoolWorkItem> _items = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;

    /// <summary>Gets the number of items that were run.</summary>
    public int Ran { get; private set; }

    public void Schedule(IThreadPoolWorkItem item)
    {
        Assert.Equal(_thread, Environment.CurrentManagedThreadId);
        _items.Enqueue(item);
    }

    public bool RunOne()
    {
        if (!_items.TryDequeue(out var item)) return false;

        // Turns run as on a thread of their own: without the test framework's context, which awaits would prefer to the turn's scheduler.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        Ran++;
        item.Execute();
        SynchronizationContext.SetSynchronizationContext(context);
        return true;
    }

    public void RunAll()
    {
        while (RunOne()) { }
    }
}

internal sealed class CountingRandomSource : IRandomSource
{
    private ulong _next;

    public ulong Next() => _next++;
}

/// <summary>A silo on one thread: time, scheduling and randomness are the test's.</summary>
internal sealed class ManualHost : IDisposable
{
    private readonly IHost _host;
    private readonly ServiceTurns _client;

    public ManualHost(FakeTimeProvider? clock = null, MemoryStores? stores = null, Action<ISiloBuilder>? configure = null)
    {
        Clock = clock ?? new FakeTimeProvider();
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.Services.AddSingleton<IWorkScheduler>(Scheduler);
        builder.Services.AddSingleton<IRandomSource, CountingRandomSource>();
        builder.Services.AddSingleton(Journal);
        if (stores is not null) builder.Services.AddSingleton(stores);
        builder.UseOrleans(silo =>
        {
            silo.AddMemoryGrainStorageAsDefault().AddMemoryGrainStorage("other").UseInMemoryReminderService();
            configure?.Invoke(silo);
        });
        _host = builder.Build();
        _client = new ServiceTurns(Scheduler);

        // The silo alone: a generic host leaves its thread.
        Run(() => Silo.StartAsync(CancellationToken.None));
    }

    public FakeTimeProvider Clock { get; }

    public ManualScheduler Scheduler { get; } = new();

    public Journal Journal { get; } = new();

    public IServiceProvider Services => _host.Services;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IClusterClient>();

    public Silo Silo => _host.Services.GetRequiredService<Silo>();

    /// <summary>Runs all that can run now.</summary>
    public void Settle() => Scheduler.RunAll();

    /// <summary>Lets time pass and runs what becomes possible.</summary>
    public void Advance(TimeSpan time)
    {
        Clock.Advance(time);
        Settle();
    }

    /// <summary>Lets time pass in steps, running what becomes possible at each.</summary>
    public void Advance(TimeSpan time, TimeSpan step)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += step) Advance(step);
    }

    /// <summary>Runs client code on the same thread until it has ended.</summary>
    public T Run<T>(Func<Task<T>> client)
    {
        T result = default!;
        Complete(_client.RunAsync(async () => result = await client()));
        return result;
    }

    public void Run(Func<Task> client) => Complete(_client.RunAsync(client));

    /// <summary>Starts client code on the same thread.</summary>
    public Task Start(Func<Task> client)
    {
        var task = _client.RunAsync(client);
        Settle();
        return task;
    }

    public void Stop() => Run(() => Silo.StopAsync(CancellationToken.None));

    public void Dispose() => _host.Dispose();

    private void Complete(Task task)
    {
        Settle();
        Assert.True(task.IsCompleted, "The work waits for something that does not come on this thread.");
        task.GetAwaiter().GetResult();
    }
}
