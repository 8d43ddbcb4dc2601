namespace ProvingMarket.Client.Backends;

/// <summary>How a job ended: a <see cref="ProverSuccess"/> or a <see cref="ProverFailure"/>.</summary>
public abstract record ProverResult
{
    private protected ProverResult()
    {
    }

    /// <summary>From the moment the job was handed over, waiting for a free slot included.</summary>
    public TimeSpan WallTime { get; init; }

    /// <summary>Highest resident memory seen of the proving process and its children, in bytes; null when it was never sampled.</summary>
    public long? PeakMemoryBytes { get; init; }
}

/// <summary>A proof was made.</summary>
/// <param name="Proof">The proof as the program's proof system writes it; for snarkjs, the content of <c>proof.json</c>.</param>
/// <param name="PublicInputs">The public inputs it is for; for snarkjs, the content of <c>public.json</c>.</param>
public sealed record ProverSuccess(ReadOnlyMemory<byte> Proof, ReadOnlyMemory<byte> PublicInputs) : ProverResult;

/// <summary>No proof was made.</summary>
/// <param name="Reason">Why, as a code.</param>
/// <param name="Message">Why, for a person: the setting, file or limit by name, and the last lines of the process where there are any.</param>
public sealed record ProverFailure(ProverFailureReason Reason, string Message) : ProverResult;
