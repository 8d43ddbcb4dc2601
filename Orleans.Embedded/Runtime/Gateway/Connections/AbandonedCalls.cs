using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Gateway;

/// <summary>The calls of a connection whose caller no longer waits and that have not ended: they run on, or wait for their turn, and count against the limits of the
/// connection like all others. Used by the one loop that receives.</summary>
internal sealed class AbandonedCalls
{
    // More than the one that is added, so that the list grows only by those that really go on.
    private const int LookedAtForEach = 4;

    private readonly List<(GrainCall Call, int Bytes)> _calls = [];
    private int _next;

    /// <summary>Gets the number of calls that had not ended when they were looked at last.</summary>
    internal int Count => _calls.Count;

    /// <summary>Gets how many bytes these have, as they were sent.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Adds a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="bytes">How large it is.</param>
    internal void Add(GrainCall call, int bytes)
    {
        Forget();
        _calls.Add((call, bytes));
        Bytes += bytes;
    }

    /// <summary>Looks at a few of them, and forgets those that have ended.</summary>
    internal void Forget()
    {
        for (var looked = 0; looked < LookedAtForEach && _calls.Count > 0; looked++)
        {
            if (_next >= _calls.Count) _next = 0;
            if (!_calls[_next].Call.IsOver)
            {
                _next++;
                continue;
            }

            Bytes -= _calls[_next].Bytes;
            _calls[_next] = _calls[^1];
            _calls.RemoveAt(_calls.Count - 1);
        }
    }
}
