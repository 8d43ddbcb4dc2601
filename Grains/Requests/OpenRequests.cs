using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Grains.Requests;

/// <summary>The open requests of a market.</summary>
public static class OpenRequests
{
    /// <summary>Wakes all of them. To be called when a silo has started: however its last run ended, every open request goes on.</summary>
    /// <returns>How many there were.</returns>
    public static async Task<int> ResumeAsync(IGrainFactory grains)
    {
        var resumed = await Task.WhenAll(
            Enumerable.Range(0, GrainKeys.WatchShards).Select(shard => grains.GetGrain<IRequestWatchGrain>(shard).ResumeAsync()));
        return resumed.Sum();
    }
}
