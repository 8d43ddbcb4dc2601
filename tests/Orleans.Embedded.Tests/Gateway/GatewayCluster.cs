using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Gateway;
using Orleans.Runtime.Scheduling;
using ProvingMarket.TestKit;

namespace Orleans.Embedded.Tests.Gateway;

/// <summary>A silo with a gateway, and clients that are connected to it, in separate hosts. The silo can be stopped, killed and started again.</summary>
internal sealed class GatewayCluster : IAsyncDisposable
{
    internal const string Tcp = "tcp";
    internal const string Memory = "memory";

    private readonly List<IHost> _clients = [];
    private IHost? _silo;

    internal GatewayCluster(string transport = Memory, FakeTimeProvider? clock = null)
    {
        Transport = transport == Tcp ? new TcpTransport() : new InMemoryTransport(new ThreadPoolWorkScheduler());
        Clock = clock;
    }

    internal static TheoryData<string> Transports => [Tcp, Memory];

    internal ITransport Transport { get; init; }

    internal FakeTimeProvider? Clock { get; }

    internal LogSink SiloLog { get; } = new();

    internal LogSink ClientLog { get; } = new();

    internal ILoggerProvider? AlsoLogsTo { get; init; }

    internal Action<EmbeddedGatewayOptions> ConfigureGateway { get; set; } = static _ => { };

    internal IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    internal IEmbeddedGateway Gateway => _silo!.Services.GetRequiredService<IEmbeddedGateway>();

    internal IServiceProvider SiloServices => _silo!.Services;

    /// <summary>Starts a silo and one client.</summary>
    internal static async Task<(GatewayCluster Cluster, IClusterClient Client)> StartAsync(
        string transport = Memory, Action<EmbeddedGatewayOptions>? gateway = null, Action<IClientBuilder>? client = null, FakeTimeProvider? clock = null)
    {
        var cluster = new GatewayCluster(transport, clock);
        if (gateway is not null) cluster.ConfigureGateway = gateway;
        await cluster.StartSiloAsync();
        return (cluster, await cluster.ConnectAsync(client));
    }

    internal async Task StartSiloAsync()
    {
        var builder = Builder(SiloLog);
        builder.UseOrleans(silo =>
        {
            silo.UseGrainClasses(typeof(RemoteGrain), typeof(OtherGrain));
            silo.UseEmbeddedGateway(options =>
            {
                options.Port = EndPoint.Port;
                ConfigureGateway(options);
            });
        });
        var host = builder.Build();
        try
        {
            await host.StartAsync();
        }
        catch
        {
            host.Dispose();
            throw;
        }

        _silo = host;
        EndPoint = Gateway.EndPoint!;
    }

    /// <summary>Builds a client's host that is not started.</summary>
    internal IHost BuildClient(Action<IClientBuilder>? configure = null)
    {
        var builder = Builder(ClientLog);
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering(EndPoint);
            configure?.Invoke(client);
        });
        var host = builder.Build();
        _clients.Add(host);
        return host;
    }

    internal async Task<IClusterClient> ConnectAsync(Action<IClientBuilder>? configure = null)
    {
        var host = BuildClient(configure);
        await host.StartAsync();
        return host.Services.GetRequiredService<IClusterClient>();
    }

    internal async Task StopSiloAsync()
    {
        await _silo!.StopAsync();
        _silo.Dispose();
        _silo = null;
    }

    /// <summary>Ends the silo as if its process had died.</summary>
    internal void KillSilo()
    {
        _silo!.Services.GetRequiredService<EmbeddedGateway>().Dispose();
        _silo.Services.GetRequiredService<Silo>().Kill();
        _silo.Dispose();
        _silo = null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        if (_silo is not null) await StopSiloAsync();
    }

    private HostApplicationBuilder Builder(LogSink log)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddProvider(log);
        if (AlsoLogsTo is not null) builder.Logging.AddProvider(AlsoLogsTo);
        builder.Services.AddSingleton(Transport);
        if (Clock is not null) builder.Services.AddSingleton<TimeProvider>(Clock);
        return builder;
    }
}
