using System.Net;
using Microsoft.Extensions.Hosting;

namespace ProvingMarket.Client;

/// <summary>Connects an application to a market in another process.</summary>
public static class GatewayHostExtensions
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);

    /// <summary>Adds a client of the silo at <paramref name="gateway"/>. The application waits at its start until the silo is there.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="gateway">Where the silo listens.</param>
    /// <param name="secret">Not used by this engine, whose clusters are closed by the network.</param>
    public static IHostApplicationBuilder UseProvingMarketGateway(this IHostApplicationBuilder builder, IPEndPoint gateway, string? secret = null) =>
        builder.UseOrleansClient(client => client
            .UseStaticClustering(gateway)
            .UseConnectionRetryFilter(async (_, cancellationToken) =>
            {
                await Task.Delay(BetweenAttempts, cancellationToken);
                return true;
            }));
}
