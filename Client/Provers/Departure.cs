namespace ProvingMarket.Client.Provers;

/// <summary>The last moments of a worker: once it has begun to leave, leases are given back, declines sent and asks cancelled within the leave timeout, all of them together.</summary>
internal sealed class Departure(WorkerContext worker) : IDisposable
{
    private readonly CancellationTokenSource _gone = new(Timeout.InfiniteTimeSpan, worker.Time);
    private bool _begun;

    /// <summary>Cancelled when the worker must be gone, unfinished calls included.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <summary>From now on the time runs; the first time counts. Not to be called concurrently.</summary>
    public void Begin()
    {
        if (_begun) return;
        _begun = true;
        _gone.CancelAfter(worker.Options.LeaveTimeout);
    }

    public void Dispose() => _gone.Dispose();
}
