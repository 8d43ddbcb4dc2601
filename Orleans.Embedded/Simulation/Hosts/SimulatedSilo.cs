using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Activations;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Reminders;
using Orleans.Runtime.Scheduling;
using Orleans.Runtime.Storage;
using Orleans.Simulation.Network;
using Orleans.Simulation.Storage;
using Orleans.Storage;

namespace Orleans.Simulation;

/// <summary>One life of the silo: the engine's own, on what the simulation has for its seams.</summary>
internal sealed class SimulatedSilo
{
    /// <summary>The activations of a stateless worker that names no number: one that does not depend on the machine.</summary>
    private const int DefaultWorkers = 4;

    private static readonly IConfiguration s_noConfiguration = new ConfigurationBuilder().Build();
    private static readonly Type[] s_seams = [typeof(IWorkScheduler), typeof(TimeProvider), typeof(IRandomSource), typeof(IGrainStorage), typeof(IReminderTable)];

    // What is known about grain classes is the same in all simulations, and takes long to find out.
    private static readonly ConcurrentDictionary<string, Lazy<GrainClassCatalog>> s_catalogs = new(StringComparer.Ordinal);

    private readonly ServiceProvider _services;
    private readonly SimulatedHost _host;
    private readonly DiskAccess _disk;
    private readonly Silo _silo;

    /// <summary>Makes a silo that is not started.</summary>
    /// <param name="cluster">The simulation.</param>
    /// <param name="host">Where it lives.</param>
    /// <param name="network">The network.</param>
    /// <param name="disk">The way to the disk.</param>
    internal SimulatedSilo(SimulatedCluster cluster, SimulatedHost host, SimulatedNetwork network, DiskAccess disk)
    {
        _host = host;
        _disk = disk;
        var services = new ServiceCollection();
        services.AddSingleton(cluster);
        services.AddSingleton<IWorkScheduler>(host);
        services.AddSingleton<IRandomSource>(host);
        services.AddSingleton<TimeProvider>(host.Clock);
        services.AddSingleton<IReminderTable>(new SimulatedReminderTable(disk));
        services.AddSingleton<IGrainStateSerializer>(new NoSerializer());
        services.AddKeyedSingleton<IGrainStorage>(KeyedService.AnyKey, (_, name) => new SimulatedGrainStorage((string)name!, disk));
        services.AddSingleton<GrainCallNetwork>(dispatcher => End = new NetworkEnd(network, host, dispatcher));
        var builder = SiloServices.Add(services, s_noConfiguration);
        services.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = cluster.Options.ResponseTimeout);
        var own = services.Count;
        cluster.Options.ConfigureSilo(builder);
        if (services.Skip(own).FirstOrDefault(service => s_seams.Contains(service.ServiceType)) is { } foreign)
            throw new OrleansConfigurationException($"{nameof(SimulationOptions.ConfigureSilo)} registers a {foreign.ServiceType.Name}: in a simulation it is the simulation's.");

        services.AddSingleton(CatalogOf(services));
        _services = services.BuildServiceProvider();
        try
        {
            _silo = _services.GetRequiredService<Silo>();
            _services.GetService<IStartupValidator>()?.Validate();
        }
        catch
        {
            _services.Dispose();
            throw;
        }

        disk.Connect(_silo.Caller, _silo.Outputs);
        network.Connect(_silo.Observers.Client, End!);
    }

    /// <summary>Gets its end of the network.</summary>
    internal NetworkEnd? End { get; private set; }

    /// <summary>Gets which grain classes interfaces mean.</summary>
    internal IGrainTypeResolver GrainTypes => _silo.Catalog;

    /// <summary>Starts it.</summary>
    /// <param name="started">Is told when it has started, or how it failed.</param>
    internal void Start(Action<Exception?> started) => _ = new ServiceTurns(_host).RunAsync(async () =>
    {
        try
        {
            foreach (var service in _services.GetServices<IHostedService>()) await service.StartAsync(CancellationToken.None);
        }
        catch (Exception error)
        {
            started(error);
            return;
        }

        started(null);
    });

    /// <summary>Ends it, as kill -9 does. What it had on its way to the disk has taken effect or not.</summary>
    internal void Crash()
    {
        _host.End();
        _disk.Crash();
        _silo.Kill();
    }

    /// <summary>Releases what its services hold, after the end.</summary>
    internal void Dispose() => _ = _services.DisposeAsync().AsTask();

    private static GrainClassCatalog CatalogOf(ServiceCollection services)
    {
        var named = services.Select(service => service.ServiceType == typeof(NamedGrainClasses) ? (NamedGrainClasses)service.ImplementationInstance! : null).OfType<NamedGrainClasses>().SelectMany(classes => classes.Types).ToList();
        var key = string.Join('\n', named.Select(type => type.AssemblyQualifiedName).Order(StringComparer.Ordinal));
        return s_catalogs.GetOrAdd(key, _ => new Lazy<GrainClassCatalog>(() => new GrainClassCatalog(named.Count > 0 ? named : GrainClassCatalog.FindAll(), DefaultWorkers))).Value;
    }

    /// <summary>Simulated storages have one codec for all simulations: see <see cref="StateCodec"/>.</summary>
    private sealed class NoSerializer : IGrainStateSerializer
    {
        public byte[] Serialize<T>(T? content) => throw new NotSupportedException("In a simulation all storage is the simulation's.");

        public T? Deserialize<T>(ReadOnlySpan<byte> bytes) => throw new NotSupportedException("In a simulation all storage is the simulation's.");
    }
}
