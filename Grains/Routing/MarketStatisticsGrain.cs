using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Routing;

namespace ProvingMarket.Grains.Routing;

/// <summary>Learns in memory and writes at most once a minute: what a crash loses is a minute of learning.</summary>
internal sealed partial class MarketStatisticsGrain(
    [PersistentState("statistics", StorageNames.Market)] IPersistentState<MarketStatistics> stored, TimeProvider time, ILogger<MarketStatisticsGrain> logger)
    : Grain, IMarketStatisticsGrain
{
    private static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(1);

    private MarketStatistics _statistics = MarketStatistics.Empty;
    private DateTimeOffset _writtenAt;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _statistics = stored.RecordExists ? stored.State : MarketStatistics.Empty;
        _writtenAt = time.GetUtcNow();
        return Task.CompletedTask;
    }

    public async Task AddAsync(ImmutableArray<RouteOutcome> outcomes)
    {
        var now = time.GetUtcNow();
        _statistics = CoverageRules.Ripened(outcomes.Aggregate(_statistics, LearningRules.After), now);
        if ((now - _writtenAt).Duration() < WriteEvery) return;
        _writtenAt = now;
        try
        {
            stored.State = _statistics;
            await stored.WriteStateAsync();
        }
        catch (Exception e)
        {
            // Memory goes on; another activation may have written, and then this one must not stay.
            LogNotWritten(logger, e);
            DeactivateOnIdle();
        }
    }

    public Task<MarketStatistics?> GetAsync(long knownVersion) => Task.FromResult(knownVersion == _statistics.Version ? null : _statistics);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What has been learned could not be written")]
    private static partial void LogNotWritten(ILogger logger, Exception exception);
}
