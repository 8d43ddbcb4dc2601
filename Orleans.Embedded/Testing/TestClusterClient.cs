using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Observers;
using Orleans.Runtime.Scheduling;

namespace Orleans.TestingHost;

/// <summary>The client of a testing cluster: outside of every silo, so it outlives them.</summary>
internal sealed class TestClusterClient : GrainFactory, IClusterClient, IDisposable
{
    private readonly ObserverTable _observers;
    private readonly ResponseTimeouts _timeouts;

    private TestClusterClient(IServiceProvider services, GrainCaller caller, IGrainTypeResolver types, ObserverTable observers, ResponseTimeouts timeouts)
        : base(caller, types, observers)
    {
        ServiceProvider = services;
        _observers = observers;
        _timeouts = timeouts;
    }

    /// <inheritdoc/>
    public IServiceProvider ServiceProvider { get; }

    /// <inheritdoc/>
    public void Dispose() => _timeouts.Dispose();

    /// <summary>Builds the client's host.</summary>
    /// <param name="link">The way to the silo.</param>
    /// <param name="configure">Configures the host.</param>
    /// <returns>The host; its <see cref="IClusterClient"/> is a client of this class.</returns>
    internal static IHost BuildHost(ClusterLink link, IEnumerable<Action<IHostApplicationBuilder>> configure)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(services => Create(services, link));
        builder.Services.AddSingleton<IClusterClient>(static services => services.GetRequiredService<TestClusterClient>());
        builder.Services.AddSingleton<IGrainFactory>(static services => services.GetRequiredService<TestClusterClient>());
        foreach (var delegates in configure) delegates(builder);
        builder.Services.TryAddSingleton(TimeProvider.System);
        return builder.Build();
    }

    /// <summary>Says that a silo is up: its grains can reach this client's observers.</summary>
    /// <param name="silo">The silo.</param>
    internal void Connect(Silo silo) => silo.Clients.Connected(_observers.Client, _observers);

    /// <summary>Says that this client ends, and its observers with it.</summary>
    /// <param name="silo">A silo that it was connected to.</param>
    internal void Disconnect(Silo silo) => silo.Clients.Disconnected(_observers.Client, _observers);

    /// <summary>Says that the silo is down: calls that were under way have an unknown outcome.</summary>
    internal void Disconnect() => _timeouts.FailAll(static call =>
        new SiloUnavailableException($"The silo has ended before {call} was answered. It may have run: its outcome is unknown."));

    private static TestClusterClient Create(IServiceProvider services, ClusterLink link)
    {
        var scheduler = services.GetService<IWorkScheduler>() ?? new ThreadPoolWorkScheduler();
        var random = services.GetService<IRandomSource>() ?? new SystemRandomSource();
        var client = $"client-{random.Next():x16}";
        var observers = new ObserverTable(client, scheduler);
        var timeouts = new ResponseTimeouts(services.GetRequiredService<TimeProvider>(), services.GetRequiredService<IOptions<ClientMessagingOptions>>().Value.ResponseTimeout);
        var caller = new GrainCaller(link, timeouts, scheduler, GrainId.Create(ObserverTable.ClientType, client))
        {
            Filters = [.. services.GetServices<IOutgoingGrainCallFilter>()],
        };
        return new TestClusterClient(services, caller, link, observers, timeouts);
    }
}
