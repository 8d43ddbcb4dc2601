using Microsoft.Extensions.Logging;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Requests;

/// <summary>The open requests of a market.</summary>
public static partial class OpenRequests
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(30);

    /// <summary>Wakes all of them. To be called when a silo has started: however its last run ended, every open request goes on. A watch shard that
    /// cannot be read just now keeps neither the silo from starting nor the others asleep: it is asked again, after a second and then ever less
    /// often, up to every half minute, until it answers.</summary>
    /// <param name="grains">The silo's grains.</param>
    /// <param name="time">The clock the repetitions wait by.</param>
    /// <param name="logger">Is told of shards that could not be read, and when they could.</param>
    /// <param name="stopping">The end of the silo: nothing is repeated any more.</param>
    /// <returns>How many there were in the shards that answered at once.</returns>
    public static async Task<int> ResumeAsync(IGrainFactory grains, TimeProvider time, ILogger logger, CancellationToken stopping)
    {
        var resumed = await Task.WhenAll(Enumerable.Range(0, GrainKeys.WatchShards).Select(shard => TryResumeAsync(grains, shard, logger)));
        for (var shard = 0; shard < resumed.Length; shard++)
        {
            if (resumed[shard] is null) _ = RepeatAsync(grains, shard, time, logger, stopping);
        }
        return resumed.Sum() ?? 0;
    }

    private static async Task RepeatAsync(IGrainFactory grains, int shard, TimeProvider time, ILogger logger, CancellationToken stopping)
    {
        for (var wait = FirstRetry; !stopping.IsCancellationRequested; wait = wait * 2 < LastRetry ? wait * 2 : LastRetry)
        {
            await Task.Delay(wait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (stopping.IsCancellationRequested || await TryResumeAsync(grains, shard, logger) is not { } count) continue;
            LogResumedLate(logger, shard, count);
            return;
        }
    }

    private static async Task<int?> TryResumeAsync(IGrainFactory grains, int shard, ILogger logger)
    {
        try
        {
            return await grains.GetGrain<IRequestWatchGrain>(shard).ResumeAsync();
        }
        catch (Exception e)
        {
            LogNotResumed(logger, shard, e);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The open requests of watch shard {Shard} could not be woken; it is asked again")]
    private static partial void LogNotResumed(ILogger logger, int shard, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Watch shard {Shard} answered: open requests resumed: {Count}")]
    private static partial void LogResumedLate(ILogger logger, int shard, int count);
}
