namespace ProvingMarket.Client.Calls;

/// <summary>Waiting for calls that cannot be cancelled themselves.</summary>
internal static class AbandonedCalls
{
    /// <summary>Waits for the call or the token. A call that is left alone is still observed: its failure must not surface later.</summary>
    public static async Task<T> OrCancelledAsync<T>(this Task<T> call, CancellationToken cancellationToken)
    {
        await ((Task)call).OrCancelledAsync(cancellationToken);
        return await call;
    }

    /// <summary>The same for a call without a result.</summary>
    public static async Task OrCancelledAsync(this Task call, CancellationToken cancellationToken)
    {
        try
        {
            await call.WaitAsync(cancellationToken);
        }
        finally
        {
            if (!call.IsCompleted)
                _ = call.ContinueWith(static abandoned => _ = abandoned.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
