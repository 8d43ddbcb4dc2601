namespace ProvingMarket.TestKit.Cluster;

/// <summary>Knows how much is under way in one life of a silo, so that a test can tell when everything that could happen at this moment has
/// happened. What waits for the clock or for the test does not count.</summary>
internal sealed class ActivityMeter
{
    private readonly Lock _lock = new();
    private readonly HashSet<long> _onTheirWay = [];
    private TaskCompletionSource? _quiet;
    private long _lastCall;
    private long _underWay;
    private long _parked;
    private long _events;

    /// <summary>How much is under way.</summary>
    public long UnderWay
    {
        get
        {
            lock (_lock) return _underWay;
        }
    }

    /// <summary>True when something waits for the clock or for the test.</summary>
    public bool IsParked => Interlocked.Read(ref _parked) > 0;

    /// <summary>Grows whenever something begins or ends.</summary>
    public long Events
    {
        get
        {
            lock (_lock) return _events;
        }
    }

    /// <summary>Whether a call has left its caller, and the grain it goes to has not begun with it.</summary>
    public bool IsCallOnItsWay
    {
        get
        {
            lock (_lock) return _onTheirWay.Count > 0;
        }
    }

    /// <summary>A call leaves its caller.</summary>
    /// <returns>Its number.</returns>
    public long Depart()
    {
        lock (_lock)
        {
            _onTheirWay.Add(++_lastCall);
            return _lastCall;
        }
    }

    /// <summary>A grain begins with a call, or the call has ended without.</summary>
    public void Arrive(long call)
    {
        lock (_lock) _onTheirWay.Remove(call);
    }

    /// <summary>Completes when nothing is under way.</summary>
    public Task QuietAsync()
    {
        lock (_lock)
        {
            if (_underWay == 0) return Task.CompletedTask;
            _quiet ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _quiet.Task;
        }
    }

    public Activity Begin()
    {
        lock (_lock)
        {
            _underWay++;
            _events++;
        }
        return new Activity(this);
    }

    /// <summary>Waits within an activity for something that only the clock or the test brings about.</summary>
    public async Task ParkAsync(Task wait)
    {
        Interlocked.Increment(ref _parked);
        End();
        try
        {
            await wait;
        }
        finally
        {
            _ = Begin();
            Interlocked.Decrement(ref _parked);
        }
    }

    private void End()
    {
        lock (_lock)
        {
            _events++;
            if (--_underWay > 0) return;
            _quiet?.SetResult();
            _quiet = null;
        }
    }

    internal readonly struct Activity(ActivityMeter meter) : IDisposable
    {
        public void Dispose() => meter.End();
    }
}
