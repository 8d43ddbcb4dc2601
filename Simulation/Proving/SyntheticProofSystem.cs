using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Proofs;

namespace ProvingMarket.Simulation.Proving;

/// <summary>A proof system whose proofs cost nothing: the proof is a hash over key and public inputs, followed by bytes that are anything, so one
/// statement has many valid proofs, as real ones do. A key is a name with its number of inputs; public inputs are numbers with commas
/// between them.</summary>
internal sealed class SyntheticProofSystem : IProofSystem
{
    /// <summary>The name of the proof system.</summary>
    public const string SystemName = "synthetic";

    private const char Mark = '/';

    /// <summary>A market's proof systems: this one.</summary>
    public static ProofSystems Alone { get; } = new([new SyntheticProofSystem()]);

    public string Name => SystemName;

    /// <summary>A program with so many public inputs and so much work.</summary>
    public static ProgramDefinition Program(string name, int inputs, WorkUnits work) => new()
    {
        ProofSystem = SystemName,
        VerificationKey = Bytes.Utf8(string.Create(CultureInfo.InvariantCulture, $"{inputs}{Mark}{name}")),
        Name = name,
        Work = work,
    };

    /// <summary>A valid proof; every salt gives another.</summary>
    public static byte[] Prove(ReadOnlySpan<byte> key, ReadOnlySpan<byte> publicInputs, byte salt) => [.. Hash(key, publicInputs), salt];

    /// <summary>Whether a proof is valid.</summary>
    public static bool IsValid(ReadOnlySpan<byte> key, ReadOnlySpan<byte> publicInputs, ReadOnlySpan<byte> proof) =>
        proof.Length == SHA256.HashSizeInBytes + 1 && proof[..SHA256.HashSizeInBytes].SequenceEqual(Hash(key, publicInputs));

    public ParseResult<IPreparedKey> PrepareKey(ReadOnlyMemory<byte> verificationKey)
    {
        var text = Encoding.UTF8.GetString(verificationKey.Span);
        var mark = text.IndexOf(Mark, StringComparison.Ordinal);
        return mark > 0 && int.TryParse(text.AsSpan(0, mark), NumberStyles.None, CultureInfo.InvariantCulture, out var inputs)
            ? ParseResult<IPreparedKey>.Parsed(new PreparedKey(verificationKey.ToArray(), inputs))
            : Refuse(ProofRefusalCode.MalformedJson, "key", $"inputs{Mark}name", text);
    }

    public ProofRefusal? CheckPublicInputs(IPreparedKey key, ReadOnlyMemory<byte> publicInputs)
    {
        var text = Encoding.UTF8.GetString(publicInputs.Span);
        var numbers = text.Split(',');
        if (!numbers.All(number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            return Refuse(ProofRefusalCode.MalformedJson, "inputs", "numbers with commas", text);
        return numbers.Length == key.PublicInputCount
            ? null
            : Refuse(ProofRefusalCode.WrongPublicInputCount, "inputs", $"{key.PublicInputCount}", $"{numbers.Length}");
    }

    public bool SamePublicInputs(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) => first.Span.SequenceEqual(second.Span);

    public string? DigestPublicInputs(ReadOnlyMemory<byte> publicInputs) => Convert.ToHexStringLower(SHA256.HashData(publicInputs.Span));

    public VerificationResult Verify(IPreparedKey key, ReadOnlyMemory<byte> proof, ReadOnlyMemory<byte> publicInputs)
    {
        if (proof.Length != SHA256.HashSizeInBytes + 1)
            return VerificationResult.Invalid(Refuse(ProofRefusalCode.MalformedJson, "proof", $"{SHA256.HashSizeInBytes + 1} bytes", $"{proof.Length} bytes"));
        return IsValid(((PreparedKey)key).Content, publicInputs.Span, proof.Span)
            ? VerificationResult.Valid
            : VerificationResult.Invalid(Refuse(ProofRefusalCode.EquationFailed, "proof", "the hash of key and public inputs", ""));
    }

    public IReadOnlyList<VerificationResult> VerifyBatch(IPreparedKey key, IReadOnlyList<ProofItem> proofs, ReadOnlySpan<byte> randomness) =>
        [.. proofs.Select(proof => Verify(key, proof.Proof, proof.PublicInputs))];

    private static ProofRefusal Refuse(ProofRefusalCode code, string field, string limit, string value) =>
        new(code, field, $"{field} must be {limit}, was {value}", limit, value);

    private static byte[] Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> publicInputs)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(key);
        hash.AppendData(publicInputs);
        return hash.GetHashAndReset();
    }

    private sealed record PreparedKey(byte[] Content, int PublicInputCount) : IPreparedKey
    {
        public string System => SystemName;

        public long ByteCount => Content.Length;
    }
}
