using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Proofs;

namespace ProvingMarket.Cli.Demo;

/// <summary>Verifies a delivered proof once more, on the requester's side: who pays need not trust the market.</summary>
internal static class LocalVerifier
{
    /// <summary>True when the proof verifies under the program's key for these public inputs.</summary>
    public static bool Verifies(ProgramDefinition program, Bytes proof, Bytes publicInputs) =>
        ProofSystems.Default.TryGet(program.ProofSystem, out var system)
        && system.PrepareKey(program.VerificationKey.Memory).TryGet(out var key, out _)
        && system.Verify(key, proof.Memory, publicInputs.Memory).IsValid;
}
