using Microsoft.Extensions.Logging;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Domain.Routing.Tuning;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Routing;

namespace ProvingMarket.Grains.Routing;

/// <summary>Learns in memory; writes what tuning changes at once, and the rest within a minute.</summary>
internal sealed partial class RequesterGrain(
    [PersistentState("tuning", StorageNames.Market)] IPersistentState<TuningState> stored, TimeProvider time, ILogger<RequesterGrain> logger) : Grain, IRequesterGrain
{
    private static readonly TimeSpan WriteWithin = TimeSpan.FromMinutes(1);

    private WriteBehind<TuningState> _tuning = null!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _tuning = new WriteBehind<TuningState>(this, stored, TuningState.Empty, WriteWithin, e =>
        {
            LogNotWritten(logger, this.GetPrimaryKeyString(), e);
            DeactivateOnIdle();
        });
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _tuning.FlushAsync();

    public async Task NoteAsync(RouteOutcome outcome)
    {
        var before = _tuning.Value;
        var after = TuningRules.After(before, outcome, time.GetUtcNow());
        if (ReferenceEquals(before, after)) return;
        _tuning.Change(after);
        if (before.History.Length != after.History.Length || before.Own != after.Own) await _tuning.FlushAsync();
    }

    public Task<TuningView> GetTuningAsync() => Task.FromResult(TuningRules.ViewOf(_tuning.Value));

    public Task<TuningState> GetAsync() => Task.FromResult(_tuning.Value);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What was learned of account {Account} could not be written")]
    private static partial void LogNotWritten(ILogger logger, string account, Exception exception);
}
