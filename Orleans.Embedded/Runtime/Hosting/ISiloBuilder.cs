using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Hosting;

/// <summary>Configures a silo.</summary>
public interface ISiloBuilder
{
    /// <summary>Gets the services of the host that the silo runs in.</summary>
    IServiceCollection Services { get; }

    /// <summary>Gets the configuration of that host.</summary>
    IConfiguration Configuration { get; }
}

/// <summary>A silo's builder.</summary>
/// <param name="services">The services.</param>
/// <param name="configuration">The configuration.</param>
internal sealed class SiloBuilder(IServiceCollection services, IConfiguration configuration) : ISiloBuilder
{
    /// <inheritdoc/>
    public IServiceCollection Services { get; } = services;

    /// <inheritdoc/>
    public IConfiguration Configuration { get; } = configuration;
}
