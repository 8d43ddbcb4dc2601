using System.Collections.Immutable;

namespace ProvingMarket.Domain.Programs;

/// <summary>What can be proved: a proof system with a verification key, and what a prover needs to prove it. All but the name is its identity
/// (<see cref="ProgramRules.IdOf"/>).</summary>
[GenerateSerializer, Immutable, Alias("pm.ProgramDefinition")]
public sealed record ProgramDefinition
{
    /// <summary>The proof system, for example <c>groth16</c>.</summary>
    [Id(0)] public required string ProofSystem { get; init; }

    /// <summary>The verification key in the proof system's own format (snarkjs JSON for groth16).</summary>
    [Id(1)] public required Bytes VerificationKey { get; init; }

    /// <summary>A name for people; not part of the identity.</summary>
    [Id(2)] public required string Name { get; init; }

    /// <summary>Estimated work of one proof.</summary>
    [Id(3)] public required WorkUnits Work { get; init; }

    /// <summary>What provers need, by hash: for snarkjs circuits the witness generator and the proving key. Their order is part of the identity.</summary>
    [Id(4)] public ImmutableArray<ProgramArtefact> Artefacts { get; init; } = [];
}

/// <summary>A file that provers need, named by its content.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProgramArtefact")]
public sealed record ProgramArtefact
{
    /// <summary>What the file is for: <c>wasm</c> or <c>zkey</c> for snarkjs circuits.</summary>
    [Id(0)] public required string Role { get; init; }

    /// <summary>SHA-256 of the content, 64 lower-case hexadecimal digits.</summary>
    [Id(1)] public required string Sha256 { get; init; }

    /// <summary>Size in bytes.</summary>
    [Id(2)] public required long Size { get; init; }
}

/// <summary>What the market needs to know of a program to price, check and match a request.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProgramSummary")]
public sealed record ProgramSummary
{
    /// <summary>The program id.</summary>
    [Id(0)] public required string ProgramId { get; init; }

    /// <summary>The proof system.</summary>
    [Id(1)] public required string ProofSystem { get; init; }

    /// <summary>The name for people.</summary>
    [Id(2)] public required string Name { get; init; }

    /// <summary>Estimated work of one proof.</summary>
    [Id(3)] public required WorkUnits Work { get; init; }

    /// <summary>How many public inputs the verification key takes.</summary>
    [Id(4)] public required int PublicInputs { get; init; }

    /// <summary>What provers need, by hash. Only the program itself tells it: in requests, runs and assignments it is empty, for the id covers it.</summary>
    [Id(5)] public ImmutableArray<ProgramArtefact> Artefacts { get; init; } = [];
}
