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
    /// <param name="connectWithin">How long the start waits for the silo before it fails with an <see cref="OrleansException"/>; null for as long as it stays away.</param>
    public static IHostApplicationBuilder UseProvingMarketGateway(
        this IHostApplicationBuilder builder, IPEndPoint gateway, string? secret = null, TimeSpan? connectWithin = null) =>
        builder.UseProvingMarketGateway([gateway], secret, connectWithin);

    /// <summary>Adds a client of the silo that listens at one of several addresses.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="gateways">Where the silo may listen.</param>
    /// <param name="secret">What the gateway asks for, if anything.</param>
    /// <param name="connectWithin">How long the start waits for the silo before it fails with an <see cref="OrleansException"/>; null for as long as it stays away.</param>
    public static IHostApplicationBuilder UseProvingMarketGateway(
        this IHostApplicationBuilder builder, IReadOnlyCollection<IPEndPoint> gateways, string? secret = null, TimeSpan? connectWithin = null) =>
        builder.UseOrleansClient(client => client.UseEmbeddedGateway(options =>
        {
            foreach (var gateway in gateways) options.Gateways.Add(gateway);
            options.Token = secret;
            options.StartTimeout = connectWithin ?? Timeout.InfiniteTimeSpan;
        }));
}
