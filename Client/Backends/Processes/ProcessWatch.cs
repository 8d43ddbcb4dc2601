namespace ProvingMarket.Client.Backends.Processes;

/// <summary>
/// Looks at a running process ten times a second and kills it when it passes a limit. Operating-system limits would be exact, but the
/// portable one bounds address space, of which Node and other runtimes reserve far more than they use.
/// </summary>
internal sealed class ProcessWatch : IAsyncDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly ChildProcess _child;
    private readonly long? _memoryLimitBytes;
    private readonly Func<ProverFailure?> _otherLimit;
    private readonly Task _watching;

    private ProcessWatch(ChildProcess child, long? memoryLimitBytes, Func<ProverFailure?>? otherLimit, TimeProvider time)
    {
        _child = child;
        _memoryLimitBytes = memoryLimitBytes;
        _otherLimit = otherLimit ?? (() => null);
        _watching = WatchAsync(time);
    }

    /// <summary>Highest memory seen, in bytes.</summary>
    public long? PeakMemoryBytes { get; private set; }

    /// <summary>The limit that was passed, once the watch is disposed.</summary>
    public ProverFailure? Violation { get; private set; }

    /// <param name="child">What to watch.</param>
    /// <param name="memoryLimitBytes">Resident memory of the process tree.</param>
    /// <param name="otherLimit">Asked at each look for another limit that was passed.</param>
    /// <param name="time">Source of the interval.</param>
    public static ProcessWatch Start(ChildProcess child, long? memoryLimitBytes, Func<ProverFailure?>? otherLimit, TimeProvider time) =>
        new(child, memoryLimitBytes, otherLimit, time);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            do
                Look();
            while (Violation is null && await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The job is over.
        }
    }

    private void Look()
    {
        var bytes = ProcessMemory.ResidentBytes(_child.Id);
        if (bytes > 0)
            PeakMemoryBytes = Math.Max(bytes, PeakMemoryBytes ?? 0);

        Violation = bytes > _memoryLimitBytes
            ? new ProverFailure(
                ProverFailureReason.MemoryExceeded,
                $"the proving process holds {bytes >> 20} MiB, the limit is {_memoryLimitBytes >> 20} MiB")
            : _otherLimit();
        if (Violation is not null)
            _child.Kill();
    }
}
