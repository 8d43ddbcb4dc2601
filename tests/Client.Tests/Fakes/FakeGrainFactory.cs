using System.Collections.Concurrent;

namespace ProvingMarket.Client.Tests.Fakes;

/// <summary>Gives plain objects for grains. A grain nobody put in is a failed test.</summary>
internal sealed partial class FakeGrainFactory : IGrainFactory
{
    private readonly ConcurrentDictionary<string, object> _grains = new();
    private int _references;

    /// <summary>Observer references that exist now.</summary>
    public int References => Volatile.Read(ref _references);

    public FakeGrainFactory Put(string key, object grain)
    {
        _grains[key] = grain;
        return this;
    }

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey => Get<TGrainInterface>(primaryKey);

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId) where TGrainInterface : IAddressable => Get<TGrainInterface>(grainId.ToString());

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey => throw new NotSupportedException();

    public IAddressable GetGrain(GrainId grainId) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey) => throw new NotSupportedException();

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) => throw new NotSupportedException();

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj) where TGrainObserverInterface : IGrainObserver
    {
        Interlocked.Increment(ref _references);
        return (TGrainObserverInterface)obj;
    }

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj) where TGrainObserverInterface : IGrainObserver =>
        Interlocked.Decrement(ref _references);

    private TGrainInterface Get<TGrainInterface>(string key) => _grains.TryGetValue(key, out var grain)
        ? (TGrainInterface)grain
        : throw new InvalidOperationException($"No {typeof(TGrainInterface).Name} '{key}' in this test.");
}
