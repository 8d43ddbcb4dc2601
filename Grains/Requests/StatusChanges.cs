using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Requests;

/// <summary>Counts the changes of a request's status and wakes those who wait for the next one. Versions are the time of the change in milliseconds
/// since the submission: they grow over restarts, although what an open run tells is only in memory.</summary>
internal sealed class StatusChanges(TimeProvider time)
{
    private readonly TaskCompletionSource _end = NewSignal();
    private TaskCompletionSource? _next;

    /// <summary>Grows with every change.</summary>
    public long Version { get; private set; }

    /// <summary>The status has changed, or those who wait shall look again for another reason.</summary>
    public void Note(DateTimeOffset? submittedAt)
    {
        if (submittedAt is { } since) Version = Math.Max(Version + 1, (long)(time.GetUtcNow() - since).TotalMilliseconds);
        var changed = _next;
        _next = null;
        changed?.SetResult();
    }

    /// <summary>Nothing will change any more, or not here: also those who wait for nothing but the end look again.</summary>
    public void End() => _end.TrySetResult();

    /// <summary>Waits for the next change; false when none came in time. Who waits for nothing but the end is not woken before it.</summary>
    public async Task<bool> WaitAsync(long afterVersion, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var next = afterVersion == RequestStatus.NothingButTheEnd ? _end.Task : (_next ??= NewSignal()).Task;
        // That nothing has changed is what most waits find out: no reason to throw.
        await next.WaitAsync(atMost, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        cancellationToken.ThrowIfCancellationRequested();
        return next.IsCompleted;
    }

    // Whoever waits goes on within the turn that signals. Asynchronous continuations would make the wait with a timeout hop over the thread pool.
    private static TaskCompletionSource NewSignal() => new();
}
