using System.Collections.Concurrent;

namespace Orleans.Runtime.Calls;

/// <summary>
/// Ends the waiting for calls that are not answered in time. Calls with the same timeout are in one list, so that the list is in the order
/// of deadlines and one timer, set to the first, serves all of them. A timeout is never early.
/// </summary>
internal sealed class ResponseTimeouts : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly DeadlineList _default;
    private readonly ConcurrentDictionary<TimeSpan, DeadlineList> _others = new();

    /// <summary>Initializes the timeouts of a host.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="defaultTimeout">The timeout of methods that do not name one.</param>
    internal ResponseTimeouts(TimeProvider clock, TimeSpan defaultTimeout)
    {
        _clock = clock;
        _default = new DeadlineList(clock, defaultTimeout);
    }

    /// <summary>Starts the time of a call that is about to be sent.</summary>
    /// <param name="call">The call.</param>
    /// <param name="channel">Where it will be sent; told when nobody waits any more.</param>
    internal void Add(GrainCall call, IGrainCallChannel channel)
    {
        var list = call.Method.ResponseTimeout is { } timeout ? _others.GetOrAdd(timeout, static (timeout, clock) => new DeadlineList(clock, timeout), _clock) : _default;
        list.Add(call, channel);
    }

    /// <summary>Settles all waiting calls: their host ends.</summary>
    /// <param name="error">Makes the failure for a call.</param>
    internal void FailAll(Func<GrainCall, Exception> error)
    {
        _default.FailAll(error);
        foreach (var list in _others.Values) list.FailAll(error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _default.Dispose();
        foreach (var list in _others.Values) list.Dispose();
    }
}
