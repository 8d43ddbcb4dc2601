using Orleans.Hosting;
using Orleans.Runtime.Gateway;

namespace Microsoft.Extensions.Hosting;

/// <summary>Puts a client of a silo in another process into a host.</summary>
public static class OrleansClientGenericHostExtensions
{
    /// <summary>Puts a client into a host.</summary>
    /// <param name="hostAppBuilder">The host's builder.</param>
    /// <returns>The host's builder.</returns>
    public static HostApplicationBuilder UseOrleansClient(this HostApplicationBuilder hostAppBuilder) => hostAppBuilder.UseOrleansClient(static _ => { });

    /// <summary>Puts a client into a host. May be called again to configure more of it. The start of the host waits until the client is connected.</summary>
    /// <param name="hostAppBuilder">The host's builder.</param>
    /// <param name="configureDelegate">Configures the client.</param>
    /// <returns>The host's builder.</returns>
    public static HostApplicationBuilder UseOrleansClient(this HostApplicationBuilder hostAppBuilder, Action<IClientBuilder> configureDelegate)
    {
        ((IHostApplicationBuilder)hostAppBuilder).UseOrleansClient(configureDelegate);
        return hostAppBuilder;
    }

    /// <inheritdoc cref="UseOrleansClient(HostApplicationBuilder)"/>
    public static IHostApplicationBuilder UseOrleansClient(this IHostApplicationBuilder hostAppBuilder) => hostAppBuilder.UseOrleansClient(static _ => { });

    /// <inheritdoc cref="UseOrleansClient(HostApplicationBuilder, Action{IClientBuilder})"/>
    public static IHostApplicationBuilder UseOrleansClient(this IHostApplicationBuilder hostAppBuilder, Action<IClientBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(hostAppBuilder);
        ArgumentNullException.ThrowIfNull(configureDelegate);
        configureDelegate(ClientServices.Add(hostAppBuilder.Services, hostAppBuilder.Configuration));
        return hostAppBuilder;
    }

    /// <inheritdoc cref="UseOrleansClient(HostApplicationBuilder)"/>
    /// <param name="hostBuilder">The host's builder.</param>
    public static IHostBuilder UseOrleansClient(this IHostBuilder hostBuilder) => hostBuilder.UseOrleansClient(static (_, _) => { });

    /// <inheritdoc cref="UseOrleansClient(HostApplicationBuilder, Action{IClientBuilder})"/>
    /// <param name="hostBuilder">The host's builder.</param>
    /// <param name="configureDelegate">Configures the client.</param>
    public static IHostBuilder UseOrleansClient(this IHostBuilder hostBuilder, Action<IClientBuilder> configureDelegate) =>
        hostBuilder.UseOrleansClient((_, client) => configureDelegate(client));

    /// <inheritdoc cref="UseOrleansClient(HostApplicationBuilder, Action{IClientBuilder})"/>
    /// <param name="hostBuilder">The host's builder.</param>
    /// <param name="configureDelegate">Configures the client.</param>
    public static IHostBuilder UseOrleansClient(this IHostBuilder hostBuilder, Action<HostBuilderContext, IClientBuilder> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(hostBuilder);
        ArgumentNullException.ThrowIfNull(configureDelegate);
        return hostBuilder.ConfigureServices((context, services) => configureDelegate(context, ClientServices.Add(services, context.Configuration)));
    }
}
