using System.Collections.Concurrent;
using System.Globalization;
using Orleans.Runtime.Calls;
using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Observers;

/// <summary>
/// The observers that live in this process. Each handles one call at a time, in order. Identities are <c>sys.client/{client}+{number}</c>:
/// the client part says which process, so that a call finds its way there.
/// </summary>
/// <param name="client">This process's client identity.</param>
/// <param name="scheduler">Where observers run.</param>
internal sealed class ObserverTable(string client, IWorkScheduler scheduler) : IGrainCallChannel
{
    /// <summary>The grain type of clients and their observers.</summary>
    internal static readonly GrainType ClientType = GrainType.Create("sys.client");

    private readonly ConcurrentDictionary<GrainId, ObserverTarget> _observers = new();
    private int _count;

    /// <summary>Gets this process's client identity.</summary>
    internal string Client => client;

    /// <summary>Gets the client identity within an observer's identity.</summary>
    /// <param name="observer">The observer.</param>
    /// <returns>The client identity.</returns>
    internal static string ClientOf(GrainId observer)
    {
        var key = observer.Key.ToString();
        var plus = key.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? key : key[..plus];
    }

    /// <summary>Makes an object callable.</summary>
    /// <param name="observer">The object; kept until it is deleted.</param>
    /// <returns>Its identity.</returns>
    internal GrainId Add(IGrainObserver observer)
    {
        var number = Interlocked.Increment(ref _count);
        var id = GrainId.Create(ClientType, string.Create(CultureInfo.InvariantCulture, $"{client}+{number}"));
        _observers[id] = new ObserverTarget(scheduler, observer);
        return id;
    }

    /// <summary>Ends an object's being callable.</summary>
    /// <param name="id">Its identity.</param>
    /// <returns>Whether it was callable.</returns>
    internal bool Remove(GrainId id) => _observers.TryRemove(id, out _);

    /// <inheritdoc/>
    public void Send(GrainCall call)
    {
        if (!TrySend(call)) call.Refuse(new ClientNotAvailableException(call.Target));
    }

    /// <summary>Sends a call to an observer of this process.</summary>
    /// <param name="call">The call.</param>
    /// <returns>Whether its target is here.</returns>
    internal bool TrySend(GrainCall call)
    {
        if (!_observers.TryGetValue(call.Target, out var observer)) return false;

        observer.Post(call);
        return true;
    }

    /// <inheritdoc/>
    public void Abandon(GrainCall call, bool cancelTarget)
    {
        if (cancelTarget) call.CancelRunning();
    }

    private sealed class ObserverTarget : TurnTarget
    {
        internal ObserverTarget(IWorkScheduler scheduler, IGrainObserver observer) : base(scheduler)
        {
            Instance = observer;
            lock (Gate) Open();
        }

        internal void Post(GrainCall call) => Receive(call);
    }
}
