using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Metadata;
using ProvingMarket.Serialization;

namespace ProvingMarket.Storage.PostgreSql.Hosting;

/// <summary>What turns identities in records back into references, on Microsoft Orleans.</summary>
public static class SiloReferences
{
    /// <summary>Adds the resolver.</summary>
    /// <param name="services">The silo's services.</param>
    public static void Add(IServiceCollection services) => services.TryAddSingleton<IReferenceResolver, Resolver>();

    // The factory is asked for late: storages are made before it is.
    private sealed class Resolver(IServiceProvider services) : IReferenceResolver
    {
        public object CreateReference(GrainId grainId, Type interfaceType) => services.GetRequiredService<IGrainFactory>()
            .GetGrain(grainId, services.GetRequiredService<GrainInterfaceTypeResolver>().GetGrainInterfaceType(interfaceType));
    }
}
