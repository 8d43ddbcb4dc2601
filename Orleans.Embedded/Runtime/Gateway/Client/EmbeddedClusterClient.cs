using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Gateway;

/// <summary>The client that applications use.</summary>
/// <param name="services">The services of its host.</param>
/// <param name="factory">Gives references.</param>
/// <param name="observerInterfaces">Receives the interfaces of observers, so that they can be called from outside.</param>
/// <param name="timeouts">Ends the waiting for calls.</param>
internal sealed class EmbeddedClusterClient(IServiceProvider services, IGrainFactory factory, GrainInterfaceTable observerInterfaces, ResponseTimeouts timeouts) : IClusterClient, IDisposable
{
    /// <inheritdoc/>
    public IServiceProvider ServiceProvider => services;

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithIntegerKey =>
        factory.GetGrain<TGrainInterface>(primaryKey, grainClassNamePrefix);

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithStringKey =>
        factory.GetGrain<TGrainInterface>(primaryKey, grainClassNamePrefix);

    /// <inheritdoc/>
    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) => factory.GetGrain(grainInterfaceType, grainPrimaryKey);

    /// <inheritdoc/>
    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => factory.GetGrain(grainInterfaceType, grainPrimaryKey);

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId) where TGrainInterface : IAddressable => factory.GetGrain<TGrainInterface>(grainId);

    /// <inheritdoc/>
    public IAddressable GetGrain(GrainId grainId) => factory.GetGrain(grainId);

    /// <inheritdoc/>
    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj) where TGrainObserverInterface : IGrainObserver
    {
        observerInterfaces.Add(typeof(TGrainObserverInterface));
        return factory.CreateObjectReference<TGrainObserverInterface>(obj);
    }

    /// <inheritdoc/>
    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj) where TGrainObserverInterface : IGrainObserver =>
        factory.DeleteObjectReference<TGrainObserverInterface>(obj);

    /// <inheritdoc/>
    public void Dispose() => timeouts.Dispose();
}
