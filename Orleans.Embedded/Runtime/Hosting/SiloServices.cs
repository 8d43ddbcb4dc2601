using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Runtime.Activations;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Outputs;
using Orleans.Runtime.Reminders;
using Orleans.Runtime.Scheduling;
using Orleans.Runtime.Storage;
using Orleans.Serialization;
using ProvingMarket.Serialization;

namespace Orleans.Hosting;

/// <summary>The services of a silo. Everything here can be replaced by registering another before or after.</summary>
internal static class SiloServices
{
    /// <summary>Adds a silo to a host, unless it has one already.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The host's configuration.</param>
    /// <returns>The silo's builder.</returns>
    internal static ISiloBuilder Add(IServiceCollection services, IConfiguration configuration)
    {
        if (services.FirstOrDefault(service => service.ServiceType == typeof(SiloBuilder))?.ImplementationInstance is SiloBuilder existing) return existing;

        var builder = new SiloBuilder(services, configuration);
        services.AddSingleton(builder);
        services.AddLogging();
        services.AddOptions();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IWorkScheduler, ThreadPoolWorkScheduler>();
        services.TryAddSingleton<IRandomSource, SystemRandomSource>();
        services.TryAddSingleton<OutputGate>();
        services.TryAddSingleton<IReferenceResolver, SiloReferenceResolver>();
        services.TryAddSingleton<IGrainStateSerializer, JsonStateSerializer>();
        services.TryAddSingleton<MemoryStores>();
        services.AddSingleton<IValidateOptions<GrainCollectionOptions>, GrainCollectionOptionsValidator>();
        services.AddSingleton<IValidateOptions<SiloMessagingOptions>, SiloMessagingOptionsValidator>();
        services.AddSingleton<IValidateOptions<ReminderOptions>, ReminderOptionsValidator>();
        services.AddSingleton(CreateSilo);
        services.AddSingleton(static provider => provider.GetRequiredService<Silo>().GrainFactory);
        services.AddSingleton<IClusterClient>(static provider => new HostedClient(provider, provider.GetRequiredService<Silo>()));
        services.AddHostedService<SiloHostedService>();
        return builder;
    }

    private static GrainClassCatalog CreateCatalog(IServiceProvider services)
    {
        var named = services.GetServices<NamedGrainClasses>().SelectMany(classes => classes.Types).ToList();
        return new GrainClassCatalog(named.Count > 0 ? named : GrainClassCatalog.FindAll());
    }

    private static Silo CreateSilo(IServiceProvider services)
    {
        return new Silo(
            services,
            new SiloParts
            {
                Scheduler = services.GetRequiredService<IWorkScheduler>(),
                Clock = services.GetRequiredService<TimeProvider>(),
                Random = services.GetRequiredService<IRandomSource>(),
                Catalog = services.GetService<GrainClassCatalog>() ?? CreateCatalog(services),
                Network = services.GetService<GrainCallNetwork>(),
                Outputs = services.GetRequiredService<OutputGate>(),
                EarlyCalls = services.GetServices<EarlyCall>(),
                ResponseTimeout = services.GetRequiredService<IOptions<SiloMessagingOptions>>().Value.ResponseTimeout,
                Collection = services.GetRequiredService<IOptions<GrainCollectionOptions>>().Value,
                Reminders = services.GetRequiredService<IOptions<ReminderOptions>>().Value,
                ReminderTable = services.GetService<IReminderTable>(),
                IncomingFilters = () => [.. services.GetServices<IIncomingGrainCallFilter>()],
                OutgoingFilters = () => [.. services.GetServices<IOutgoingGrainCallFilter>()],
            },
            services.GetRequiredService<ILogger<Silo>>());
    }
}

/// <summary>Starts and stops the silo with its host.</summary>
/// <param name="silo">The silo.</param>
/// <param name="startupTasks">Work to be done at the start.</param>
/// <param name="services">The host's services.</param>
internal sealed class SiloHostedService(Silo silo, IEnumerable<StartupTask> startupTasks, IServiceProvider services) : IHostedService
{
    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await silo.StartAsync(cancellationToken);
        foreach (var task in startupTasks.OrderBy(task => task.Stage)) await task.Run(services, cancellationToken);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => silo.StopAsync(cancellationToken);
}
