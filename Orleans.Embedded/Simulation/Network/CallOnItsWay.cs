using Orleans.Runtime;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Observers;
using Orleans.Simulation.Loop;

namespace Orleans.Simulation.Network;

/// <summary>A call from when it is sent until its outcome arrives, if it does.</summary>
/// <param name="network">The network.</param>
/// <param name="source">Where it comes from.</param>
/// <param name="call">The call, as its caller knows it.</param>
internal sealed class CallOnItsWay(SimulatedNetwork network, NetworkEnd source, GrainCall call) : SimulatedEvent, IGrainCallSink
{
    private GrainCall? _delivered;
    private NetworkEnd? _target;
    private FaultKind? _fault;
    private Way _way = Way.There;
    private bool _isAbandoned;
    private bool _isCancelled;

    private enum Way
    {
        There,
        AtTarget,
        Back,
        Again,
        Ended,
    }

    /// <summary>Gets the call as its caller knows it.</summary>
    internal GrainCall Call => call;

    /// <inheritdoc/>
    public void OnCompleted(GrainCall delivered)
    {
        // What happens in a host that has ended reaches nobody.
        if (_way != Way.AtTarget || !ReferenceEquals(delivered, _delivered) || !_target!.Host.IsAlive) return;

        network.Loop.Note(delivered.Error is null ? 1UL : 2UL);
        if (_isAbandoned || !source.Host.IsAlive || call.Method.IsOneWay) End();
        else if (_fault is { } fault && !network.Faults.IsStopped) LoseReply(fault);
        else Travel(Way.Back);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_way} {call}";

    /// <summary>Sends it.</summary>
    internal void Send()
    {
        network.Loop.Note(StableHash.Of(call.Method.DisplayName) ^ (ulong)call.Target.GetHashCode());
        _fault = network.Faults.OfCall(mayRepeat: !source.Host.IsSilo && !call.Method.IsOneWay);
        if (_fault == FaultKind.CallLost)
        {
            // Nothing more happens: the caller's timeout ends the waiting.
            network.Faults.Inject(FaultKind.CallLost);
            if (network.Loop.IsTraced) network.Loop.Trace($"  lost {call}");
            End(isKnown: call.Method.IsOneWay);
            return;
        }

        Travel(Way.There);
    }

    /// <summary>Does what follows from the caller's waiting no longer.</summary>
    /// <param name="cancelTarget">Whether the method is to be cancelled.</param>
    internal void Abandon(bool cancelTarget)
    {
        source.Forget(call);
        if (_way is Way.Back or Way.Again or Way.Ended) return;

        _isAbandoned = true;
        _isCancelled = cancelTarget;

        // A call that arrives after its caller's patience is executed: only a cancellation overtakes it.
        if (_way == Way.AtTarget) network.Loop.Schedule(new Abandonment(this), network.Faults.NetworkTime());
    }

    /// <summary>Does what follows from the end of a host.</summary>
    /// <param name="ended">The host's end.</param>
    internal void OnEnded(NetworkEnd ended)
    {
        var isConcerned = _way == Way.AtTarget ? _target == ended : _way is Way.There or Way.Again && ended.Host.IsSilo;
        if (_isAbandoned || !isConcerned) return;

        // The connection breaks, or the caller never learns. What was on its way may still reach the next who is there.
        if (network.Faults.IsHeads())
        {
            network.Loop.Remove(this);
            Refuse();
        }
        else if (_way == Way.AtTarget)
        {
            End(isKnown: call.Method.IsOneWay);
        }
    }

    /// <inheritdoc/>
    internal override void Happen()
    {
        switch (_way)
        {
            case Way.There:
                Arrive();
                break;
            case Way.Back:
                End();

                // Here is no turn, so whoever waits may be told in place.
                var home = call.Home;
                call.Home = null;
                _delivered!.PassOutcomeTo(call);
                call.Home = home;
                break;
            case Way.Again when !call.IsSettled:
                Travel(Way.There);
                break;
            default:
                End();
                break;
        }
    }

    private void Travel(Way way)
    {
        _way = way;

        // A call goes its way even when its caller has ended; an outcome needs somebody to arrive at.
        Host = way == Way.There ? null : source.Host;
        network.Loop.Schedule(this, network.Faults.NetworkTime());
    }

    private void Arrive()
    {
        if (_isCancelled)
        {
            End();
            return;
        }

        if (network.Find(call.Target, source) is not { } target)
        {
            // That an observer is gone is not always noticed.
            if (call.Target.Type != ObserverTable.ClientType || network.Faults.IsHeads()) Refuse();
            else End(isKnown: call.Method.IsOneWay);
            return;
        }

        _target = target;
        _way = Way.AtTarget;
        _delivered = call.CopyForDelivery();
        _delivered.Sink = this;
        target.Inside.Send(_delivered);
    }

    private void LoseReply(FaultKind fault)
    {
        network.Faults.Inject(fault);
        _fault = null;
        if (network.Loop.IsTraced) network.Loop.Trace($"  lost the reply to {call}");
        if (fault == FaultKind.ReplyLost)
        {
            End(isKnown: false);
            return;
        }

        _way = Way.Again;
        Host = source.Host;
        network.Loop.Schedule(this, network.Faults.RepeatTime());
    }

    private void Refuse()
    {
        var refused = call.CopyForDelivery();
        refused.TrySetException(call.Target.Type == ObserverTable.ClientType
            ? new ClientNotAvailableException(call.Target)
            : new SiloUnavailableException($"The silo has ended before {call} was answered. It may have run: its outcome is unknown."));
        _delivered = refused;
        if (source.Host.IsAlive && !call.Method.IsOneWay) Travel(Way.Back);
        else End();
    }

    private void End(bool isKnown = true)
    {
        _way = Way.Ended;
        if (isKnown) source.Forget(call);
    }

    /// <summary>The message that the caller of a call no longer waits.</summary>
    private sealed class Abandonment(CallOnItsWay abandoned) : SimulatedEvent
    {
        public override string ToString() => $"abandoned {abandoned.Call}";

        internal override void Happen()
        {
            if (abandoned is not { _way: Way.AtTarget, _delivered: { } delivered, _target: { Host.IsAlive: true } target }) return;

            // Settled, so it is dropped when its turn comes.
            abandoned._way = Way.Ended;
            delivered.TrySetException(new OperationCanceledException($"The caller of {delivered} no longer waits."));
            target.Inside.Abandon(delivered, abandoned._isCancelled);
        }
    }
}
