using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Gateway;

/// <summary>Calls that wait for a connection.</summary>
/// <param name="capacity">How many may wait.</param>
internal sealed class WaitingCalls(int capacity)
{
    private Queue<GrainCall> _calls = new();

    /// <summary>Adds a call.</summary>
    /// <param name="call">The call.</param>
    /// <returns>Whether there was room.</returns>
    internal bool TryAdd(GrainCall call)
    {
        // Those that timed out or were cancelled meanwhile take no room.
        if (_calls.Count >= capacity) _calls = new Queue<GrainCall>(_calls.Where(waiting => !waiting.IsSettled));
        if (_calls.Count >= capacity) return false;

        _calls.Enqueue(call);
        return true;
    }

    /// <summary>Takes all calls that somebody still waits for.</summary>
    /// <returns>The calls, in the order in which they came.</returns>
    internal IReadOnlyList<GrainCall> TakeAll()
    {
        var all = _calls.Where(call => !call.IsSettled).ToList();
        _calls.Clear();
        return all;
    }
}
