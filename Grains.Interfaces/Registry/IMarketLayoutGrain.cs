using ProvingMarket.Domain;

namespace ProvingMarket.Grains.Interfaces.Registry;

/// <summary>How a cluster's data is cut (key: <see cref="GrainKeys.Single"/>): what the first silo was set up with holds for ever, since another number of
/// shards would look for provers, and their stakes, where they are not.</summary>
[Alias("pm.IMarketLayoutGrain")]
public interface IMarketLayoutGrain : IGrainWithIntegerKey
{
    /// <summary>Called by every silo at its start: records the layout the first time, and refuses another one with
    /// <see cref="ReasonCode.LayoutConflict"/> later. Repeatable.</summary>
    [Alias("Agree")]
    Task<Refusal?> AgreeAsync(int registryShards);
}
