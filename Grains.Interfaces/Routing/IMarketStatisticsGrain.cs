using System.Collections.Immutable;
using Orleans.Concurrency;
using ProvingMarket.Domain.Routing;

namespace ProvingMarket.Grains.Interfaces.Routing;

/// <summary>What the market has learned of its mechanisms, keyed <see cref="GrainKeys.Single"/>. No request waits for it: outcomes come gathered, and
/// routers read it about every second.</summary>
[Alias("pm.IMarketStatisticsGrain")]
public interface IMarketStatisticsGrain : IGrainWithIntegerKey
{
    /// <summary>Called by collectors: outcomes of the last second. Those counted not long ago are ignored, so it may be repeated. What was learned in the last
    /// minute before a crash is lost.</summary>
    [Alias("Add")]
    Task AddAsync(ImmutableArray<RouteOutcome> outcomes);

    /// <summary>Called by routers: the statistics; null when they are still those of a version.</summary>
    [Alias("Get"), ReadOnly]
    Task<MarketStatistics?> GetAsync(long knownVersion);
}

/// <summary>Gathers outcomes for a second before it passes them on: a stateless worker keyed <see cref="GrainKeys.Single"/>. What it has gathered is lost in
/// a crash, which is harmless.</summary>
[Alias("pm.IOutcomeCollectorGrain")]
public interface IOutcomeCollectorGrain : IGrainWithIntegerKey
{
    /// <summary>Called by requests that have ended: what became of a routed one.</summary>
    [Alias("Note")]
    Task NoteAsync(RouteOutcome outcome);
}
