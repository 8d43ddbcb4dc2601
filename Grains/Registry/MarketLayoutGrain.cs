using ProvingMarket.Domain;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Registry;

/// <summary>Remembers how the data is cut.</summary>
internal sealed class MarketLayoutGrain([PersistentState("layout", StorageNames.Market)] IPersistentState<MarketLayout> storage) : Grain, IMarketLayoutGrain
{
    private DurableRecord<MarketLayout> _layout = null!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _layout = new DurableRecord<MarketLayout>(storage, DeactivateOnIdle);
        return Task.CompletedTask;
    }

    public async Task<Refusal?> AgreeAsync(int registryShards)
    {
        if (_layout.Value is null) await _layout.WriteAsync(new MarketLayout { RegistryShards = registryShards });
        var recorded = _layout.Value!.RegistryShards;
        return recorded == registryShards
            ? null
            : Refusal.Of(ReasonCode.LayoutConflict, $"{MarketOptions.Section}:{nameof(MarketOptions.RegistryShards)}", $"{recorded}, with which the data began", $"{registryShards}");
    }
}

/// <summary>How the data is cut.</summary>
[GenerateSerializer, Immutable, Alias("pm.MarketLayout")]
internal sealed record MarketLayout
{
    /// <summary>Shards of the task registry.</summary>
    [Id(0)] public required int RegistryShards { get; init; }
}
