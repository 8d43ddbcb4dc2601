using Orleans.Runtime;
using Orleans.Runtime.Calls;

namespace Orleans.Hosting;

/// <summary>The client within a silo's own process.</summary>
/// <param name="services">The host's services.</param>
/// <param name="silo">The silo.</param>
internal sealed class HostedClient(IServiceProvider services, Silo silo) : GrainFactory(silo.Caller, silo.Catalog, silo.Observers), IClusterClient
{
    /// <inheritdoc/>
    public IServiceProvider ServiceProvider => services;
}
