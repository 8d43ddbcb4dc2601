using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using ProvingMarket.Grains.Interfaces;

namespace ProvingMarket.Client;

/// <summary>Connects an application to a market in another process.</summary>
public static class GatewayHostExtensions
{
    private const string PostgreSql = "Npgsql";

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(5);

    /// <summary>Adds a client of the silo at <paramref name="gateway"/>. The application waits at its start until the silo is there.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="gateway">Where the silo listens.</param>
    /// <param name="secret">Must be null: Microsoft Orleans has no secrets, its network must be closed.</param>
    /// <param name="connectWithin">How long the start goes on after its first attempt has failed before it fails with an <see cref="OrleansException"/>; null for as long as no silo is there.</param>
    public static IHostApplicationBuilder UseProvingMarketGateway(
        this IHostApplicationBuilder builder, IPEndPoint gateway, string? secret = null, TimeSpan? connectWithin = null) =>
        builder.UseProvingMarketGateway([gateway], secret, connectWithin: connectWithin);

    /// <summary>Adds a client of a cluster whose silos listen at known addresses; those that are up are used.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="gateways">Where silos listen.</param>
    /// <param name="secret">Must be null: Microsoft Orleans has no secrets, its network must be closed.</param>
    /// <param name="clusterId">The cluster's name.</param>
    /// <param name="serviceId">The service's name.</param>
    /// <param name="connectWithin">How long the start goes on after its first attempt has failed before it fails with an <see cref="OrleansException"/>; null for as long as no silo is there.</param>
    public static IHostApplicationBuilder UseProvingMarketGateway(
        this IHostApplicationBuilder builder, IReadOnlyCollection<IPEndPoint> gateways, string? secret = null,
        string clusterId = MarketNames.Cluster, string serviceId = MarketNames.Cluster, TimeSpan? connectWithin = null)
    {
        if (secret is not null) throw new NotSupportedException("Microsoft Orleans has no secrets for gateways: leave it out, and close the network.");
        return builder.UseCluster(client => client.UseStaticClustering([.. gateways]), clusterId, serviceId, connectWithin);
    }

    /// <summary>Adds a client of a cluster whose silos find each other by a database, and so does the client: it fails over to silos that joined
    /// after it.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="connectionString">The PostgreSQL database.</param>
    /// <param name="clusterId">The cluster's name.</param>
    /// <param name="serviceId">The service's name.</param>
    /// <param name="connectWithin">How long the start goes on after its first attempt has failed before it fails with an <see cref="OrleansException"/>; null for as long as no silo is there.</param>
    public static IHostApplicationBuilder UseProvingMarketCluster(
        this IHostApplicationBuilder builder, string connectionString, string clusterId = MarketNames.Cluster, string serviceId = MarketNames.Cluster,
        TimeSpan? connectWithin = null) =>
        builder.UseCluster(
            client => client.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (PostgreSql, connectionString)), clusterId, serviceId, connectWithin);

    private static IHostApplicationBuilder UseCluster(
        this IHostApplicationBuilder builder, Action<IClientBuilder> find, string clusterId, string serviceId, TimeSpan? connectWithin) =>
        builder.UseOrleansClient(client =>
        {
            find(client);
            client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (clusterId, serviceId));
            client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = BetweenLooks);
            long? firstFailure = null;
            client.UseConnectionRetryFilter(async (failure, cancellationToken) =>
            {
                if (Stopwatch.GetElapsedTime(firstFailure ??= Stopwatch.GetTimestamp()) >= connectWithin)
                    throw new SiloUnavailableException($"No silo could be reached within {connectWithin}. {failure.Message}", failure);
                await Task.Delay(BetweenAttempts, cancellationToken);
                return true;
            });
        });
}
