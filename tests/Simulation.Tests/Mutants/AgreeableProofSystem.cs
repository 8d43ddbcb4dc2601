using ProvingMarket.Proofs;
using ProvingMarket.Simulation.Proving;

namespace ProvingMarket.Simulation.Tests.Mutants;

/// <summary>Finds every proof of the right size valid.</summary>
internal sealed class AgreeableProofSystem : IProofSystem
{
    private readonly SyntheticProofSystem _sound = new();

    public string Name => _sound.Name;

    public ParseResult<IPreparedKey> PrepareKey(ReadOnlyMemory<byte> verificationKey) => _sound.PrepareKey(verificationKey);

    public ProofRefusal? CheckPublicInputs(IPreparedKey key, ReadOnlyMemory<byte> publicInputs) => _sound.CheckPublicInputs(key, publicInputs);

    public bool SamePublicInputs(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) => _sound.SamePublicInputs(first, second);

    public string? DigestPublicInputs(ReadOnlyMemory<byte> publicInputs) => _sound.DigestPublicInputs(publicInputs);

    public VerificationResult Verify(IPreparedKey key, ReadOnlyMemory<byte> proof, ReadOnlyMemory<byte> publicInputs) => VerificationResult.Valid;

    public IReadOnlyList<VerificationResult> VerifyBatch(IPreparedKey key, IReadOnlyList<ProofItem> proofs, ReadOnlySpan<byte> randomness) =>
        [.. proofs.Select(_ => VerificationResult.Valid)];
}
