using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Routing;

namespace ProvingMarket.Grains.Routing;

/// <summary>Keeps outcomes for a second, so that the statistics are changed once for many.</summary>
[StatelessWorker]
internal sealed partial class OutcomeCollectorGrain(ILogger<OutcomeCollectorGrain> logger) : Grain, IOutcomeCollectorGrain
{
    private const int AtOnce = 256;
    private static readonly TimeSpan Gather = TimeSpan.FromSeconds(1);

    private List<RouteOutcome> _gathered = [];
    private IGrainTimer? _timer;

    public async Task NoteAsync(RouteOutcome outcome)
    {
        _gathered.Add(outcome);
        if (_gathered.Count >= AtOnce) await PassOnAsync();
        else if (_gathered.Count == 1)
        {
            if (_timer is { } timer) timer.Change(Gather, Timeout.InfiniteTimeSpan);
            else
            {
                _timer = this.RegisterGrainTimer(
                    _ => PassOnAsync(), new GrainTimerCreationOptions { DueTime = Gather, Period = Timeout.InfiniteTimeSpan, KeepAlive = true });
            }
        }
    }

    private async Task PassOnAsync()
    {
        if (_gathered.Count == 0) return;
        var outcomes = _gathered;
        _gathered = [];
        try
        {
            await GrainFactory.GetGrain<IMarketStatisticsGrain>(GrainKeys.Single).AddAsync([.. outcomes]);
        }
        catch (Exception e)
        {
            LogLost(logger, outcomes.Count, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} outcomes could not be passed on; the statistics go on without them")]
    private static partial void LogLost(ILogger logger, int count, Exception exception);
}
