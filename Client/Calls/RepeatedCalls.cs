using Microsoft.Extensions.Logging;

namespace ProvingMarket.Client.Calls;

/// <summary>Repeats grain calls whose outcome is unknown. Only for calls that may be repeated, which is every call of the market.</summary>
/// <param name="backOff">The waits between attempts.</param>
/// <param name="giveUpAfter">How long to repeat one call; <see cref="TimeSpan.MaxValue"/> for as long as its token allows.</param>
/// <param name="repeatable">After which exceptions to repeat.</param>
/// <param name="randomness">Jitter.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of every repetition.</param>
internal sealed partial class RepeatedCalls(
    BackOffOptions backOff, TimeSpan giveUpAfter, Func<Exception, bool> repeatable, IRandomness randomness, TimeProvider time, ILogger logger)
{
    /// <summary>Makes the call until it is answered.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="MarketUnavailableException">The give-up time has passed since the first attempt.</exception>
    public async Task<T> RepeatAsync<T>(string what, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var failures = 0; ; failures++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Exception failure;
            Task<T>? answer = null;
            try
            {
                answer = call();
                return await answer.WaitAsync(cancellationToken);
            }
            catch (Exception exception) when (repeatable(exception) && !cancellationToken.IsCancellationRequested)
            {
                failure = exception;
            }
            finally
            {
                answer?.Observe();
            }

            var delay = BackOff.Delay(backOff, failures, randomness);
            var elapsed = time.GetElapsedTime(started);
            if (elapsed >= giveUpAfter - delay) throw new MarketUnavailableException(what, elapsed, failure);
            LogRepeating(logger, what, delay.TotalMilliseconds, failure.Message);
            await Task.Delay(delay, time, cancellationToken);
        }
    }

    /// <summary>The same for a call without a result.</summary>
    public Task RepeatAsync(string what, Func<Task> call, CancellationToken cancellationToken) => RepeatAsync(
        what,
        async () =>
        {
            await call();
            return true;
        },
        cancellationToken);

    [LoggerMessage(1, LogLevel.Warning, "{What}: outcome unknown ({Failure}); repeating in {Milliseconds:0} ms")]
    private static partial void LogRepeating(ILogger logger, string what, double milliseconds, string failure);
}
