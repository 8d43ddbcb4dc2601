using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Client;
using ProvingMarket.Proofs;
using ProvingMarket.Proofs.Groth16;
using ProvingMarket.Silo.Hosting;
using ProvingMarket.Silo.Web;

namespace ProvingMarket.Samples.Extending;

/// <summary>A silo in a host of one's own, with a proof system of one's own, and a client beside it that calls its grains without a connection.</summary>
public static class OwnSilo
{
    /// <summary>Builds it.</summary>
    /// <param name="settings">Settings as in <c>Silo/appsettings.json</c>, for example <c>Silo:DataFolder</c>.</param>
    public static WebApplication Build(IReadOnlyDictionary<string, string?> settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddSingleton(new ProofSystems([new Groth16ProofSystem(), new AttestationSystem()]));
        builder.AddProvingMarketSilo();
        builder.AddSiloWeb();
        builder.Services.AddProvingMarketClient();
        var app = builder.Build();
        app.MapSiloWeb();
        return app;
    }
}
