using System.Net;
using Microsoft.Extensions.Hosting;

namespace ProvingMarket.Client;

/// <summary>Connects an application to a market in another process.</summary>
public static class GatewayHostExtensions
{
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(250);

    /// <summary>Adds a client of the silo at <paramref name="gateway"/>. The application waits at its start until the silo is there, and the
    /// connection outlives the silo's restarts.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="gateway">Where the silo listens.</param>
    /// <param name="secret">The silo's <c>GatewaySecret</c>, when it has one.</param>
    public static IHostApplicationBuilder UseProvingMarketGateway(this IHostApplicationBuilder builder, IPEndPoint gateway, string? secret = null) =>
        builder.UseOrleansClient(client => client
            .UseEmbeddedGateway(options =>
            {
                options.Gateways.Add(gateway);
                options.Token = secret;
            })
            .UseConnectionRetryFilter(async (_, cancellationToken) =>
            {
                await Task.Delay(BetweenAttempts, cancellationToken);
                return true;
            }));
}
