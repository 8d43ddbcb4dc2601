using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Proofs;

namespace ProvingMarket.TestKit.Proving;

/// <summary>A proof system whose proof is a hash of key and public inputs. A key is <c>inputs=N;anything</c>, public inputs are N numbers below
/// <see cref="Modulus"/> with commas between them.</summary>
public sealed class TestProofSystem : IProofSystem
{
    /// <summary>The name of the proof system.</summary>
    public const string SystemName = "test";

    /// <summary>Public inputs are canonical when they are below.</summary>
    public const int Modulus = 1000;

    /// <summary>A proof of more bytes is not read.</summary>
    public const int MostProofBytes = 1024;

    private const string Prefix = "inputs=";

    private int _prepared;

    public string Name => SystemName;

    /// <summary>How many keys have been prepared.</summary>
    public int Prepared => Volatile.Read(ref _prepared);

    /// <summary>A verification key for so many inputs.</summary>
    public static Bytes Key(int inputs, string name = "") => Bytes.Utf8($"{Prefix}{inputs};{name}");

    /// <summary>The valid proof.</summary>
    public static Bytes Prove(Bytes key, Bytes publicInputs) => Hash(key.Span, Numbers(publicInputs.Memory)!);

    /// <summary>The valid proof for an assignment of one of these programs.</summary>
    public static Bytes ProofFor(Assignment assignment) =>
        Prove(Key(assignment.Program.PublicInputs, assignment.Program.Name), assignment.PublicInputs);

    /// <summary>The valid proof for a statement of a batch.</summary>
    public static StatementProof ProofFor(Assignment assignment, AssignedStatement statement) => new()
    {
        Statement = statement.Statement,
        PublicInputs = statement.PublicInputs,
        Proof = Prove(Key(assignment.Program.PublicInputs, assignment.Program.Name), statement.PublicInputs),
    };

    /// <summary>A program of this proof system.</summary>
    public static ProgramDefinition Program(string name = "sum", int inputs = 2) => new()
    {
        ProofSystem = SystemName, VerificationKey = Key(inputs, name), Name = name, Work = new WorkUnits(2_500),
    };

    public ParseResult<IPreparedKey> PrepareKey(ReadOnlyMemory<byte> verificationKey)
    {
        Interlocked.Increment(ref _prepared);
        var text = Encoding.UTF8.GetString(verificationKey.Span);
        return text.StartsWith(Prefix, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(Prefix.Length, Math.Max(0, text.IndexOf(';', StringComparison.Ordinal) - Prefix.Length)), CultureInfo.InvariantCulture, out var inputs)
                ? ParseResult<IPreparedKey>.Parsed(new PreparedKey(verificationKey.ToArray(), inputs))
                : Refuse(ProofRefusalCode.MalformedJson, "key", "inputs=N;name", text);
    }

    public ProofRefusal? CheckPublicInputs(IPreparedKey key, ReadOnlyMemory<byte> publicInputs)
    {
        var text = Encoding.UTF8.GetString(publicInputs.Span);
        if (Numbers(publicInputs) is not { } numbers) return Refuse(ProofRefusalCode.MalformedJson, "inputs", "numbers with commas", text);
        if (numbers.Length != key.PublicInputCount)
            return Refuse(ProofRefusalCode.WrongPublicInputCount, "inputs", $"{key.PublicInputCount}", $"{numbers.Length}");
        return numbers.All(number => number is >= 0 and < Modulus)
            ? null
            : Refuse(ProofRefusalCode.NotCanonical, "inputs", $"below {Modulus}", text);
    }

    public bool SamePublicInputs(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) =>
        Numbers(first) is { } left && Numbers(second) is { } right && left.SequenceEqual(right);

    public string? DigestPublicInputs(ReadOnlyMemory<byte> publicInputs) =>
        Numbers(publicInputs) is { } numbers ? Bytes.Utf8(string.Join(',', numbers)).Sha256() : null;

    public VerificationResult Verify(IPreparedKey key, ReadOnlyMemory<byte> proof, ReadOnlyMemory<byte> publicInputs)
    {
        if (proof.Length > MostProofBytes)
            return VerificationResult.Invalid(Refuse(ProofRefusalCode.DocumentTooLarge, "proof", $"{MostProofBytes}", $"{proof.Length}"));
        if (proof.Length != SHA256.HashSizeInBytes)
            return VerificationResult.Invalid(Refuse(ProofRefusalCode.MalformedJson, "proof", $"{SHA256.HashSizeInBytes} bytes", $"{proof.Length} bytes"));
        return proof.Span.SequenceEqual(Hash(((PreparedKey)key).Content, Numbers(publicInputs)!).Span)
            ? VerificationResult.Valid
            : VerificationResult.Invalid(Refuse(ProofRefusalCode.EquationFailed, "proof", "the hash of key and public inputs", ""));
    }

    public IReadOnlyList<VerificationResult> VerifyBatch(IPreparedKey key, IReadOnlyList<ProofItem> proofs, ReadOnlySpan<byte> randomness) =>
        [.. proofs.Select(proof => Verify(key, proof.Proof, proof.PublicInputs))];

    private static ProofRefusal Refuse(ProofRefusalCode code, string field, string limit, string value) =>
        new(code, field, $"{field} must be {limit}, was {value}", limit, value);

    private static Bytes Hash(ReadOnlySpan<byte> key, int[] inputs) =>
        Bytes.CopyOf(SHA256.HashData([.. key, .. Encoding.UTF8.GetBytes(string.Join(',', inputs))]));

    private static int[]? Numbers(ReadOnlyMemory<byte> publicInputs)
    {
        var parts = Encoding.UTF8.GetString(publicInputs.Span).Split(',');
        var numbers = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], CultureInfo.InvariantCulture, out numbers[i])) return null;
        }
        return numbers;
    }

    private sealed record PreparedKey(byte[] Content, int PublicInputCount) : IPreparedKey
    {
        public string System => SystemName;

        public long ByteCount => Content.Length;

        // Digits with commas between them.
        public long? LeastPublicInputsBytes => (2L * PublicInputCount) - 1;
    }
}
