using System.Runtime.CompilerServices;

namespace Orleans.Runtime.Calls;

/// <summary>A call whose caller waits by a task.</summary>
/// <typeparam name="T">The type of the result; <see cref="Nothing"/> when there is none.</typeparam>
internal abstract class AwaitedByTask<T> : GrainCall<T>
{
    // Makes a bare task, without the object a TaskCompletionSource would be. Its continuations may run in place: RunContinuationsAsynchronously would
    // send Task.WhenAll and the like to the thread pool, past the injected scheduler.
    private AsyncTaskMethodBuilder<T> _waiter;
    private bool _isAwaited;

    private protected AwaitedByTask(GrainMethod method) : base(method)
    {
    }

    /// <summary>Makes the task that the caller waits by. Before sending, and once.</summary>
    /// <returns>The task.</returns>
    internal Task<T> Await()
    {
        _isAwaited = true;
        return _waiter.Task;
    }

    /// <inheritdoc/>
    private protected sealed override void ForgetWaiter()
    {
        _waiter = default;
        _isAwaited = false;
    }

    /// <inheritdoc/>
    private protected sealed override void Deliver()
    {
        Sink?.OnCompleted(this);
        if (!_isAwaited) return;

        if (Error is null) _waiter.SetResult(Result!);
        else _waiter.SetException(Error);
    }
}
