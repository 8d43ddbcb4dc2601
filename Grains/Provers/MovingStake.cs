using Microsoft.Extensions.Logging;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Provers;

/// <summary>The stake that is under way between accounts and registry.</summary>
internal static class MovingStake
{
    private const int AtOnce = 64;

    /// <summary>Has all of it looked after. To be called when a silo has started: deposits that were cut off go on, and stake is paid when it may leave, also where the
    /// reminders that did that have not outlived the last run, or were not among the records that were moved here. A registry shard that cannot be read just now is asked again, as
    /// <see cref="Requests.OpenRequests"/> does it.</summary>
    /// <param name="grains">The silo's grains.</param>
    /// <param name="shards">How many registry shards there are.</param>
    /// <param name="time">The clock the repetitions wait by.</param>
    /// <param name="logger">Is told of shards that could not be read, and when they could.</param>
    /// <param name="stopping">The end of the silo: nothing is repeated any more.</param>
    /// <returns>How many provers it belongs to, in the shards that answered at once.</returns>
    public static Task<int> ResumeAsync(IGrainFactory grains, int shards, TimeProvider time, ILogger logger, CancellationToken stopping) =>
        Resumption.RunAsync("provers whose stake is under way", shards, shard => ResumeShardAsync(grains, shard), time, logger, stopping);

    private static async Task<int> ResumeShardAsync(IGrainFactory grains, int shard)
    {
        var provers = await grains.GetGrain<ITaskRegistryGrain>(shard).ListMovingStakeAsync();
        var woken = new List<Task>();
        foreach (var batch in provers.Chunk(AtOnce))
        {
            woken.Add(Task.WhenAll(batch.Select(prover => grains.GetGrain<IProverGrain>(prover).ResumeStakeAsync())));
            // One that cannot be woken keeps no other one asleep.
            await woken[^1].ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
        await Task.WhenAll(woken);
        return provers.Length;
    }
}
