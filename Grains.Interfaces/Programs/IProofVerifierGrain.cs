using System.Collections.Immutable;
using ProvingMarket.Domain;

namespace ProvingMarket.Grains.Interfaces.Programs;

/// <summary>Checks keys, public inputs and proofs: a stateless worker, so the processor's cores bound how many run at once and no other
/// grain's turn waits for cryptography. Keyed <see cref="GrainKeys.Single"/>. Everything may be repeated.</summary>
[Alias("pm.IProofVerifierGrain")]
public interface IProofVerifierGrain : IGrainWithIntegerKey
{
    /// <summary>Called by programs: is the verification key usable, and how many public inputs does it take? Refuses one whose public inputs are larger than
    /// <see cref="MarketLimits.PublicInputsBytes"/> (<see cref="ReasonCode.FieldTooLarge"/>). Asked when a program is registered, and not of one that is.</summary>
    [Alias("InspectKey")]
    Task<KeyInspection> InspectKeyAsync(string proofSystem, Bytes verificationKey);

    /// <summary>Called by requests: do the public inputs fit the program (number, form, canonical values)? Null when they do.</summary>
    [Alias("CheckPublicInputs")]
    Task<Refusal?> CheckPublicInputsAsync(string programId, Bytes publicInputs);

    /// <summary>Called by runs: does the proof verify for exactly the public inputs expected?</summary>
    [Alias("Verify")]
    Task<Verdict> VerifyAsync(VerifyCommand command);

    /// <summary>Called by runs of batches: does each of these proofs verify for exactly its public inputs? Verified together, which is cheaper.</summary>
    /// <returns>A verdict for each, in their order.</returns>
    [Alias("VerifyMany")]
    Task<ImmutableArray<Verdict>> VerifyManyAsync(VerifyManyCommand command);
}

/// <summary>Proofs of one program to verify together.</summary>
[GenerateSerializer, Immutable, Alias("pm.VerifyManyCommand")]
public sealed record VerifyManyCommand
{
    /// <summary>The program.</summary>
    [Id(0)] public required string ProgramId { get; init; }

    /// <summary>The proofs.</summary>
    [Id(1)] public required ImmutableArray<ProofToVerify> Proofs { get; init; }
}

/// <summary>One of several proofs to verify.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProofToVerify")]
public sealed record ProofToVerify
{
    /// <summary>The public inputs the request asked for.</summary>
    [Id(0)] public required Bytes ExpectedPublicInputs { get; init; }

    /// <summary>The public inputs the prover claims its proof is for.</summary>
    [Id(1)] public required Bytes PublicInputs { get; init; }

    /// <summary>The proof.</summary>
    [Id(2)] public required Bytes Proof { get; init; }
}

/// <summary>A proof to verify.</summary>
[GenerateSerializer, Immutable, Alias("pm.VerifyCommand")]
public sealed record VerifyCommand
{
    /// <summary>The program.</summary>
    [Id(0)] public required string ProgramId { get; init; }

    /// <summary>The public inputs the request asked for.</summary>
    [Id(1)] public required Bytes ExpectedPublicInputs { get; init; }

    /// <summary>The public inputs the prover claims its proof is for.</summary>
    [Id(2)] public required Bytes PublicInputs { get; init; }

    /// <summary>The proof.</summary>
    [Id(3)] public required Bytes Proof { get; init; }
}

/// <summary>The result of a verification.</summary>
[GenerateSerializer, Immutable, Alias("pm.Verdict")]
public sealed record Verdict
{
    /// <summary><see cref="ReasonCode.None"/> when the proof is valid, otherwise why not.</summary>
    [Id(0)] public required ReasonCode Reason { get; init; }

    /// <summary>What exactly is wrong, in words; empty when valid.</summary>
    [Id(1)] public string Detail { get; init; } = "";

    /// <summary>True when the proof is valid for the expected public inputs.</summary>
    public bool IsValid => Reason == ReasonCode.None;
}

/// <summary>What is known of a verification key.</summary>
[GenerateSerializer, Immutable, Alias("pm.KeyInspection")]
public sealed record KeyInspection
{
    /// <summary>How many public inputs it takes.</summary>
    [Id(0)] public int PublicInputs { get; init; }

    /// <summary>Why it is unusable; null when it is fine.</summary>
    [Id(1)] public Refusal? Refusal { get; init; }
}
