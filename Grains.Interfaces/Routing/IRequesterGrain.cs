using Orleans.Concurrency;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Domain.Routing.Tuning;

namespace ProvingMarket.Grains.Interfaces.Routing;

/// <summary>What an account has got from the market, and the instances tuned for it; keyed by the account. No request waits for it.</summary>
[Alias("pm.IRequesterGrain")]
public interface IRequesterGrain : IGrainWithStringKey
{
    /// <summary>Called by requests that have ended: what became of a routed one. What was counted not long ago is ignored, so it may be repeated; what is lost
    /// is harmless.</summary>
    [Alias("Note")]
    Task NoteAsync(RouteOutcome outcome);

    /// <summary>Called by routers, about every second while the account makes requests: what is tuned and tried for it.</summary>
    [Alias("GetTuning"), ReadOnly]
    Task<TuningView> GetTuningAsync();

    /// <summary>Called by anyone: its realised losses by instance, and the history of its tuning.</summary>
    [Alias("Get"), ReadOnly]
    Task<TuningState> GetAsync();
}
