using Microsoft.Extensions.Logging;

namespace ProvingMarket.Client.Calls;

/// <summary>Repeats grain calls whose outcome is unknown. Only for calls that may be repeated, which is every call of the market.</summary>
internal sealed partial class MarketCalls(
    MarketClientOptions options, IRandomness randomness, TimeProvider time, ILogger logger)
{
    /// <summary>Makes the call until it is answered.</summary>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    /// <exception cref="MarketUnavailableException">The give-up time has passed since the first attempt.</exception>
    public async Task<T> RepeatAsync<T>(string what, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var backOff = new BackOff(options.BackOff, randomness);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Exception failure;
            try
            {
                return await AbandonableAsync(call(), cancellationToken);
            }
            catch (Exception exception) when (UnknownOutcome.Is(exception) && !cancellationToken.IsCancellationRequested)
            {
                failure = exception;
            }

            var delay = backOff.Next();
            var elapsed = time.GetElapsedTime(started);
            if (elapsed + delay >= options.GiveUpAfter) throw new MarketUnavailableException(what, elapsed, failure);
            LogRepeating(logger, what, delay.TotalMilliseconds, failure.Message);
            await Task.Delay(delay, time, cancellationToken);
        }
    }

    /// <summary>Waits for the call or the token. A call that is left alone is still observed: its failure must not surface later.</summary>
    private static async Task<T> AbandonableAsync<T>(Task<T> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call.WaitAsync(cancellationToken);
        }
        finally
        {
            if (!call.IsCompleted)
                _ = call.ContinueWith(static abandoned => _ = abandoned.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{What}: outcome unknown ({Failure}); repeating in {Milliseconds:0} ms")]
    private static partial void LogRepeating(ILogger logger, string what, double milliseconds, string failure);
}
