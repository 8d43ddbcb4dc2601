using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Gateway;

/// <summary>How many calls of a peer have not ended, over all connections it has and had. Those whose caller no longer waits run on, or wait for their turn, and count like
/// all others. Safe for several threads.</summary>
internal sealed class PeerCalls
{
    private readonly Lock _gate = new();
    private readonly EndingList<(GrainCall Call, int Bytes)> _abandoned;
    private long _abandonedBytes;
    private int _awaited;
    private long _awaitedBytes;

    /// <summary>Initializes the calls of a peer that has made none.</summary>
    internal PeerCalls() => _abandoned = new EndingList<(GrainCall Call, int Bytes)>(static item => item.Call.IsOver, item => _abandonedBytes -= item.Bytes);

    /// <summary>Counts a call.</summary>
    /// <param name="bytes">How large it is, as it was sent.</param>
    internal void Begin(int bytes)
    {
        Interlocked.Increment(ref _awaited);
        Interlocked.Add(ref _awaitedBytes, bytes);
    }

    /// <summary>Counts a call no more: it was answered.</summary>
    /// <param name="bytes">How large it is.</param>
    internal void End(int bytes)
    {
        Interlocked.Decrement(ref _awaited);
        Interlocked.Add(ref _awaitedBytes, -bytes);
    }

    /// <summary>Counts a call on until it has ended, although its caller no longer waits.</summary>
    /// <param name="call">The call.</param>
    /// <param name="bytes">How large it is.</param>
    internal void Abandon(GrainCall call, int bytes)
    {
        lock (_gate)
        {
            _abandoned.Add((call, bytes));
            _abandonedBytes += bytes;
        }

        End(bytes);
    }

    /// <summary>Gets the calls that have not ended, or had not when they were looked at last.</summary>
    /// <returns>How many they are, and how many bytes.</returns>
    internal (int Calls, long Bytes) Count()
    {
        lock (_gate)
        {
            _abandoned.Forget();
            return (Volatile.Read(ref _awaited) + _abandoned.Count, Volatile.Read(ref _awaitedBytes) + _abandonedBytes);
        }
    }

    /// <summary>Says whether all calls have ended.</summary>
    /// <returns>Whether they have.</returns>
    internal bool HaveEnded()
    {
        lock (_gate)
        {
            _abandoned.ForgetAll();
            return Volatile.Read(ref _awaited) == 0 && _abandoned.Count == 0;
        }
    }
}
