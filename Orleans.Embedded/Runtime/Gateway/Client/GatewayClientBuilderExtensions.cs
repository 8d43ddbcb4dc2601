using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace Orleans.Hosting;

/// <summary>Says how a client reaches its silo.</summary>
public static class GatewayClientBuilderExtensions
{
    /// <summary>Names the silo's gateway; several if it may be at one of several addresses.</summary>
    /// <param name="builder">The client's builder.</param>
    /// <param name="endpoints">The addresses.</param>
    /// <returns>The client's builder.</returns>
    public static IClientBuilder UseStaticClustering(this IClientBuilder builder, params IPEndPoint[] endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return builder.UseEmbeddedGateway(options =>
        {
            options.Gateways.Clear();
            foreach (var endpoint in endpoints) options.Gateways.Add(endpoint);
        });
    }

    /// <summary>Names the gateway of a silo on this machine.</summary>
    /// <param name="builder">The client's builder.</param>
    /// <param name="gatewayPort">Its port.</param>
    /// <param name="serviceId">The identity of the service.</param>
    /// <param name="clusterId">The identity of the cluster.</param>
    /// <returns>The client's builder.</returns>
    public static IClientBuilder UseLocalhostClustering(
        this IClientBuilder builder, int gatewayPort = EmbeddedGatewayOptions.DefaultPort, string serviceId = ClusterOptions.DefaultServiceId, string clusterId = ClusterOptions.DefaultClusterId)
    {
        builder.Services.Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = (serviceId, clusterId));
        return builder.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, gatewayPort));
    }

    /// <summary>Sets gateway, secret and limits of the connection. Not part of Orleans.</summary>
    /// <param name="builder">The client's builder.</param>
    /// <param name="configureOptions">Sets them.</param>
    /// <returns>The client's builder.</returns>
    public static IClientBuilder UseEmbeddedGateway(this IClientBuilder builder, Action<EmbeddedClientOptions> configureOptions)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configureOptions);
        builder.Services.Configure(configureOptions);
        return builder;
    }

    /// <summary>Decides, while the client's host starts, whether to go on after an attempt to connect has failed. By default it goes on until <see cref="EmbeddedClientOptions.StartTimeout"/>.</summary>
    /// <param name="builder">The client's builder.</param>
    /// <param name="connectionRetryFilter">Decides.</param>
    /// <returns>The client's builder.</returns>
    public static IClientBuilder UseConnectionRetryFilter(this IClientBuilder builder, Func<Exception, CancellationToken, Task<bool>> connectionRetryFilter)
    {
        ArgumentNullException.ThrowIfNull(connectionRetryFilter);
        builder.Services.AddSingleton<IClientConnectionRetryFilter>(new DelegateRetryFilter(connectionRetryFilter));
        return builder;
    }

    /// <summary>Adds an observer of the connection's status.</summary>
    /// <typeparam name="TObserver">The type of the observer.</typeparam>
    /// <param name="builder">The client's builder.</param>
    /// <param name="observer">The observer.</param>
    /// <returns>The client's builder.</returns>
    public static IClientBuilder AddClusterConnectionStatusObserver<TObserver>(this IClientBuilder builder, TObserver observer) where TObserver : IClusterConnectionStatusObserver
    {
        builder.Services.AddSingleton<IClusterConnectionStatusObserver>(observer);
        return builder;
    }

    /// <summary>Adds an observer of the connection's status.</summary>
    /// <typeparam name="TObserver">The type of the observer; its constructor parameters are services.</typeparam>
    /// <param name="builder">The client's builder.</param>
    /// <returns>The client's builder.</returns>
    public static IClientBuilder AddClusterConnectionStatusObserver<TObserver>(this IClientBuilder builder) where TObserver : class, IClusterConnectionStatusObserver
    {
        builder.Services.AddSingleton<IClusterConnectionStatusObserver, TObserver>();
        return builder;
    }

    private sealed class DelegateRetryFilter(Func<Exception, CancellationToken, Task<bool>> filter) : IClientConnectionRetryFilter
    {
        public Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken) => filter(exception, cancellationToken);
    }
}
