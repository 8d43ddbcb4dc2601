using ProvingMarket.Serialization;

namespace ProvingMarket.Grains.Interfaces.Tests.Contracts;

/// <summary>Nothing is read that refers to anything.</summary>
internal sealed class NoReferences : IReferenceResolver
{
    public object CreateReference(GrainId grainId, Type interfaceType) => throw new NotSupportedException($"{interfaceType} is not called.");
}
