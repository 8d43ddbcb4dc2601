using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Registry;

/// <summary>Where the registry keeps whom.</summary>
internal static class RegistryShards
{
    /// <summary>The shard of a prover.</summary>
    public static ITaskRegistryGrain RegistryOf(this IGrainFactory grains, string proverId, MarketOptions options) =>
        grains.GetGrain<ITaskRegistryGrain>(GrainKeys.RegistryShard(proverId, options.RegistryShards));

    /// <summary>The shards in which somebody may be eligible: all, or those of the provers that the requester has named.</summary>
    public static IEnumerable<ITaskRegistryGrain> RegistriesFor(this IGrainFactory grains, CandidateQuery query, MarketOptions options) => query.Constraints.AllowedProvers switch
    {
        { IsEmpty: true } => grains.Registries(options),
        [var only] => [grains.RegistryOf(only, options)],
        var named => named.Select(prover => GrainKeys.RegistryShard(prover, options.RegistryShards)).Distinct().Order().Select(shard => grains.GetGrain<ITaskRegistryGrain>(shard)),
    };

    /// <summary>All shards.</summary>
    public static IEnumerable<ITaskRegistryGrain> Registries(this IGrainFactory grains, MarketOptions options) =>
        Enumerable.Range(0, options.RegistryShards).Select(shard => grains.GetGrain<ITaskRegistryGrain>(shard));
}
