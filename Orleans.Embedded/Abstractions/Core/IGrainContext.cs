namespace Orleans.Runtime;

/// <summary>What the engine keeps for one activation.</summary>
public interface IGrainContext : IEquatable<IGrainContext>
{
    /// <summary>Gets the reference that others use to call the grain.</summary>
    GrainReference GrainReference { get; }

    /// <summary>Gets the grain's identity.</summary>
    GrainId GrainId { get; }

    /// <summary>Gets the grain object, once it has been created.</summary>
    object? GrainInstance { get; }

    /// <summary>Gets the services of this activation.</summary>
    IServiceProvider ActivationServices { get; }

    /// <summary>Gets a task that ends when the activation has ended. A grain must not wait for its own.</summary>
    Task Deactivated { get; }

    /// <summary>Starts to end the activation: what it is working on is finished first, what is waiting goes to the next activation.</summary>
    /// <param name="deactivationReason">Why.</param>
    /// <param name="cancellationToken">Cancels the waiting, not the deactivation.</param>
    void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
}
