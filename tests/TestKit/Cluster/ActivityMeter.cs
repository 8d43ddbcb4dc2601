namespace ProvingMarket.TestKit.Cluster;

/// <summary>Sees calls, timers and storage operations of a silo begin and end, so that a test can tell when everything that could happen at this
/// moment has happened.</summary>
internal sealed class ActivityMeter : IIncomingGrainCallFilter
{
    // Waits for as long as it is asked to; what wakes it is counted.
    private const string LongPoll = "WatchAsync";

    // The round trip of the waiting test itself.
    private const string Barrier = "ListMechanismsAsync";

    private long _inFlight;
    private long _events;

    /// <summary>Operations under way.</summary>
    public long InFlight => Interlocked.Read(ref _inFlight);

    /// <summary>Grows whenever an operation begins or ends.</summary>
    public long Events => Interlocked.Read(ref _events);

    public Activity Begin()
    {
        Interlocked.Increment(ref _inFlight);
        Interlocked.Increment(ref _events);
        return new Activity(this);
    }

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.MethodName is LongPoll or Barrier)
        {
            await context.Invoke();
            return;
        }
        using (Begin()) await context.Invoke();
    }

    internal readonly struct Activity(ActivityMeter meter) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Decrement(ref meter._inFlight);
            Interlocked.Increment(ref meter._events);
        }
    }
}
