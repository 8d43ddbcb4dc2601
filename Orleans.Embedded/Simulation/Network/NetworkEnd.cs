using Orleans.Runtime;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Observers;

namespace Orleans.Simulation.Network;

/// <summary>A host's end of the network: what its callers send through, and where its grains or observers are reached.</summary>
/// <param name="network">The network.</param>
/// <param name="host">The host.</param>
/// <param name="inside">Where calls that arrive go.</param>
internal sealed class NetworkEnd(SimulatedNetwork network, SimulatedHost host, IGrainCallChannel inside) : IGrainCallChannel
{
    // Calls of this host that have no outcome yet. Places are given in an order that does not depend on anything but the run.
    private readonly List<CallOnItsWay?> _sent = [];
    private readonly Stack<int> _free = [];

    /// <summary>Gets the host.</summary>
    internal SimulatedHost Host => host;

    /// <summary>Gets where calls that arrive go.</summary>
    internal IGrainCallChannel Inside => inside;

    /// <inheritdoc/>
    public void Send(GrainCall call)
    {
        if (!network.Loop.Guard.Check("Called", call) || !host.IsAlive) return;

        if (IsWithin(call)) inside.Send(call);
        else if (inside is not Silo silo || call.Target.Type != ObserverTable.ClientType || !silo.HoldBack(call, SendOut)) SendOut(call);
    }

    /// <inheritdoc/>
    public void Abandon(GrainCall call, bool cancelTarget)
    {
        if (!host.IsAlive) return;

        if (IsWithin(call)) inside.Abandon(call, cancelTarget);
        else if (Find(call) is { } sent) sent.Abandon(cancelTarget);
    }

    /// <summary>Forgets a call that has its outcome, or that nobody waits for.</summary>
    /// <param name="call">The call.</param>
    internal void Forget(GrainCall call)
    {
        if (Find(call) is null) return;

        var place = (int)call.ChannelTag - 1;
        _sent[place] = null;
        _free.Push(place);
        call.ChannelTag = 0;
    }

    /// <summary>Tells the callers in this host that another has ended: some learn it at once, some never.</summary>
    /// <param name="ended">The other.</param>
    internal void OnEnded(NetworkEnd ended)
    {
        // By index: a call that nobody waits for is forgotten on the way.
        for (var i = 0; i < _sent.Count; i++) _sent[i]?.OnEnded(ended);
    }

    private void SendOut(GrainCall call)
    {
        var sent = new CallOnItsWay(network, this, call);
        if (!_free.TryPop(out var place))
        {
            place = _sent.Count;
            _sent.Add(null);
        }

        _sent[place] = sent;
        call.ChannelTag = (ulong)place + 1;
        sent.Send();
    }

    private bool IsWithin(GrainCall call) => !network.GrainCallsTravel && host.IsSilo && call.Target.Type != ObserverTable.ClientType;

    private CallOnItsWay? Find(GrainCall call)
    {
        var place = (long)call.ChannelTag - 1;
        return place >= 0 && place < _sent.Count && _sent[(int)place] is { } sent && ReferenceEquals(sent.Call, call) ? sent : null;
    }
}
