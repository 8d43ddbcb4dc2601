using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using ProvingMarket.Serialization;

namespace Orleans.Serialization;

/// <summary>Creates references that belong to a silo.</summary>
/// <param name="services">The silo's services. Asked late, because the silo is made from storages that need this.</param>
internal sealed class SiloReferenceResolver(IServiceProvider services) : IReferenceResolver
{
    private Silo? _silo;

    /// <inheritdoc/>
    public object CreateReference(GrainId grainId, Type interfaceType)
    {
        _silo ??= services.GetRequiredService<Silo>();
        return _silo.Caller.CreateReference(grainId, interfaceType);
    }
}
