using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ProvingMarket.Proofs.Snarkjs;

namespace ProvingMarket.Proofs.Groth16;

/// <summary>Groth16 over BN254 with the JSON documents of snarkjs.</summary>
/// <param name="limits">Limits; the defaults when null.</param>
public sealed class Groth16ProofSystem(Groth16Limits? limits = null) : IProofSystem
{
    /// <summary>The proof system's name.</summary>
    public const string SystemName = "groth16";

    private readonly Groth16Limits _limits = limits ?? Groth16Limits.Default;

    /// <inheritdoc/>
    public string Name => SystemName;

    /// <inheritdoc/>
    public ParseResult<IPreparedKey> PrepareKey(ReadOnlyMemory<byte> verificationKey)
    {
        if (!SnarkjsJson.ParseGroth16Key(verificationKey.Span, _limits).TryGet(out var parsed, out var refusal)
            || !parsed.Prepare().TryGet(out var prepared, out refusal))
        {
            return refusal;
        }

        return ParseResult<IPreparedKey>.Parsed(prepared);
    }

    /// <inheritdoc/>
    public ProofRefusal? CheckPublicInputs(IPreparedKey key, ReadOnlyMemory<byte> publicInputs)
    {
        if (!SnarkjsJson.ParsePublicInputs(publicInputs.Span, _limits).TryGet(out var inputs, out var refusal))
            return refusal;
        return inputs.Count == key.PublicInputCount ? null : Refusals.WrongInputCount(key.PublicInputCount, inputs.Count);
    }

    /// <inheritdoc/>
    public bool SamePublicInputs(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) =>
        SnarkjsJson.ParsePublicInputs(first.Span, _limits).TryGet(out var ours, out _)
        && SnarkjsJson.ParsePublicInputs(second.Span, _limits).TryGet(out var theirs, out _)
        && ours.Values.AsSpan().SequenceEqual(theirs.Values.AsSpan());

    /// <inheritdoc/>
    public string? DigestPublicInputs(ReadOnlyMemory<byte> publicInputs) =>
        SnarkjsJson.ParsePublicInputs(publicInputs.Span, _limits).TryGet(out var inputs, out _)
            ? Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(inputs.Values.AsSpan())))
            : null;

    /// <inheritdoc/>
    public VerificationResult Verify(IPreparedKey key, ReadOnlyMemory<byte> proof, ReadOnlyMemory<byte> publicInputs)
    {
        if (key is not Groth16PreparedKey prepared)
            return VerificationResult.Invalid(KeyOfAnotherSystem(key));

        return TryParse(new(proof, publicInputs), out var statement, out var refusal)
            ? Groth16Verifier.Verify(prepared, statement.Proof, statement.Inputs)
            : VerificationResult.Invalid(refusal);
    }

    /// <inheritdoc/>
    public IReadOnlyList<VerificationResult> VerifyBatch(
        IPreparedKey key, IReadOnlyList<ProofItem> proofs, ReadOnlySpan<byte> randomness)
    {
        if (key is not Groth16PreparedKey prepared)
            return [.. Enumerable.Repeat(VerificationResult.Invalid(KeyOfAnotherSystem(key)), proofs.Count)];

        var results = new VerificationResult[proofs.Count];
        List<int> indices = [];
        List<(Groth16Proof Proof, PublicInputs Inputs)> readable = [];
        for (var i = 0; i < proofs.Count; i++)
        {
            if (TryParse(proofs[i], out var statement, out var refusal))
            {
                indices.Add(i);
                readable.Add(statement);
            }
            else
            {
                results[i] = VerificationResult.Invalid(refusal);
            }
        }

        var verdicts = Groth16BatchVerifier.Verify(prepared, readable, randomness);
        for (var i = 0; i < verdicts.Length; i++)
            results[indices[i]] = verdicts[i];
        return results;
    }

    private bool TryParse(
        ProofItem item,
        out (Groth16Proof Proof, PublicInputs Inputs) statement,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out ProofRefusal? refusal)
    {
        statement = default;
        if (!SnarkjsJson.ParseGroth16Proof(item.Proof.Span, _limits).TryGet(out var proof, out refusal)
            || !SnarkjsJson.ParsePublicInputs(item.PublicInputs.Span, _limits).TryGet(out var inputs, out refusal))
        {
            return false;
        }

        statement = (proof, inputs);
        return true;
    }

    private static ProofRefusal KeyOfAnotherSystem(IPreparedKey key) => new(
        ProofRefusalCode.KeyOfAnotherSystem, "key", $"The key was prepared by {key.System}, not by {SystemName}.", SystemName, key.System);
}
