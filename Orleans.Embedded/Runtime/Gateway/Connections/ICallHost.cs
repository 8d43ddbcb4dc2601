using Orleans.Runtime.Calls;
using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Gateway;

/// <summary>The host at this end of a connection: what becomes of calls that are received, and how calls fail that were sent.</summary>
internal interface ICallHost
{
    /// <summary>Gets where received calls go.</summary>
    IGrainCallChannel Target { get; }

    /// <summary>Gets where work runs.</summary>
    IWorkScheduler Scheduler { get; }

    /// <summary>Gets the clock.</summary>
    TimeProvider Clock { get; }

    /// <summary>Gets the codecs.</summary>
    CallCodecs Codecs { get; }

    /// <summary>Finds an interface that may be called from outside.</summary>
    /// <param name="name">Its name on the wire.</param>
    /// <returns>The interface, or null.</returns>
    GrainInterface? FindInterface(string name);

    /// <summary>Says whether something can be called by a method at all.</summary>
    /// <param name="target">What is to be called.</param>
    /// <param name="method">The method.</param>
    /// <returns>Why not, or null.</returns>
    string? WhyNot(GrainId target, GrainMethod method);

    /// <summary>Makes the failure of a call whose connection ended before it was answered.</summary>
    /// <param name="call">The call.</param>
    /// <returns>The failure.</returns>
    Exception Lost(GrainCall call);
}

/// <summary>The limits of a connection.</summary>
internal sealed record ConnectionLimits
{
    /// <summary>Gets the largest frame this side accepts.</summary>
    public required int MaxReceivedBytes { get; init; }

    /// <summary>Gets the largest frame the other side accepts.</summary>
    public required int MaxSentBytes { get; init; }

    /// <summary>Gets how many calls may be under way, each way.</summary>
    public required int MaxCalls { get; init; }

    /// <summary>Gets how many bytes the calls of the other side that are under way may have together.</summary>
    public required int MaxCallBytes { get; init; }

    /// <summary>Gets how many bytes may wait for a peer that reads slowly.</summary>
    public required int MaxWaitingBytes { get; init; }

    /// <summary>Gets how often a side that has nothing to send says that it is there.</summary>
    public required TimeSpan PingInterval { get; init; }
}
