namespace ProvingMarket.Client.Calls;

/// <summary>Waiting for calls that cannot be cancelled themselves.</summary>
internal static class AbandonedCalls
{
    private const ConfigureAwaitOptions WithoutThrowing = ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext;

    /// <summary>Waits for the call or the token. A call that is left alone is still observed: its failure must not surface later.</summary>
    public static Task<T> OrCancelledAsync<T>(this Task<T> call, CancellationToken cancellationToken) =>
        call.IsCompleted || !cancellationToken.CanBeCanceled ? call : WaitAsync(call, call.WaitAsync(cancellationToken));

    /// <summary>The same for a call without a result.</summary>
    public static Task OrCancelledAsync(this Task call, CancellationToken cancellationToken) =>
        call.IsCompleted || !cancellationToken.CanBeCanceled ? call : WaitAsync(call, call.WaitAsync(cancellationToken));

    private static async Task<T> WaitAsync<T>(Task<T> call, Task<T> waiting)
    {
        await ((Task)waiting).ConfigureAwait(WithoutThrowing);
        Observe(call);
        return await waiting;
    }

    private static async Task WaitAsync(Task call, Task waiting)
    {
        await waiting.ConfigureAwait(WithoutThrowing);
        Observe(call);
        await waiting;
    }

    /// <summary>Leaves a call alone, whether or not it has ended: its failure does not surface later.</summary>
    public static void Observe(this Task call)
    {
        if (call.IsCompleted) _ = call.Exception;
        else _ = call.ContinueWith(static abandoned => _ = abandoned.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}
