using Microsoft.Extensions.Logging;

namespace ProvingMarket.Grains.Infrastructure;

/// <summary>What goes on when a silo has started, however its last run ended: every shard is asked to wake what it knows of.</summary>
internal static partial class Resumption
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(30);

    /// <summary>Asks all shards at once. One that does not answer just now keeps neither the silo from starting nor the others asleep: it is asked again, after
    /// a second and then ever less often, up to every half minute, until it answers.</summary>
    /// <param name="what">What is woken, for people.</param>
    /// <param name="shards">How many shards there are.</param>
    /// <param name="resume">Wakes what a shard knows of, and tells how much that is. May be repeated.</param>
    /// <param name="time">The clock the repetitions wait by.</param>
    /// <param name="logger">Is told of shards that did not answer, and when they did.</param>
    /// <param name="stopping">The end of the silo: nothing is repeated any more.</param>
    /// <returns>How much there was in the shards that answered at once.</returns>
    public static async Task<int> RunAsync(string what, int shards, Func<int, Task<int>> resume, TimeProvider time, ILogger logger, CancellationToken stopping)
    {
        var resumed = await Task.WhenAll(Enumerable.Range(0, shards).Select(TryResumeAsync));
        for (var shard = 0; shard < resumed.Length; shard++)
        {
            if (resumed[shard] is null) _ = RepeatAsync(shard);
        }
        return resumed.Sum() ?? 0;

        async Task RepeatAsync(int shard)
        {
            for (var wait = FirstRetry; !stopping.IsCancellationRequested; wait = wait * 2 < LastRetry ? wait * 2 : LastRetry)
            {
                await Task.Delay(wait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
                if (stopping.IsCancellationRequested || await TryResumeAsync(shard) is not { } count) continue;
                LogResumedLate(logger, what, shard, count);
                return;
            }
        }

        async Task<int?> TryResumeAsync(int shard)
        {
            try
            {
                return await resume(shard);
            }
            catch (Exception e)
            {
                LogNotResumed(logger, what, shard, e);
                return null;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Not all {What} of shard {Shard} could be woken; it is asked again")]
    private static partial void LogNotResumed(ILogger logger, string what, int shard, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Shard {Shard} answered: {What} resumed: {Count}")]
    private static partial void LogResumedLate(ILogger logger, string what, int shard, int count);
}
