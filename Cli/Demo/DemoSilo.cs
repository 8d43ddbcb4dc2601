using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProvingMarket.Silo.Hosting;

namespace ProvingMarket.Cli.Demo;

/// <summary>The market of the demonstration: a silo in this process with its data in a folder, if the engine keeps any, and a gateway on a free port.</summary>
internal sealed class DemoSilo : IAsyncDisposable
{
    private readonly IHost _host;

    private DemoSilo(IHost host) => _host = host;

    /// <summary>Where workers and clients connect.</summary>
    public IPEndPoint Gateway => _host.Services.GetRequiredService<ISiloGateway>().EndPoint;

    /// <summary>Starts the market on a folder.</summary>
    public static async Task<DemoSilo> StartAsync(string folder, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Silo:DataFolder"] = folder,
            ["Silo:GatewayPort"] = "0",
            ["Silo:Cluster:SiloPort"] = "0",
            ["Market:AnnounceIntervalLimit"] = "00:00:02",
        });
        builder.Logging.AddErrors();
        builder.AddProvingMarketSilo();
        var silo = new DemoSilo(builder.Build());
        await silo._host.StartAsync(cancellationToken);
        return silo;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
