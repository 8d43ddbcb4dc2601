using Orleans.Concurrency;
using ProvingMarket.Domain.Registry;

namespace ProvingMarket.Grains.Interfaces.Registry;

/// <summary>The registry as a whole (key: <see cref="GrainKeys.Single"/>, stateless): for operators and tools, which need not know how it is cut into
/// shards. Runs and provers call the shards themselves.</summary>
[Alias("pm.IRegistryGrain")]
public interface IRegistryGrain : IGrainWithIntegerKey
{
    /// <summary>What the registry knows of a prover; null when it never registered. Repeatable.</summary>
    [Alias("GetProver"), ReadOnly]
    Task<ProverRecord?> GetProverAsync(string proverId);

    /// <summary>Sums over all shards, each as of its own moment. Repeatable.</summary>
    [Alias("GetTotals"), ReadOnly]
    Task<RegistryTotals> GetTotalsAsync();
}
