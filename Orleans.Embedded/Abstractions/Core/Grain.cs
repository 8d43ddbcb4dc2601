using System.Diagnostics.CodeAnalysis;
using Orleans.Runtime;

namespace Orleans;

/// <summary>The usual base class of grains. The engine creates instances, one per activation, and runs their code one turn at a time.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    /// <summary>Initializes the grain with the context of the activation that is being created.</summary>
    protected Grain() => GrainContext = RuntimeContext.Current;

    /// <summary>Gets the context the engine keeps for this activation.</summary>
    [AllowNull]
    public IGrainContext GrainContext { get; private set; }

    /// <summary>Gets the reference that others use to call this grain.</summary>
    public GrainReference GrainReference => GrainContext.GrainReference;

    /// <summary>Gets the factory for references to other grains.</summary>
    protected IGrainFactory GrainFactory => RuntimeContext.ActivationOf(this).GrainFactory;

    /// <summary>Gets the services of this activation.</summary>
    protected internal IServiceProvider ServiceProvider => RuntimeContext.ActivationOf(this).ActivationServices;

    /// <summary>Deactivates this activation once its current request and those already admitted have ended.</summary>
    protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

    /// <summary>Keeps this activation from being collected as idle for the given time, or lifts an earlier delay when it is negative.</summary>
    /// <param name="timeSpan">How long from now.</param>
    protected void DelayDeactivation(TimeSpan timeSpan) => RuntimeContext.ActivationOf(this).DelayDeactivation(timeSpan);

    /// <inheritdoc cref="IGrainBase.OnActivateAsync(CancellationToken)"/>
    /// <param name="cancellationToken">Cancelled when activation takes longer than the configured limit.</param>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc cref="IGrainBase.OnDeactivateAsync(DeactivationReason, CancellationToken)"/>
    /// <param name="reason">Why the activation ends.</param>
    /// <param name="cancellationToken">Cancelled when deactivation takes longer than the configured limit.</param>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;
}
