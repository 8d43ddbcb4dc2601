using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ProvingMarket.Silo.Settings;

namespace ProvingMarket.Silo.Web;

/// <summary>The web server of a silo.</summary>
public static class SiloWebExtensions
{
    /// <summary>Adds health checks, the operator policy, and the address of <c>Silo:Web</c> to listen on.</summary>
    public static WebApplicationBuilder AddSiloWeb(this WebApplicationBuilder builder)
    {
        builder.Services.AddOperatorPolicy();
        builder.Services.AddHealthChecks().AddCheck<MarketHealth>("market", timeout: TimeSpan.FromSeconds(5));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            var web = kestrel.ApplicationServices.GetRequiredService<IOptions<SiloSettings>>().Value.Web;
            kestrel.Listen(IPAddress.Parse(web.Address), web.Port);
        });
        return builder;
    }

    /// <summary>Maps <c>/health/live</c> and <c>/health/ready</c>, open to all, and the pages of operators.</summary>
    public static TBuilder MapSiloWeb<TBuilder>(this TBuilder app) where TBuilder : IEndpointRouteBuilder
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready");
        OperatorPages.Map(app);
        return app;
    }
}
