using Microsoft.Extensions.Logging;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Requests;

/// <summary>The open requests of a market.</summary>
internal static class OpenRequests
{
    /// <summary>Wakes all of them. To be called when a silo has started: however its last run ended, every open request goes on. A watch shard that
    /// cannot be read just now keeps neither the silo from starting nor the others asleep: it is asked again, after a second and then ever less
    /// often, up to every half minute, until it answers.</summary>
    /// <param name="grains">The silo's grains.</param>
    /// <param name="time">The clock the repetitions wait by.</param>
    /// <param name="logger">Is told of shards that could not be read, and when they could.</param>
    /// <param name="stopping">The end of the silo: nothing is repeated any more.</param>
    /// <returns>How many there were in the shards that answered at once.</returns>
    public static Task<int> ResumeAsync(IGrainFactory grains, TimeProvider time, ILogger logger, CancellationToken stopping) => Resumption.RunAsync(
        "open requests", GrainKeys.WatchShards, shard => grains.GetGrain<IRequestWatchGrain>(shard).ResumeAsync(), time, logger, stopping);
}
