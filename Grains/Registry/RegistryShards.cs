using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Registry;

/// <summary>Where the registry keeps whom.</summary>
internal static class RegistryShards
{
    /// <summary>The shard of a prover.</summary>
    public static ITaskRegistryGrain RegistryOf(this IGrainFactory grains, string proverId, MarketOptions options) =>
        grains.GetGrain<ITaskRegistryGrain>(GrainKeys.RegistryShard(proverId, options.RegistryShards));

    /// <summary>All shards.</summary>
    public static IEnumerable<ITaskRegistryGrain> Registries(this IGrainFactory grains, MarketOptions options) =>
        Enumerable.Range(0, options.RegistryShards).Select(shard => grains.GetGrain<ITaskRegistryGrain>(shard));
}
