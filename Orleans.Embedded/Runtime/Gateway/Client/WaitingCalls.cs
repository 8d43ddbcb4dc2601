using Microsoft.Extensions.Logging;
using Orleans.Runtime.Calls;

namespace Orleans.Runtime.Gateway;

/// <summary>
/// Calls that wait for a connection, up to their timeout. One-way calls have none of their own, so they get one here: nobody is told when it is over, except by the log.
/// Not safe for several threads but where it says so.
/// </summary>
/// <param name="capacity">How many may wait.</param>
/// <param name="timeouts">The timeouts of the client's calls.</param>
/// <param name="logger">The log.</param>
internal sealed partial class WaitingCalls(int capacity, ResponseTimeouts timeouts, ILogger logger)
{
    private Queue<GrainCall> _calls = new();
    private int _lost;

    /// <summary>Adds a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="channel">Told when the time of the call is over.</param>
    /// <returns>Whether there was room.</returns>
    internal bool TryAdd(GrainCall call, IGrainCallChannel channel)
    {
        // Those that timed out or were cancelled meanwhile take no room.
        if (_calls.Count >= capacity) _calls = new Queue<GrainCall>(_calls.Where(waiting => !waiting.IsSettled));
        if (_calls.Count >= capacity) return false;

        if (call.Method.IsOneWay) timeouts.Add(call, channel);
        _calls.Enqueue(call);
        return true;
    }

    /// <summary>Forgets the calls that have waited longest and are not wanted any more.</summary>
    internal void Forget()
    {
        while (_calls.TryPeek(out var first) && first.IsSettled) _calls.Dequeue();
    }

    /// <summary>Takes all calls whose time is not over.</summary>
    /// <returns>The calls, in the order in which they came.</returns>
    internal IReadOnlyList<GrainCall> TakeAll()
    {
        var all = _calls.Where(call => call.Method.IsOneWay ? call.Deadline.List!.Remove(call) : !call.IsSettled).ToList();
        _calls.Clear();
        return all;
    }

    /// <summary>Notes that a one-way call was not sent: the first since the last connection by name, others by their number. Safe for several threads.</summary>
    /// <param name="call">The call.</param>
    /// <param name="reason">Why not.</param>
    internal void OnLost(GrainCall call, string reason)
    {
        if (Interlocked.Increment(ref _lost) == 1) LogLost(logger, call, reason);
    }

    /// <summary>Notes how many one-way calls were not sent, now that there are no more of them for the time being. Safe for several threads.</summary>
    internal void ReportLost()
    {
        if (Interlocked.Exchange(ref _lost, 0) is > 0 and var lost) LogAllLost(logger, lost);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The one-way call {Call} was not sent: {Reason}. Others like it are counted until there is a connection.")]
    private static partial void LogLost(ILogger logger, GrainCall call, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "While there was no connection, {Count} one-way calls were lost.")]
    private static partial void LogAllLost(ILogger logger, int count);
}
