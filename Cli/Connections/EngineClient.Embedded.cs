using System.Net;
using Microsoft.Extensions.Hosting;
using ProvingMarket.Client;

namespace ProvingMarket.Cli.Connections;

/// <summary>How this build's engine connects to a market.</summary>
internal static class EngineClient
{
    /// <summary>Whether markets are found by the database of their cluster.</summary>
    public const bool HasClusters = false;

    /// <summary>Whether gateways ask for a secret.</summary>
    public const bool HasSecrets = true;

    /// <summary>Connects to a gateway.</summary>
    public static void Connect(
        IHostApplicationBuilder builder, IReadOnlyCollection<IPEndPoint> gateways, string? secret, string clusterId, string serviceId, TimeSpan? within) =>
        builder.UseProvingMarketGateway(gateways, secret, within);

    /// <summary>Never reached: there are no clusters.</summary>
    public static void Connect(IHostApplicationBuilder builder, string database, string clusterId, string serviceId, TimeSpan? within) =>
        throw new NotSupportedException($"Cluster {clusterId} of {serviceId}: Orleans.Embedded has no clusters.");
}
