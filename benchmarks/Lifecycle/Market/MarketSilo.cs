using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProvingMarket.Client;
using ProvingMarket.Proofs;
using ProvingMarket.Silo.Hosting;

namespace ProvingMarket.Benchmarks.Lifecycle.Market;

/// <summary>The server as it is shipped, in this process, with the zero-cost proof system added.</summary>
internal sealed class MarketSilo : IAsyncDisposable
{
    private readonly IHost _host;

    private MarketSilo(IHost host) => _host = host;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public IProvingMarketClient Client => _host.Services.GetRequiredService<IProvingMarketClient>();

    public IPEndPoint Gateway => _host.Services.GetRequiredService<ISiloGateway>().EndPoint;

    public static async Task<MarketSilo> StartAsync(IReadOnlyDictionary<string, string?> settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Silo:GatewayPort"] = "0", ["Silo:Cluster:SiloPort"] = "0" });
        builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
        // Standard output is for results.
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSingleton(new ProofSystems([new ZeroCostProofSystem()]));
        builder.AddProvingMarketSilo();
        builder.Services.AddProvingMarketClient();
        var silo = new MarketSilo(builder.Build());
        await silo._host.StartAsync();
        return silo;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
