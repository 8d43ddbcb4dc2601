using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Orleans.Conformance;

/// <summary>Orleans.Embedded with the client in a host of its own, connected over TCP on loopback.</summary>
internal sealed class EngineCluster : IAsyncDisposable
{
    private readonly IHost _silo;
    private IHost _client;

    private EngineCluster(IHost silo, IHost client) => (_silo, _client) = (silo, client);

    public IGrainFactory Client => _client.Services.GetRequiredService<IClusterClient>();

    public IServiceProvider SiloServices => _silo.Services;

    public static async Task<EngineCluster> StartAsync(Action<ISiloBuilder> configure)
    {
        var silo = await StartHostAsync(builder => builder.UseOrleans(silo =>
        {
            silo.UseEmbeddedGateway(gateway => (gateway.Address, gateway.Port) = (IPAddress.Loopback, 0));
            configure(silo);
        }));
        return new EngineCluster(silo, await ConnectAsync(silo));
    }

    /// <summary>Ends the client with its observers and connects another.</summary>
    public async Task ReplaceClientAsync()
    {
        await StopAsync(_client);
        _client = await ConnectAsync(_silo);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(_client);
        await StopAsync(_silo);
    }

    private static Task<IHost> ConnectAsync(IHost silo)
    {
        var gateway = silo.Services.GetRequiredService<IEmbeddedGateway>().EndPoint!;
        return StartHostAsync(builder => builder.UseOrleansClient(client => client.UseStaticClustering(gateway)));
    }

    private static async Task StopAsync(IHost host)
    {
        await host.StopAsync();
        host.Dispose();
    }

    private static async Task<IHost> StartHostAsync(Action<IHostApplicationBuilder> configure)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        configure(builder);
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }
}
