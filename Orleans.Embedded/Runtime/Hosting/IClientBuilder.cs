using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Hosting;

/// <summary>Configures a client outside of the silo's host.</summary>
public interface IClientBuilder
{
    /// <summary>Gets the services of the host that the client runs in.</summary>
    IServiceCollection Services { get; }

    /// <summary>Gets the configuration of that host.</summary>
    IConfiguration Configuration { get; }
}

/// <summary>A client's builder.</summary>
/// <param name="services">The services.</param>
/// <param name="configuration">The configuration.</param>
internal sealed class ClientBuilder(IServiceCollection services, IConfiguration configuration) : IClientBuilder
{
    /// <inheritdoc/>
    public IServiceCollection Services { get; } = services;

    /// <inheritdoc/>
    public IConfiguration Configuration { get; } = configuration;
}

/// <summary>Configures services and options of a client.</summary>
public static class ClientBuilderExtensions
{
    /// <summary>Registers services.</summary>
    /// <param name="builder">The client's builder.</param>
    /// <param name="configureDelegate">Registers them.</param>
    /// <returns>The client's builder.</returns>
    public static IClientBuilder ConfigureServices(this IClientBuilder builder, Action<IServiceCollection> configureDelegate)
    {
        ArgumentNullException.ThrowIfNull(configureDelegate);
        configureDelegate(builder.Services);
        return builder;
    }

    /// <summary>Sets options.</summary>
    /// <typeparam name="TOptions">The type of the options.</typeparam>
    /// <param name="builder">The client's builder.</param>
    /// <param name="configureOptions">Sets them.</param>
    /// <returns>The client's builder.</returns>
    public static IClientBuilder Configure<TOptions>(this IClientBuilder builder, Action<TOptions> configureOptions) where TOptions : class
    {
        builder.Services.Configure(configureOptions);
        return builder;
    }
}
