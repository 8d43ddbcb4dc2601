using System.Security.Cryptography;
using System.Text.Json;
using ProvingMarket.Proofs;

namespace ProvingMarket.Samples.Extending;

/// <summary>A proof system of one's own: a trusted enclave has computed the public inputs and signs them. The key is the enclave's public key (ECDSA over P-256, PEM), public
/// inputs are a JSON array with one text, the proof is the signature (64 bytes, r and s) over key and public inputs.</summary>
public sealed class AttestationSystem : IProofSystem
{
    /// <summary>The name under which programs ask for it.</summary>
    public const string SystemName = "attestation-p256";

    private const string P256 = "1.2.840.10045.3.1.7";
    private const int LongestKey = 1024;
    private const int SignatureBytes = 64;

    /// <inheritdoc/>
    public string Name => SystemName;

    /// <summary>What an enclave signs: both documents' content, so that a signature is good for one program and one statement only.</summary>
    /// <param name="verificationKey">The key's document.</param>
    /// <param name="statement">The one public input.</param>
    public static byte[] SignedContent(ReadOnlySpan<byte> verificationKey, string statement) =>
        [.. SHA256.HashData(verificationKey), .. SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(statement))];

    /// <inheritdoc/>
    public ParseResult<IPreparedKey> PrepareKey(ReadOnlyMemory<byte> verificationKey)
    {
        if (verificationKey.Length > LongestKey)
            return Refuse(ProofRefusalCode.DocumentTooLarge, "key", $"at most {LongestKey} bytes", $"{verificationKey.Length} bytes");
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(System.Text.Encoding.ASCII.GetString(verificationKey.Span));
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256)
                return ParseResult<IPreparedKey>.Parsed(new EnclaveKey(key, SHA256.HashData(verificationKey.Span)));
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            // Refused below, like a key of another curve.
        }
        key.Dispose();
        return Refuse(ProofRefusalCode.WrongCurve, "key", "a public key on P-256 as PEM", "something else");
    }

    /// <inheritdoc/>
    public ProofRefusal? CheckPublicInputs(IPreparedKey key, ReadOnlyMemory<byte> publicInputs) => Read(publicInputs, out _);

    /// <inheritdoc/>
    public bool SamePublicInputs(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) =>
        Read(first, out var one) is null && Read(second, out var other) is null && one == other;

    /// <inheritdoc/>
    public string? DigestPublicInputs(ReadOnlyMemory<byte> publicInputs) =>
        Read(publicInputs, out var statement) is null ? Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(statement))) : null;

    /// <inheritdoc/>
    public VerificationResult Verify(IPreparedKey key, ReadOnlyMemory<byte> proof, ReadOnlyMemory<byte> publicInputs)
    {
        if (key is not EnclaveKey enclave) return VerificationResult.Invalid(Refuse(ProofRefusalCode.KeyOfAnotherSystem, "key", $"a key of {Name}", key.System));
        if (Read(publicInputs, out var statement) is { } unreadable) return VerificationResult.Invalid(unreadable);
        if (proof.Length != SignatureBytes) return VerificationResult.Invalid(Refuse(ProofRefusalCode.WrongLength, "proof", $"{SignatureBytes} bytes", $"{proof.Length} bytes"));
        return enclave.HasSigned(statement, proof.Span)
            ? VerificationResult.Valid
            : VerificationResult.Invalid(Refuse(ProofRefusalCode.EquationFailed, "proof", "the enclave's signature of these public inputs", "another"));
    }

    /// <inheritdoc/>
    public IReadOnlyList<VerificationResult> VerifyBatch(IPreparedKey key, IReadOnlyList<ProofItem> proofs, ReadOnlySpan<byte> randomness)
    {
        if (randomness.Length < proofs.Count * BatchRandomness.BytesPerProof)
            throw new ArgumentException($"must be at least {BatchRandomness.BytesPerProof} bytes a proof, was {randomness.Length} for {proofs.Count}", nameof(randomness));
        return [.. proofs.Select(item => Verify(key, item.Proof, item.PublicInputs))];
    }

    /// <summary>No document makes it throw, whoever has sent it.</summary>
    private static ProofRefusal? Read(ReadOnlyMemory<byte> publicInputs, out string statement)
    {
        statement = "";
        try
        {
            if (JsonSerializer.Deserialize<string[]>(publicInputs.Span) is not [{ } only])
                return Refuse(ProofRefusalCode.WrongPublicInputCount, "public", "one text", "another number of them");
            statement = only;
            return null;
        }
        catch (JsonException exception)
        {
            return Refuse(ProofRefusalCode.MalformedJson, "public", "a JSON array of texts", exception.Message);
        }
    }

    private static ProofRefusal Refuse(ProofRefusalCode code, string field, string limit, string value) => new(code, field, $"{field} must be {limit}, was {value}.", limit, value);

    private sealed class EnclaveKey(ECDsa key, byte[] digest) : IPreparedKey
    {
        private readonly Lock _lock = new();

        public string System => SystemName;

        public int PublicInputCount => 1;

        public long ByteCount => digest.Length + LongestKey;

        /// <summary>Verifiers are called by many threads, and an <see cref="ECDsa"/> by one.</summary>
        public bool HasSigned(string statement, ReadOnlySpan<byte> signature)
        {
            byte[] content = [.. digest, .. SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(statement))];
            lock (_lock) return key.VerifyData(content, signature, HashAlgorithmName.SHA256);
        }
    }
}
