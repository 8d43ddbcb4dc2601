using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Serialization;

namespace ProvingMarket.Storage.PostgreSql.Hosting;

/// <summary>What turns identities in records back into references, on Orleans.Embedded.</summary>
public static class SiloReferences
{
    /// <summary>Adds the resolver: the silo brings its own.</summary>
    /// <param name="services">The silo's services.</param>
    public static void Add(IServiceCollection services)
    {
        if (!services.Any(service => service.ServiceType == typeof(IReferenceResolver))) throw new InvalidOperationException("A silo of Orleans.Embedded has no reference resolver.");
    }
}
