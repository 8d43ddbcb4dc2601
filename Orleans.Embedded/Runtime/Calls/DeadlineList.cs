using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Calls;

/// <summary>A call's place in a <see cref="DeadlineList"/>. A field of the call, so that waiting costs no allocation.</summary>
internal struct DeadlineNode
{
    /// <summary>The list, or null when the call is in none.</summary>
    internal DeadlineList? List;

    /// <summary>Where the call was sent.</summary>
    internal IGrainCallChannel? Channel;

    /// <summary>The neighbours in the list.</summary>
    internal GrainCall? Previous, Next;

    /// <summary>When the waiting ends, as a timestamp of the clock.</summary>
    internal long Due;

    /// <summary>Which part of the list the call is in.</summary>
    internal int Stripe;

    /// <summary>Whether the call is linked. Guarded by the stripe.</summary>
    internal bool Linked;
}

/// <summary>Calls with the same timeout, in the order of their deadlines. Split into stripes so that threads rarely meet.</summary>
internal sealed class DeadlineList : IDisposable
{
    private const int StripeCount = 16;

    // So long that nobody lives to see it, and so short that it can be added to any timestamp.
    private const long LongestTicks = long.MaxValue / 2;

    private readonly TimeProvider _clock;
    private readonly TimeSpan _timeout;
    private readonly long _ticks;
    private readonly Stripe[] _stripes;
    private readonly ITimer? _timer;
    private int _armed;

    /// <summary>Initializes an empty list.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="timeout">The timeout of all calls in the list, however long; infinite for none.</param>
    internal DeadlineList(TimeProvider clock, TimeSpan timeout)
    {
        _clock = clock;
        _timeout = timeout;
        _ticks = (long)Math.Min(Math.Ceiling(timeout.TotalSeconds * clock.TimestampFrequency), LongestTicks);
        _stripes = [.. Enumerable.Range(0, StripeCount).Select(_ => new Stripe())];
        if (timeout != Timeout.InfiniteTimeSpan) _timer = clock.CreateStoppedTimer(static state => ((DeadlineList)state!).OnTimer(), this);
    }

    /// <summary>Adds a call.</summary>
    /// <param name="call">The call; it is in no list.</param>
    /// <param name="channel">Where it will be sent.</param>
    internal void Add(GrainCall call, IGrainCallChannel channel)
    {
        // By the target, not by the processor: which of two calls times out first must not depend on where they ran.
        var index = call.Target.GetHashCode() & (StripeCount - 1);
        var stripe = _stripes[index];
        ref var node = ref call.Deadline;
        node.List = this;
        node.Channel = channel;
        node.Stripe = index;
        lock (stripe.Gate)
        {
            // Read within the lock: the order in the list is the order of deadlines.
            node.Due = _clock.GetTimestamp() + _ticks;
            node.Linked = true;
            node.Previous = stripe.Last;
            if (stripe.Last is { } last) last.Deadline.Next = call;
            else stripe.First = call;
            stripe.Last = call;
        }

        if (Volatile.Read(ref _armed) == 0) Arm();
    }

    /// <summary>Removes a call, if it is still in the list.</summary>
    /// <param name="call">The call.</param>
    /// <returns>Whether it was: its time is not over, and it will not be settled as if it were.</returns>
    internal bool Remove(GrainCall call)
    {
        var stripe = _stripes[call.Deadline.Stripe];
        lock (stripe.Gate)
        {
            if (!call.Deadline.Linked) return false;

            stripe.Unlink(call);
            return true;
        }
    }

    /// <summary>Settles all calls in the list.</summary>
    /// <param name="error">Makes the failure for a call.</param>
    internal void FailAll(Func<GrainCall, Exception> error)
    {
        foreach (var stripe in _stripes)
        {
            while (stripe.TakeFirst(long.MaxValue) is { } call) call.TrySetException(error(call));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void OnTimer()
    {
        foreach (var stripe in _stripes)
        {
            while (stripe.TakeFirst(_clock.GetTimestamp()) is { } call)
            {
                var timeout = new TimeoutException($"{call} was not answered within {_timeout}. It may still run: its outcome is unknown.");
                if (call.TrySetException(timeout)) call.Deadline.Channel?.Abandon(call, cancelTarget: false);
            }
        }

        Volatile.Write(ref _armed, 0);
        Interlocked.MemoryBarrier();
        Arm();
    }

    private void Arm()
    {
        if (_timer is null) return;

        var first = long.MaxValue;
        foreach (var stripe in _stripes) first = Math.Min(first, stripe.FirstDue());
        if (first == long.MaxValue || Interlocked.Exchange(ref _armed, 1) != 0) return;

        // A long wait is cut into pieces that the timer can be set to.
        var wait = Math.Min((double)(first - _clock.GetTimestamp()) / _clock.TimestampFrequency, ContextFreeTimers.Longest.TotalSeconds);
        _timer.Change(TimeSpan.FromSeconds(Math.Max(wait, 0.001)), Timeout.InfiniteTimeSpan);
    }

    private sealed class Stripe
    {
        internal readonly Lock Gate = new();
        internal GrainCall? First, Last;

        internal long FirstDue()
        {
            lock (Gate) return First?.Deadline.Due ?? long.MaxValue;
        }

        internal GrainCall? TakeFirst(long now)
        {
            lock (Gate)
            {
                if (First is not { } call || call.Deadline.Due > now) return null;
                Unlink(call);
                return call;
            }
        }

        internal void Unlink(GrainCall call)
        {
            ref var node = ref call.Deadline;
            if (node.Previous is { } previous) previous.Deadline.Next = node.Next;
            else First = node.Next;
            if (node.Next is { } next) next.Deadline.Previous = node.Previous;
            else Last = node.Previous;
            node.Previous = node.Next = null;
            node.Linked = false;
        }
    }
}
