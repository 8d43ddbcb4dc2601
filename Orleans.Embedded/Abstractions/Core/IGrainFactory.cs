using Orleans.Runtime;

namespace Orleans;

/// <summary>Gives references to grains. Getting one does no work elsewhere: grains exist always and are activated by their first call.</summary>
public interface IGrainFactory
{
    /// <summary>Gets a reference to a grain with an integer key.</summary>
    /// <typeparam name="TGrainInterface">The grain interface.</typeparam>
    /// <param name="primaryKey">The grain's key.</param>
    /// <param name="grainClassNamePrefix">Chooses among several classes that implement the interface, by the start of their full name.</param>
    /// <returns>The reference.</returns>
    TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithIntegerKey;

    /// <summary>Gets a reference to a grain with a string key.</summary>
    /// <typeparam name="TGrainInterface">The grain interface.</typeparam>
    /// <param name="primaryKey">The grain's key.</param>
    /// <param name="grainClassNamePrefix">Chooses among several classes that implement the interface, by the start of their full name.</param>
    /// <returns>The reference.</returns>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithStringKey;

    /// <summary>Gets a reference to a grain with an integer key.</summary>
    /// <param name="grainInterfaceType">The grain interface.</param>
    /// <param name="grainPrimaryKey">The grain's key.</param>
    /// <returns>The reference; it implements the interface.</returns>
    IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey);

    /// <summary>Gets a reference to a grain with a string key.</summary>
    /// <param name="grainInterfaceType">The grain interface.</param>
    /// <param name="grainPrimaryKey">The grain's key.</param>
    /// <returns>The reference; it implements the interface.</returns>
    IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey);

    /// <summary>Gets a reference to a grain by its identity.</summary>
    /// <typeparam name="TGrainInterface">The interface to call it through.</typeparam>
    /// <param name="grainId">The grain's identity.</param>
    /// <returns>The reference.</returns>
    TGrainInterface GetGrain<TGrainInterface>(GrainId grainId) where TGrainInterface : IAddressable;

    /// <summary>Gets a reference to a grain by its identity, to be turned into one that can be called by <see cref="GrainExtensions.AsReference{TGrainInterface}(IAddressable)"/>.</summary>
    /// <param name="grainId">The grain's identity.</param>
    /// <returns>The reference; it implements no grain interface.</returns>
    IAddressable GetGrain(GrainId grainId);

    /// <summary>Makes an object callable by grains.</summary>
    /// <typeparam name="TGrainObserverInterface">The observer interface.</typeparam>
    /// <param name="obj">The object. It stays callable until the reference is deleted or its process ends.</param>
    /// <returns>A reference to hand to grains.</returns>
    TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj) where TGrainObserverInterface : IGrainObserver;

    /// <summary>Ends what <see cref="CreateObjectReference{TGrainObserverInterface}(IGrainObserver)"/> began: later calls to the reference fail.</summary>
    /// <typeparam name="TGrainObserverInterface">The observer interface.</typeparam>
    /// <param name="obj">The reference that was returned.</param>
    void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj) where TGrainObserverInterface : IGrainObserver;
}

/// <summary>A client of a silo, in its own process or another.</summary>
public interface IClusterClient : IGrainFactory
{
    /// <summary>Gets the services of the client's host.</summary>
    IServiceProvider ServiceProvider { get; }
}
