using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Observers;
using Orleans.Runtime.Scheduling;
using ProvingMarket.Storage.Records;

namespace Orleans.Runtime.Gateway;

/// <summary>The services of a client. Everything here can be replaced by registering another before.</summary>
internal static class ClientServices
{
    /// <summary>Adds a client to a host, unless it has one already.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">The host's configuration.</param>
    /// <returns>The client's builder.</returns>
    /// <exception cref="OrleansConfigurationException">The host has a silo.</exception>
    internal static IClientBuilder Add(IServiceCollection services, IConfiguration configuration)
    {
        if (services.FirstOrDefault(service => service.ServiceType == typeof(ClientBuilder))?.ImplementationInstance is ClientBuilder existing) return existing;
        if (services.Any(service => service.ServiceType == typeof(SiloBuilder)))
            throw new OrleansConfigurationException("The host has a silo, and with it a client: UseOrleansClient is for hosts without one.");

        var builder = new ClientBuilder(services, configuration);
        services.AddSingleton(builder);
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IWorkScheduler, ThreadPoolWorkScheduler>();
        services.TryAddSingleton<IRandomSource, SystemRandomSource>();
        services.TryAddSingleton<ITransport, TcpTransport>();
        services.AddOptions<EmbeddedClientOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<EmbeddedClientOptions>, EmbeddedClientOptionsValidator>();
        services.AddSingleton(Create);
        services.AddSingleton(static provider => provider.GetRequiredService<ClientPieces>().Gateway);
        services.AddSingleton<IClusterClient>(static provider => provider.GetRequiredService<ClientPieces>().Client);
        services.AddSingleton<IGrainFactory>(static provider => provider.GetRequiredService<IClusterClient>());
        services.AddHostedService(static provider => provider.GetRequiredService<GatewayClient>());
        return builder;
    }

    private static ClientPieces Create(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<EmbeddedClientOptions>>().Value;
        var scheduler = services.GetRequiredService<IWorkScheduler>();
        var random = services.GetRequiredService<IRandomSource>();
        var clock = services.GetRequiredService<TimeProvider>();
        var logger = new UnfailingLog(services.GetRequiredService<ILogger<GatewayClient>>());
        var identity = $"client-{random.Next():x16}";

        var channel = new LateChannel();
        var timeouts = new ResponseTimeouts(clock, services.GetRequiredService<IOptions<ClientMessagingOptions>>().Value.ResponseTimeout);
        var caller = new GrainCaller(channel, timeouts, scheduler, GrainId.Create(ObserverTable.ClientType, identity))
        {
            Filters = [.. services.GetServices<IOutgoingGrainCallFilter>()],
        };
        var observers = new ObserverTable(identity, scheduler);
        var interfaces = new GrainInterfaceTable();
        var types = new SiloGrainTypes();
        var host = new ClientCallHost(observers, interfaces, scheduler, clock, new CallCodecs(caller, options.MaxFrameBytes, showStackTraces: false));
        var gateway = new GatewayClient(new GatewayClientParts
        {
            Options = options,
            Connector = new GatewayConnector(services.GetRequiredService<ITransport>(), options, services.GetRequiredService<IOptions<ClusterOptions>>().Value, identity, host, logger),
            Types = types,
            Observers = observers,
            Random = random,
            Timeouts = timeouts,
            Clock = clock,
            Scheduler = scheduler,
            RetryFilter = services.GetService<IClientConnectionRetryFilter>(),
            StatusObservers = [.. services.GetServices<IClusterConnectionStatusObserver>()],
            Logger = logger,
        });
        channel.Channel = gateway;
        return new ClientPieces(gateway, new EmbeddedClusterClient(services, new GrainFactory(caller, types, observers), interfaces, timeouts));
    }

    private sealed record ClientPieces(GatewayClient Gateway, EmbeddedClusterClient Client);
}
