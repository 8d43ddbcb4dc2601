using System.Threading.Channels;

namespace ProvingMarket.Client.Provers;

/// <summary>Wakes one loop: at once from any thread, or by the clock. Signals that come while the loop is busy are one signal.</summary>
internal sealed class Wake : IDisposable
{
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ITimer _timer;

    public Wake(TimeProvider time) => _timer = time.CreateTimer(static wake => ((Wake)wake!).Now(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Now() => _signal.Writer.TryWrite(true);

    /// <summary>Waits for a signal, at most <paramref name="atMost"/>; null waits without end.</summary>
    public async Task WaitAsync(TimeSpan? atMost, CancellationToken cancellationToken)
    {
        _timer.Change(atMost is { } due ? Clamp(due) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await _signal.Reader.ReadAsync(cancellationToken);
    }

    public void Dispose() => _timer.Dispose();

    // Whole milliseconds, rounded up: timers know no less, and a loop that wakes too early finds nothing to do. A day is within what every
    // timer can wait; the loop looks again after it.
    private static TimeSpan Clamp(TimeSpan due) => TimeSpan.FromMilliseconds(Math.Ceiling(Math.Clamp(due.TotalMilliseconds, 0, TimeSpan.MillisecondsPerDay)));
}
