namespace ProvingMarket.Client.Backends;

/// <summary>The backend cannot work on this machine; thrown by <see cref="IProverBackend.PrepareAsync"/>.</summary>
public sealed class ProverBackendException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="reason">Why, as a code.</param>
    /// <param name="message">Why, for a person.</param>
    /// <param name="innerException">What was caught, if anything.</param>
    public ProverBackendException(ProverFailureReason reason, string message, Exception? innerException = null)
        : base(message, innerException) => Reason = reason;

    /// <summary>Why, as a code.</summary>
    public ProverFailureReason Reason { get; }
}
