using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Gateway;

/// <summary>The calls that were sent over a connection and are not answered.</summary>
/// <param name="capacity">How many there may be.</param>
internal sealed class SentCalls(int capacity)
{
    private const int None = -1;

    private readonly Lock _gate = new();
    private Entry[] _entries = new Entry[16];
    private int _used;
    private int _free = None;
    private bool _isClosed;

    /// <summary>Adds a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="id">Its identity on the connection.</param>
    /// <returns>What came of it.</returns>
    internal AddResult TryAdd(GrainCall call, out CallId id)
    {
        lock (_gate)
        {
            id = default;
            if (_isClosed) return AddResult.Closed;
            if (_free == None && _used == capacity && !Sweep()) return AddResult.Full;

            var place = TakePlace();
            ref var entry = ref _entries[place];
            entry.Call = call;
            id = new CallId((uint)place, ++entry.Use);
            call.ChannelTag = ((ulong)id.Place << 32) | id.Use;
            return AddResult.Added;
        }
    }

    /// <summary>Takes a call out because it was answered.</summary>
    /// <param name="id">Its identity.</param>
    /// <returns>The call, or null when nobody waits for it any more.</returns>
    internal GrainCall? Take(CallId id)
    {
        lock (_gate)
        {
            if (id.Place >= _used || _entries[id.Place].Use != id.Use || _entries[id.Place].Call is not { } call) return null;

            _entries[id.Place].Call = null;
            Free((int)id.Place);
            return call;
        }
    }

    /// <summary>Takes a call out because its caller no longer waits. Its place stays taken until <see cref="Release"/>.</summary>
    /// <param name="call">The call.</param>
    /// <param name="id">Its identity.</param>
    /// <returns>Whether it was here.</returns>
    internal bool TryDetach(GrainCall call, out CallId id)
    {
        id = new CallId((uint)(call.ChannelTag >> 32), (uint)call.ChannelTag);
        lock (_gate)
        {
            if (id.Place >= _used || !ReferenceEquals(_entries[id.Place].Call, call)) return false;

            _entries[id.Place].Call = null;
            return true;
        }
    }

    /// <summary>Gives the place of a call that was taken out to the next.</summary>
    /// <param name="id">The call's identity.</param>
    internal void Release(CallId id)
    {
        lock (_gate)
        {
            if (id.Place < _used) Free((int)id.Place);
        }
    }

    /// <summary>Takes all calls out, and accepts no more.</summary>
    /// <returns>The calls.</returns>
    internal IReadOnlyList<GrainCall> Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            GrainCall[] calls = [.. _entries.Select(entry => entry.Call).OfType<GrainCall>()];
            _entries = [];
            _used = 0;
            return calls;
        }
    }

    private int TakePlace()
    {
        if (_free != None)
        {
            var place = _free;
            _free = _entries[place].NextFree;
            return place;
        }

        if (_used == _entries.Length) Array.Resize(ref _entries, Math.Min(_entries.Length * 2, capacity));
        return _used++;
    }

    private void Free(int place)
    {
        _entries[place].NextFree = _free;
        _free = place;
    }

    // Calls whose callers stopped waiting without this having been told.
    private bool Sweep()
    {
        for (var place = 0; place < _used; place++)
        {
            if (_entries[place].Call is not { IsSettled: true }) continue;

            _entries[place].Call = null;
            Free(place);
        }

        return _free != None;
    }

    /// <summary>What came of adding a call.</summary>
    internal enum AddResult
    {
        /// <summary>It was added.</summary>
        Added,

        /// <summary>There are too many.</summary>
        Full,

        /// <summary>The connection has ended.</summary>
        Closed,
    }

    private struct Entry
    {
        internal GrainCall? Call;
        internal uint Use;
        internal int NextFree;
    }
}
