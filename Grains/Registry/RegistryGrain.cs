using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Registry;

/// <summary>Asks the shards for those who need not know how many there are.</summary>
[StatelessWorker]
internal sealed class RegistryGrain(IOptions<MarketOptions> options) : Grain, IRegistryGrain
{
    public Task<ProverRecord?> GetProverAsync(string proverId) => GrainFactory.RegistryOf(proverId, options.Value).GetProverAsync(proverId);

    public async Task<RegistryTotals> GetTotalsAsync() =>
        RegistryTotals.Sum(await Task.WhenAll(GrainFactory.Registries(options.Value).Select(shard => shard.GetTotalsAsync())));
}
