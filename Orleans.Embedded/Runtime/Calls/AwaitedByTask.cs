namespace Orleans.Runtime.Calls;

/// <summary>A call whose caller waits by a task.</summary>
/// <typeparam name="T">The type of the result; <see cref="Nothing"/> when there is none.</typeparam>
internal abstract class AwaitedByTask<T> : GrainCall<T>
{
    private TaskCompletionSource<T>? _waiter;

    private protected AwaitedByTask(GrainMethod method) : base(method)
    {
    }

    /// <summary>Makes the task that the caller waits by. Before sending, and once.</summary>
    /// <returns>The task.</returns>
    internal Task<T> Await()
    {
        // Not RunContinuationsAsynchronously: that would send Task.WhenAll and the like to the thread pool, past the injected scheduler.
        _waiter = new TaskCompletionSource<T>();
        return _waiter.Task;
    }

    /// <inheritdoc/>
    private protected sealed override void Deliver()
    {
        Sink?.OnCompleted(this);
        if (_waiter is not { } waiter) return;

        if (Error is null) waiter.SetResult(Result!);
        else if (Error is OperationCanceledException cancelled) waiter.SetCanceled(cancelled.CancellationToken.IsCancellationRequested ? cancelled.CancellationToken : new CancellationToken(canceled: true));
        else waiter.SetException(Error);
    }
}
