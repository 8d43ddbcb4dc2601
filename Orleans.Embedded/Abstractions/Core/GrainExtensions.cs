using Orleans.Runtime;

namespace Orleans;

/// <summary>Identity and references of grains.</summary>
public static class GrainExtensions
{
    /// <summary>Gets a reference to a grain, from within it (pass <c>this</c>) or from another reference.</summary>
    /// <typeparam name="TGrainInterface">The interface to call it through.</typeparam>
    /// <param name="grain">The grain or a reference to it.</param>
    /// <returns>The reference.</returns>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) => (TGrainInterface)AsReference(grain, typeof(TGrainInterface));

    /// <summary>Gets a reference to a grain, from within it (pass <c>this</c>) or from another reference.</summary>
    /// <param name="grain">The grain or a reference to it.</param>
    /// <param name="interfaceType">The interface to call it through.</param>
    /// <returns>The reference; it implements the interface.</returns>
    public static object AsReference(this IAddressable grain, Type interfaceType) => ReferenceOf(grain).CastTo(interfaceType);

    /// <summary>Gets a reference to the same grain through another of its interfaces.</summary>
    /// <typeparam name="TGrainInterface">The interface to call it through.</typeparam>
    /// <param name="grain">The grain or a reference to it.</param>
    /// <returns>The reference.</returns>
    public static TGrainInterface Cast<TGrainInterface>(this IAddressable grain) => grain.AsReference<TGrainInterface>();

    /// <summary>Gets the identity of a grain.</summary>
    /// <param name="grain">The grain or a reference to it.</param>
    /// <returns>Its identity.</returns>
    public static GrainId GetGrainId(this IAddressable grain) => grain switch
    {
        null => throw new ArgumentNullException(nameof(grain)),
        GrainReference reference => reference.GrainId,
        IGrainBase { GrainContext: { } context } => context.GrainId,
        _ => throw NotAGrain(grain),
    };

    /// <summary>Gets the key of a grain that has a string key.</summary>
    /// <param name="grain">The grain or a reference to it.</param>
    /// <returns>Its key.</returns>
    public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key.ToString();

    /// <summary>Gets the key of a grain that has an integer key.</summary>
    /// <param name="grain">The grain or a reference to it.</param>
    /// <returns>Its key.</returns>
    /// <exception cref="InvalidOperationException">The grain's key is not an integer.</exception>
    public static long GetPrimaryKeyLong(this IAddressable grain)
    {
        var id = grain.GetGrainId();
        return id.TryGetIntegerKey(out var key) ? key : throw new InvalidOperationException($"The key of grain {id} is not an integer.");
    }

    private static GrainReference ReferenceOf(IAddressable grain) => grain switch
    {
        null => throw new ArgumentNullException(nameof(grain)),
        GrainReference reference => reference,
        IGrainBase { GrainContext: { } context } => context.GrainReference,
        _ => throw NotAGrain(grain),
    };

    private static ArgumentException NotAGrain(IAddressable grain) =>
        new($"{grain.GetType()} is neither a grain that the engine created nor a reference to one.", nameof(grain));
}
