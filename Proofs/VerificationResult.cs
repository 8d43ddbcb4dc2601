using System.Diagnostics.CodeAnalysis;

namespace ProvingMarket.Proofs;

/// <summary>What a verifier found: the proof is valid, or it is not and the refusal says why.</summary>
public sealed record VerificationResult
{
    private VerificationResult(ProofRefusal? refusal) => Refusal = refusal;

    /// <summary>A valid proof.</summary>
    public static VerificationResult Valid { get; } = new(refusal: null);

    /// <summary>Whether the proof proves the statement.</summary>
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsValid => Refusal is null;

    /// <summary>Why the proof was refused; null when it is valid.</summary>
    public ProofRefusal? Refusal { get; }

    /// <summary>A refused proof.</summary>
    /// <param name="refusal">Why.</param>
    public static VerificationResult Invalid(ProofRefusal refusal) => new(refusal);
}
