using System.Collections.Immutable;
using Orleans.Runtime.Scheduling;

namespace Orleans.Runtime.Calls;

/// <summary>The calling side of a host: what the references it gives out do when they are called.</summary>
/// <param name="channel">Where calls are sent.</param>
/// <param name="timeouts">Ends the waiting for calls that are not answered.</param>
/// <param name="scheduler">Where outcomes are delivered that arrive outside of any turn.</param>
/// <param name="client">The identity of callers that are not grains.</param>
internal sealed class GrainCaller(IGrainCallChannel channel, ResponseTimeouts timeouts, IWorkScheduler scheduler, GrainId client)
{
    /// <summary>Gets the identity of callers that are not grains.</summary>
    internal GrainId Client => client;

    /// <summary>Gets where outcomes are delivered that arrive outside of any turn.</summary>
    internal IWorkScheduler Scheduler => scheduler;

    /// <summary>Gets or sets what every call passes before it is sent. Set before the first call.</summary>
    internal ImmutableArray<IOutgoingGrainCallFilter> Filters { get; set; } = [];

    /// <summary>Makes a reference.</summary>
    /// <param name="target">The grain or observer.</param>
    /// <param name="interfaceType">The interface to call it through.</param>
    /// <returns>The reference; it implements the interface.</returns>
    internal GrainReference CreateReference(GrainId target, Type interfaceType) => GrainInterface.Of(interfaceType).CreateReference(target, this);

    internal Task<T> Invoke<T>(GrainId target, TaskCall<T> call, CancellationToken token)
    {
        if (token.IsCancellationRequested) return Task.FromCanceled<T>(token);
        Prepare(call, target, token);
        if (!Filters.IsEmpty) return Filtered<T>(call, token);

        var task = call.Await();
        Send(call, token);
        return task;
    }

    internal Task Invoke(GrainId target, TaskCall call, CancellationToken token)
    {
        if (token.IsCancellationRequested) return Task.FromCanceled(token);
        Prepare(call, target, token);
        if (!Filters.IsEmpty) return Filtered<Nothing>(call, token);
        if (call.Method.IsOneWay)
        {
            channel.Send(call);
            return Task.CompletedTask;
        }

        var task = call.Await();
        Send(call, token);
        return task;
    }

    internal ValueTask<T> Invoke<T>(GrainId target, ValueTaskCall<T> call, CancellationToken token)
    {
        if (token.IsCancellationRequested) return ValueTask.FromCanceled<T>(token);
        Prepare(call, target, token);
        if (!Filters.IsEmpty) return new ValueTask<T>(Filtered<T>(call, token));

        var task = call.Await();
        Send(call, token);
        return task;
    }

    internal ValueTask Invoke(GrainId target, ValueTaskCall call, CancellationToken token)
    {
        if (token.IsCancellationRequested) return ValueTask.FromCanceled(token);
        Prepare(call, target, token);
        if (!Filters.IsEmpty) return new ValueTask(Filtered<Nothing>(call, token));
        if (call.Method.IsOneWay)
        {
            channel.Send(call);
            return ValueTask.CompletedTask;
        }

        var task = call.AwaitNothing();
        Send(call, token);
        return task;
    }

    internal void Invoke(GrainId target, VoidCall call, CancellationToken token)
    {
        if (token.IsCancellationRequested) return;
        Prepare(call, target, token);
        if (!Filters.IsEmpty) _ = Filtered<Nothing>(call, token);
        else channel.Send(call);
    }

    private void Prepare(GrainCall call, GrainId target, CancellationToken token)
    {
        call.Target = target;
        call.MadeBy(this, RuntimeContext.Current);
        call.Context = RequestContext.Export();
        if (token.CanBeCanceled) call.CanBeCancelled = true;
    }

    private void Send(GrainCall call, CancellationToken token)
    {
        timeouts.Add(call, channel);
        channel.Send(call);
        if (token.CanBeCanceled) call.ObserveCaller(channel, token);
    }

    private async Task<T> Filtered<T>(GrainCall call, CancellationToken token)
    {
        var context = new OutgoingCallContext(call, this, token);
        await context.Invoke();
        return context.Result is null ? default! : (T)context.Result;
    }

    /// <summary>Sends a call that has passed the filters.</summary>
    /// <param name="call">The call.</param>
    /// <param name="token">The caller's token.</param>
    /// <returns>The result, boxed.</returns>
    internal Task<object?> SendFiltered(GrainCall call, CancellationToken token)
    {
        call.Context = RequestContext.Export();
        if (call.Method.IsOneWay)
        {
            channel.Send(call);
            return Task.FromResult<object?>(null);
        }

        var waiter = new BoxedWaiter();
        call.Sink = waiter;
        Send(call, token);
        return waiter.Task;
    }

    private sealed class BoxedWaiter : GrainCallVisitor, IGrainCallSink
    {
        private readonly TaskCompletionSource<object?> _source = new();
        private object? _result;

        internal Task<object?> Task => _source.Task;

        public void OnCompleted(GrainCall call)
        {
            if (call.Error is { } error)
            {
                _source.SetException(error);
                return;
            }

            call.VisitResult(this);
            _source.SetResult(_result);
        }

        public override void Visit<T>(int index, ref T? value)
            where T : default => _result = value;
    }
}
