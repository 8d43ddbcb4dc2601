using System.Security.Cryptography;
using ProvingMarket.Domain;
using ProvingMarket.Proofs;

namespace ProvingMarket.Benchmarks.Lifecycle.Market;

/// <summary>A proof system whose proofs take no time to make or to verify: a proof is the public inputs, backwards. What is left is the market.</summary>
internal sealed class ZeroCostProofSystem : IProofSystem
{
    public const string SystemName = "zero-cost";

    /// <summary>The verification key of the one program.</summary>
    public static readonly Bytes Key = Bytes.Utf8("zero-cost key");

    public string Name => SystemName;

    public static byte[] Prove(ReadOnlySpan<byte> publicInputs)
    {
        var proof = publicInputs.ToArray();
        Array.Reverse(proof);
        return proof;
    }

    public static bool IsValid(ReadOnlySpan<byte> proof, ReadOnlySpan<byte> publicInputs)
    {
        if (proof.Length != publicInputs.Length) return false;
        for (var i = 0; i < proof.Length; i++)
        {
            if (proof[i] != publicInputs[^(i + 1)]) return false;
        }
        return true;
    }

    public ParseResult<IPreparedKey> PrepareKey(ReadOnlyMemory<byte> verificationKey) => ParseResult<IPreparedKey>.Parsed(PreparedKey.Instance);

    public ProofRefusal? CheckPublicInputs(IPreparedKey key, ReadOnlyMemory<byte> publicInputs) => null;

    public bool SamePublicInputs(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) => first.Span.SequenceEqual(second.Span);

    public string? DigestPublicInputs(ReadOnlyMemory<byte> publicInputs) => Convert.ToHexStringLower(SHA256.HashData(publicInputs.Span));

    public VerificationResult Verify(IPreparedKey key, ReadOnlyMemory<byte> proof, ReadOnlyMemory<byte> publicInputs) =>
        IsValid(proof.Span, publicInputs.Span)
            ? VerificationResult.Valid
            : VerificationResult.Invalid(new ProofRefusal(ProofRefusalCode.EquationFailed, "proof", "proof must be the public inputs backwards", null, null));

    public IReadOnlyList<VerificationResult> VerifyBatch(IPreparedKey key, IReadOnlyList<ProofItem> proofs, ReadOnlySpan<byte> randomness) =>
        [.. proofs.Select(proof => Verify(key, proof.Proof, proof.PublicInputs))];

    private sealed class PreparedKey : IPreparedKey
    {
        public static readonly PreparedKey Instance = new();

        public string System => SystemName;

        public int PublicInputCount => 1;

        public long ByteCount => 0;
    }
}
