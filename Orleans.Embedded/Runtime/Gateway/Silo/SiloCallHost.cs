using Orleans.Runtime.Calls;
using Orleans.Runtime.Observers;
using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Gateway;

/// <summary>The silo's end of connections: receives calls of its grains.</summary>
/// <param name="silo">The silo.</param>
/// <param name="codecs">The codecs.</param>
internal sealed class SiloCallHost(Silo silo, CallCodecs codecs) : ICallHost
{
    /// <inheritdoc/>
    public IGrainCallChannel Target => silo;

    /// <inheritdoc/>
    public IWorkScheduler Scheduler => silo.Scheduler;

    /// <inheritdoc/>
    public TimeProvider Clock => silo.Clock;

    /// <inheritdoc/>
    public CallCodecs Codecs => codecs;

    /// <inheritdoc/>
    public GrainInterface? FindInterface(string name) => silo.Interfaces.Find(name);

    /// <inheritdoc/>
    public string? WhyNot(GrainId target, GrainMethod method)
    {
        if (target.Type == ObserverTable.ClientType) return "clients do not call each other";
        if (target.Key.IsDefault) return "the grain has no key";
        if (silo.Catalog.Find(target.Type) is not { } grainClass) return $"there is no grain class with the grain type '{target.Type}'";
        return grainClass.Interfaces.Contains(method.Interface.Type) ? null : $"grain class {grainClass} does not implement {method.Interface}";
    }

    /// <inheritdoc/>
    public Exception Lost(GrainCall call) => new ClientNotAvailableException(call.Target);
}
