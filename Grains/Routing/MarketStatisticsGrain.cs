using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Routing;

namespace ProvingMarket.Grains.Routing;

/// <summary>Learns in memory and writes within a minute: what a crash loses is a minute of learning.</summary>
internal sealed partial class MarketStatisticsGrain(
    [PersistentState("statistics", StorageNames.Market)] IPersistentState<MarketStatistics> stored, TimeProvider time, ILogger<MarketStatisticsGrain> logger)
    : Grain, IMarketStatisticsGrain
{
    private static readonly TimeSpan WriteWithin = TimeSpan.FromMinutes(1);

    private WriteBehind<MarketStatistics> _statistics = null!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _statistics = new WriteBehind<MarketStatistics>(this, stored, MarketStatistics.Empty, WriteWithin, e =>
        {
            LogNotWritten(logger, e);
            DeactivateOnIdle();
        });
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _statistics.FlushAsync();

    public Task AddAsync(ImmutableArray<RouteOutcome> outcomes)
    {
        _statistics.Change(CoverageRules.Ripened(outcomes.Aggregate(_statistics.Value, LearningRules.After), time.GetUtcNow()));
        return Task.CompletedTask;
    }

    public Task<MarketStatistics?> GetAsync(long knownVersion) => Task.FromResult(knownVersion == _statistics.Value.Version ? null : _statistics.Value);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What has been learned could not be written")]
    private static partial void LogNotWritten(ILogger logger, Exception exception);
}
