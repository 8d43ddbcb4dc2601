using System.Threading.Tasks.Sources;

namespace Orleans.Runtime.Calls;

/// <summary>A call whose caller waits by the call itself, as the source of a value task.</summary>
/// <typeparam name="T">The type of the result; <see cref="Nothing"/> when there is none.</typeparam>
internal abstract class AwaitedByValueTask<T> : GrainCall<T>, IValueTaskSource<T>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<T> _waiter;
    private bool _awaited;

    private protected AwaitedByValueTask(GrainMethod method) : base(method)
    {
    }

    /// <summary>Makes the value task that the caller waits by. Before sending, and once.</summary>
    /// <returns>The value task.</returns>
    internal ValueTask<T> Await()
    {
        _awaited = true;
        return new ValueTask<T>(this, _waiter.Version);
    }

    /// <summary>Makes the value task that the caller waits by, without its result. Before sending, and once.</summary>
    /// <returns>The value task.</returns>
    internal ValueTask AwaitNothing()
    {
        _awaited = true;
        return new ValueTask(this, _waiter.Version);
    }

    T IValueTaskSource<T>.GetResult(short token) => _waiter.GetResult(token);

    void IValueTaskSource.GetResult(short token) => _waiter.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => _waiter.GetStatus(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _waiter.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        OnCompleted(continuation, state, token, flags);

    /// <inheritdoc/>
    private protected sealed override void ForgetWaiter()
    {
        _waiter = default;
        _awaited = false;
    }

    /// <inheritdoc/>
    private protected sealed override void Deliver()
    {
        Sink?.OnCompleted(this);
        if (!_awaited) return;

        if (Error is null) _waiter.SetResult(Result!);
        else _waiter.SetException(Error);
    }

    private void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        // A continuation with a context of its own is sent there by the core. Another would run in place, within the target's turn.
        var hasContext = flags.HasFlag(ValueTaskSourceOnCompletedFlags.UseSchedulingContext)
            && (TaskScheduler.Current != TaskScheduler.Default || SynchronizationContext.Current is { } context && context.GetType() != typeof(SynchronizationContext));
        if (hasContext || Home is null)
        {
            _waiter.OnCompleted(continuation, state, token, flags);
            return;
        }

        var flowed = flags.HasFlag(ValueTaskSourceOnCompletedFlags.FlowExecutionContext) ? ExecutionContext.Capture() : null;
        _waiter.OnCompleted(Continuation.Schedule, new Continuation(Home, continuation, state, flowed), token, ValueTaskSourceOnCompletedFlags.None);
    }

    private sealed class Continuation(Scheduling.IWorkScheduler home, Action<object?> continuation, object? state, ExecutionContext? context) : IThreadPoolWorkItem
    {
        internal static readonly Action<object?> Schedule = static item => ((Continuation)item!)._home.Schedule((Continuation)item);

        private readonly Scheduling.IWorkScheduler _home = home;

        public void Execute()
        {
            if (context is null) continuation(state);
            else ExecutionContext.Run(context, static item => ((Continuation)item!).Invoke(), this);
        }

        private void Invoke() => continuation(state);
    }
}
