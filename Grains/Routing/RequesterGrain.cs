using Microsoft.Extensions.Logging;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Domain.Routing.Tuning;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Routing;

namespace ProvingMarket.Grains.Routing;

/// <summary>Learns in memory; writes what tuning changes at once, and the rest with every sixteenth outcome.</summary>
internal sealed partial class RequesterGrain(
    [PersistentState("tuning", StorageNames.Market)] IPersistentState<TuningState> stored, TimeProvider time, ILogger<RequesterGrain> logger) : Grain, IRequesterGrain
{
    private const int WriteEvery = 16;

    private TuningState _state = TuningState.Empty;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (stored.RecordExists) _state = stored.State;
        return Task.CompletedTask;
    }

    public async Task NoteAsync(RouteOutcome outcome)
    {
        var before = _state;
        _state = TuningRules.After(before, outcome, time.GetUtcNow());
        if (ReferenceEquals(before, _state)) return;
        if (before.History.Length == _state.History.Length && before.Own == _state.Own && _state.Outcomes % WriteEvery != 0) return;
        try
        {
            stored.State = _state;
            await stored.WriteStateAsync();
        }
        catch (Exception e)
        {
            // Another activation may have written: then this one must not stay.
            LogNotWritten(logger, outcome.Account, e);
            DeactivateOnIdle();
        }
    }

    public Task<TuningView> GetTuningAsync() => Task.FromResult(TuningRules.ViewOf(_state));

    public Task<TuningState> GetAsync() => Task.FromResult(_state);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What was learned of account {Account} could not be written")]
    private static partial void LogNotWritten(ILogger logger, string account, Exception exception);
}
