using ProvingMarket.Proofs;
using ProvingMarket.Proofs.Groth16;

namespace ProvingMarket.Client.Tests.Fakes;

/// <summary>Takes every key, and every proof but <see cref="WrongProof"/>. Public inputs are those of Groth16.</summary>
internal sealed class FakeProofSystem : IProofSystem
{
    private readonly Groth16ProofSystem _groth16 = new();

    /// <summary>The proof that does not verify.</summary>
    public static ReadOnlyMemory<byte> WrongProof { get; } = "a wrong proof"u8.ToArray();

    public string Name => Groth16ProofSystem.SystemName;

    public ParseResult<IPreparedKey> PrepareKey(ReadOnlyMemory<byte> verificationKey) => ParseResult<IPreparedKey>.Parsed(new Key(verificationKey.Length));

    public ProofRefusal? CheckPublicInputs(IPreparedKey key, ReadOnlyMemory<byte> publicInputs) => throw new NotSupportedException("Not for workers.");

    public bool SamePublicInputs(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) => _groth16.SamePublicInputs(first, second);

    public string? DigestPublicInputs(ReadOnlyMemory<byte> publicInputs) => _groth16.DigestPublicInputs(publicInputs);

    public VerificationResult Verify(IPreparedKey key, ReadOnlyMemory<byte> proof, ReadOnlyMemory<byte> publicInputs) => proof.Span.SequenceEqual(WrongProof.Span)
        ? VerificationResult.Invalid(new ProofRefusal(ProofRefusalCode.EquationFailed, "proof", "the equation does not hold."))
        : VerificationResult.Valid;

    public IReadOnlyList<VerificationResult> VerifyBatch(IPreparedKey key, IReadOnlyList<ProofItem> proofs, ReadOnlySpan<byte> randomness) => throw new NotSupportedException("Not for workers.");

    private sealed record Key(long ByteCount) : IPreparedKey
    {
        public string System => Groth16ProofSystem.SystemName;

        public int PublicInputCount => 0;
    }
}
