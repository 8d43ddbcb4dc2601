using System.Net;
using Microsoft.Extensions.Hosting;

namespace ProvingMarket.Client;

/// <summary>Connects an application to a market in another process.</summary>
public static class GatewayHostExtensions
{
    /// <summary>Adds a client of the silo at <paramref name="gateway"/>. The application waits at its start until the silo is there, and is connected
    /// again whenever it comes back.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="gateway">Where the silo listens.</param>
    /// <param name="secret">What the gateway asks for, if anything.</param>
    public static IHostApplicationBuilder UseProvingMarketGateway(this IHostApplicationBuilder builder, IPEndPoint gateway, string? secret = null) =>
        builder.UseProvingMarketGateway([gateway], secret);

    /// <summary>Adds a client of the silo that listens at one of several addresses.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="gateways">Where the silo may listen.</param>
    /// <param name="secret">What the gateway asks for, if anything.</param>
    public static IHostApplicationBuilder UseProvingMarketGateway(this IHostApplicationBuilder builder, IReadOnlyCollection<IPEndPoint> gateways, string? secret = null) =>
        builder.UseOrleansClient(client => client.UseEmbeddedGateway(options =>
        {
            foreach (var gateway in gateways) options.Gateways.Add(gateway);
            options.Token = secret;
            options.StartTimeout = Timeout.InfiniteTimeSpan;
        }));
}
