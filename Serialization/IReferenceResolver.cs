namespace ProvingMarket.Serialization;

/// <summary>Turns the identities that stand for grain and observer references in serialized values back into references.</summary>
public interface IReferenceResolver
{
    /// <summary>Creates a reference.</summary>
    /// <param name="grainId">The grain or observer.</param>
    /// <param name="interfaceType">The interface it is called through.</param>
    /// <returns>An object that implements the interface.</returns>
    object CreateReference(GrainId grainId, Type interfaceType);
}
