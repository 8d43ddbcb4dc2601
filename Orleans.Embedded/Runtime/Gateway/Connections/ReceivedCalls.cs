using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Gateway;

/// <summary>The calls that were received over a connection and are not answered.</summary>
/// <param name="capacity">How many there may be.</param>
internal sealed class ReceivedCalls(int capacity)
{
    private readonly Lock _gate = new();
    private Entry[] _entries = [];

    /// <summary>Adds a call. A call that had the same place was abandoned by its caller.</summary>
    /// <param name="id">Its identity on the connection.</param>
    /// <param name="call">The call.</param>
    /// <exception cref="ProtocolException">The place does not exist.</exception>
    internal void Add(CallId id, GrainCall call)
    {
        if (id.Place >= capacity) throw new ProtocolException($"call {id.Place} is not within the {capacity} that may be under way");

        lock (_gate)
        {
            if (id.Place >= _entries.Length) Array.Resize(ref _entries, (int)Math.Min(capacity, Math.Max(id.Place + 1, Math.Max(16, _entries.Length * 2))));
            _entries[id.Place] = new Entry(call, id.Use);
        }
    }

    /// <summary>Takes a call out, to answer it or because it was abandoned.</summary>
    /// <param name="id">Its identity.</param>
    /// <returns>The call, or null when it is not here any more.</returns>
    internal GrainCall? Take(CallId id)
    {
        lock (_gate)
        {
            if (id.Place >= _entries.Length || _entries[id.Place].Use != id.Use) return null;

            var call = _entries[id.Place].Call;
            _entries[id.Place] = default;
            return call;
        }
    }

    /// <summary>Lists the calls.</summary>
    /// <returns>The calls.</returns>
    internal IReadOnlyList<GrainCall> All()
    {
        lock (_gate) return [.. _entries.Select(entry => entry.Call).OfType<GrainCall>()];
    }

    private readonly record struct Entry(GrainCall? Call, uint Use);
}
