using Microsoft.Extensions.Logging;
using ProvingMarket.Grains.Provers;
using ProvingMarket.Grains.Requests;

namespace ProvingMarket.Grains;

/// <summary>What goes on when a silo has started, however its last run ended.</summary>
public static class MarketStart
{
    /// <summary>Wakes every open request, and has stake that is under way looked after. May be repeated.</summary>
    /// <param name="grains">The silo's grains.</param>
    /// <param name="registryShards">How many registry shards there are.</param>
    /// <param name="time">The clock that repetitions wait by.</param>
    /// <param name="logger">Is told of shards that could not be read, which are asked again, and when they could.</param>
    /// <param name="stopping">The end of the silo: nothing is repeated any more.</param>
    /// <returns>How many open requests there were, and provers whose stake is under way, in the shards that answered at once.</returns>
    public static async Task<(int Requests, int Provers)> ResumeAsync(
        IGrainFactory grains, int registryShards, TimeProvider time, ILogger logger, CancellationToken stopping) => (
        await OpenRequests.ResumeAsync(grains, time, logger, stopping),
        await MovingStake.ResumeAsync(grains, registryShards, time, logger, stopping));
}
