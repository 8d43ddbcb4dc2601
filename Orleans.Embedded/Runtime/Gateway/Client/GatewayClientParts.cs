using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Observers;
using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Gateway;

/// <summary>What a client is made of.</summary>
internal sealed record GatewayClientParts
{
    /// <summary>Gets the limits.</summary>
    public required EmbeddedClientOptions Options { get; init; }

    /// <summary>Gets what makes connections.</summary>
    public required GatewayConnector Connector { get; init; }

    /// <summary>Gets what is learnt from the silo.</summary>
    public required SiloGrainTypes Types { get; init; }

    /// <summary>Gets this process's observers.</summary>
    public required ObserverTable Observers { get; init; }

    /// <summary>Gets the randomness.</summary>
    public required IRandomSource Random { get; init; }

    /// <summary>Gets the timeouts of the client's calls.</summary>
    public required ResponseTimeouts Timeouts { get; init; }

    /// <summary>Gets the clock.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>Gets where work runs.</summary>
    public required IWorkScheduler Scheduler { get; init; }

    /// <summary>Gets what decides about further attempts while the host starts, or null.</summary>
    public required IClientConnectionRetryFilter? RetryFilter { get; init; }

    /// <summary>Gets whom to tell about the connection.</summary>
    public required IEnumerable<IClusterConnectionStatusObserver> StatusObservers { get; init; }

    /// <summary>Gets the log.</summary>
    public required ILogger Logger { get; init; }
}
