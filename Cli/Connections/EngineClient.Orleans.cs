using System.Net;
using Microsoft.Extensions.Hosting;
using ProvingMarket.Client;

namespace ProvingMarket.Cli.Connections;

/// <summary>How this build's engine connects to a market.</summary>
internal static class EngineClient
{
    /// <summary>Whether markets are found by the database of their cluster.</summary>
    public const bool HasClusters = true;

    /// <summary>Whether gateways ask for a secret.</summary>
    public const bool HasSecrets = false;

    /// <summary>Connects to gateways.</summary>
    public static void Connect(
        IHostApplicationBuilder builder, IReadOnlyCollection<IPEndPoint> gateways, string? secret, string clusterId, string serviceId, TimeSpan? within) =>
        builder.UseProvingMarketGateway(gateways, secret, clusterId, serviceId, within);

    /// <summary>Connects to a cluster.</summary>
    public static void Connect(IHostApplicationBuilder builder, string database, string clusterId, string serviceId, TimeSpan? within) =>
        builder.UseProvingMarketCluster(database, clusterId, serviceId, within);
}
