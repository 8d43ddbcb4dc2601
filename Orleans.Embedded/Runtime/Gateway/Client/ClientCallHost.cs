using Orleans.Runtime.Calls;
using Orleans.Runtime.Observers;
using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Gateway;

/// <summary>The client's end of connections: receives calls of its observers.</summary>
/// <param name="observers">The observers.</param>
/// <param name="interfaces">Their interfaces.</param>
/// <param name="scheduler">Where work runs.</param>
/// <param name="clock">The clock.</param>
/// <param name="codecs">The codecs.</param>
internal sealed class ClientCallHost(ObserverTable observers, GrainInterfaceTable interfaces, IWorkScheduler scheduler, TimeProvider clock, CallCodecs codecs) : ICallHost
{
    /// <inheritdoc/>
    public IGrainCallChannel Target => observers;

    /// <inheritdoc/>
    public IWorkScheduler Scheduler => scheduler;

    /// <inheritdoc/>
    public TimeProvider Clock => clock;

    /// <inheritdoc/>
    public CallCodecs Codecs => codecs;

    /// <inheritdoc/>
    public GrainInterface? FindInterface(string name) => interfaces.Find(name);

    /// <inheritdoc/>
    public string? WhyNot(GrainId target, GrainMethod method) =>
        target.Type == ObserverTable.ClientType && ObserverTable.ClientOf(target) == observers.Client ? null : "it is not an observer of this client";

    /// <inheritdoc/>
    public Exception Lost(GrainCall call) =>
        new SiloUnavailableException($"The connection to the silo was lost before {call} was answered. It may have run: its outcome is unknown.");
}
