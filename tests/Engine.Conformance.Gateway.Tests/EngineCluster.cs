using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Orleans.Conformance;

/// <summary>Orleans.Embedded with the client in a host of its own, connected over TCP on loopback.</summary>
internal sealed class EngineCluster : IAsyncDisposable
{
    private readonly IHost _silo;
    private readonly IHost _client;

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
        var gateway = silo.Services.GetRequiredService<IEmbeddedGateway>().EndPoint!;
        return new EngineCluster(silo, await StartHostAsync(builder => builder.UseOrleansClient(client => client.UseStaticClustering(gateway))));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in new[] { _client, _silo })
        {
            await host.StopAsync();
            host.Dispose();
        }
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
