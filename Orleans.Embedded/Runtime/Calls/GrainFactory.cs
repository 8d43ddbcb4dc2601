using Orleans.Runtime.Observers;

namespace Orleans.Runtime.Calls;

/// <summary>Says which grain class a grain interface means. A silo knows its classes; a client in another process learns this from its silo.</summary>
internal interface IGrainTypeResolver
{
    /// <summary>Finds the grain class to use for an interface.</summary>
    /// <param name="interfaceType">The interface.</param>
    /// <param name="classNamePrefix">The start of the class's full name, to choose among several; or null.</param>
    /// <returns>The identity of the class.</returns>
    /// <exception cref="ArgumentException">No class implements the interface, or several do.</exception>
    GrainType GetGrainType(Type interfaceType, string? classNamePrefix);
}

/// <summary>Gives references on behalf of a host.</summary>
/// <param name="caller">The host's calling side.</param>
/// <param name="types">Which classes interfaces mean.</param>
/// <param name="observers">The host's own observers.</param>
internal class GrainFactory(GrainCaller caller, IGrainTypeResolver types, ObserverTable observers) : IGrainFactory
{
    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithIntegerKey =>
        (TGrainInterface)(object)Create(typeof(TGrainInterface), GrainIdKeyExtensions.CreateIntegerKey(primaryKey), grainClassNamePrefix);

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithStringKey =>
        (TGrainInterface)(object)Create(typeof(TGrainInterface), StringKey(primaryKey), grainClassNamePrefix);

    /// <inheritdoc/>
    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) => (IGrain)(object)Create(grainInterfaceType, GrainIdKeyExtensions.CreateIntegerKey(grainPrimaryKey), null);

    /// <inheritdoc/>
    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => (IGrain)(object)Create(grainInterfaceType, StringKey(grainPrimaryKey), null);

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId) where TGrainInterface : IAddressable =>
        (TGrainInterface)(object)caller.CreateReference(grainId, typeof(TGrainInterface));

    /// <inheritdoc/>
    public IAddressable GetGrain(GrainId grainId) => caller.CreateReference(grainId, typeof(IAddressable));

    /// <inheritdoc/>
    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj) where TGrainObserverInterface : IGrainObserver
    {
        ArgumentNullException.ThrowIfNull(obj);
        if (obj is GrainReference) throw new ArgumentException("The object is already a reference.", nameof(obj));
        if (obj is Grain) throw new ArgumentException("The object is a grain; pass a reference to it instead.", nameof(obj));
        if (obj is not TGrainObserverInterface) throw new ArgumentException($"{obj.GetType()} does not implement {typeof(TGrainObserverInterface)}.", nameof(obj));

        return (TGrainObserverInterface)(object)caller.CreateReference(observers.Add(obj), typeof(TGrainObserverInterface));
    }

    /// <inheritdoc/>
    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj) where TGrainObserverInterface : IGrainObserver
    {
        if (obj is not GrainReference reference) throw new ArgumentException("The object is not a reference.", nameof(obj));

        observers.Remove(reference.GrainId);
    }

    private static IdSpan StringKey(string key)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        return IdSpan.Create(key);
    }

    private GrainReference Create(Type interfaceType, IdSpan key, string? classNamePrefix) =>
        caller.CreateReference(new GrainId(types.GetGrainType(interfaceType, classNamePrefix), key), interfaceType);
}
