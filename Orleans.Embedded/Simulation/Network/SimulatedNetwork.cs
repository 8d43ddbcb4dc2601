using Orleans.Runtime;
using Orleans.Runtime.Observers;
using Orleans.Simulation.Faults;
using Orleans.Simulation.Loop;

namespace Orleans.Simulation.Network;

/// <summary>Carries calls between hosts, and between the grains of the silo if they are to be as if on several machines.</summary>
/// <param name="loop">The loop.</param>
/// <param name="faults">What goes wrong.</param>
/// <param name="grainCallsTravel">Whether calls between the grains of the silo are carried, too.</param>
internal sealed class SimulatedNetwork(SimulationLoop loop, FaultPlan faults, bool grainCallsTravel)
{
    private readonly Dictionary<string, NetworkEnd> _clients = new(StringComparer.Ordinal);

    /// <summary>Gets the loop.</summary>
    internal SimulationLoop Loop => loop;

    /// <summary>Gets what goes wrong.</summary>
    internal FaultPlan Faults => faults;

    /// <summary>Gets a value indicating whether calls between the grains of the silo are carried, too.</summary>
    internal bool GrainCallsTravel => grainCallsTravel;

    /// <summary>Gets or sets the silo that can be reached; null while there is none.</summary>
    internal NetworkEnd? Silo { get; set; }

    /// <summary>Adds a client.</summary>
    /// <param name="client">Its identity.</param>
    /// <param name="end">Where it is reached.</param>
    internal void Connect(string client, NetworkEnd end) => _clients[client] = end;

    /// <summary>Removes a client.</summary>
    /// <param name="client">Its identity.</param>
    internal void Disconnect(string client) => _clients.Remove(client);

    /// <summary>Finds where a call goes.</summary>
    /// <param name="target">The grain or observer.</param>
    /// <param name="source">Where it comes from: a silo's grains call each other, those of its next life are others.</param>
    /// <returns>The end; null when nobody is there.</returns>
    internal NetworkEnd? Find(GrainId target, NetworkEnd source)
    {
        var found = target.Type == ObserverTable.ClientType ? _clients.GetValueOrDefault(ObserverTable.ClientOf(target)) : source.Host.IsSilo ? source : Silo;
        return found is { Host.IsAlive: true } ? found : null;
    }
}
