using System.Collections.Immutable;
using System.Text.Json;
using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Groth16;

namespace ProvingMarket.Proofs.Snarkjs;

/// <summary>Reads the JSON documents that snarkjs writes. Strict: what is not exactly that is refused with a reason; nothing throws.</summary>
/// <remarks>
/// Numbers are strings of plain decimal digits below their field's modulus, points are affine and on their curve, and no field that
/// matters may be missing or stand there twice. Fields that are not known are skipped.
/// </remarks>
public static class SnarkjsJson
{
    private static readonly string[] ProofFields = ["pi_a", "pi_b", "pi_c", "protocol", "curve"];
    private const uint RequiredProofFields = 0b00111;

    private static readonly string[] KeyFields =
    [
        "vk_alpha_1", "vk_beta_2", "vk_gamma_2", "vk_delta_2", "IC", "nPublic", "protocol", "curve", "vk_alphabeta_12",
    ];

    private const uint RequiredKeyFields = 0b0_0011_1111;

    /// <summary>Reads a Groth16 proof (<c>proof.json</c>).</summary>
    /// <param name="utf8">The document.</param>
    /// <param name="limits">Limits; the defaults when null.</param>
    /// <returns>The proof or why it is refused.</returns>
    public static ParseResult<Groth16Proof> ParseGroth16Proof(ReadOnlySpan<byte> utf8, Groth16Limits? limits = null)
    {
        G1Point a = default, c = default;
        G2Point b = default;
        var reader = SnarkjsReader.Open("proof", utf8, (limits ?? Groth16Limits.Default).MaxProofBytes, JsonTokenType.StartObject);
        while (reader.NextField(ProofFields, RequiredProofFields, out var field))
        {
            FieldPath path = new(ProofFields[field]);
            var read = field switch
            {
                0 => reader.ReadG1(path, allowInfinity: false, out a),
                1 => reader.ReadG2(path, out b),
                2 => reader.ReadG1(path, allowInfinity: false, out c),
                3 => ReadProtocol(ref reader, path),
                _ => ReadCurve(ref reader, path),
            };
            if (!read)
                break;
        }

        return reader.Refusal is { } refusal ? refusal : ParseResult<Groth16Proof>.Parsed(new(a, b, c));
    }

    /// <summary>Reads a Groth16 verification key (<c>verification_key.json</c>).</summary>
    /// <param name="utf8">The document.</param>
    /// <param name="limits">Limits; the defaults when null.</param>
    /// <returns>The key or why it is refused.</returns>
    public static ParseResult<Groth16VerificationKey> ParseGroth16Key(ReadOnlySpan<byte> utf8, Groth16Limits? limits = null)
    {
        limits ??= Groth16Limits.Default;
        G1Point alpha = default;
        G2Point beta = default, gamma = default, delta = default;
        var inputPoints = ImmutableArray<G1Point>.Empty;
        var declaredInputs = 0;
        Fp12? alphaBeta = null;
        var reader = SnarkjsReader.Open("key", utf8, limits.MaxKeyBytes, JsonTokenType.StartObject);
        while (reader.NextField(KeyFields, RequiredKeyFields, out var field))
        {
            FieldPath path = new(KeyFields[field]);
            var read = field switch
            {
                0 => reader.ReadG1(path, allowInfinity: false, out alpha),
                1 => reader.ReadG2(path, out beta),
                2 => reader.ReadG2(path, out gamma),
                3 => reader.ReadG2(path, out delta),
                4 => ReadInputPoints(ref reader, path, limits.MaxPublicInputs, out inputPoints),
                5 => reader.ReadCount(path, out declaredInputs),
                6 => ReadProtocol(ref reader, path),
                7 => ReadCurve(ref reader, path),
                _ => ReadFp12(ref reader, path, out alphaBeta),
            };
            if (!read)
                break;
        }

        if (reader.Refusal is { } refusal)
            return refusal;

        if (declaredInputs != inputPoints.Length - 1)
        {
            return new ProofRefusal(
                ProofRefusalCode.KeyInputCountMismatch,
                "nPublic",
                $"nPublic must be {inputPoints.Length - 1}, one less than IC has points, not {declaredInputs}.",
                $"{inputPoints.Length - 1}",
                $"{declaredInputs}");
        }

        return ParseResult<Groth16VerificationKey>.Parsed(new(alpha, beta, gamma, delta, inputPoints, alphaBeta));
    }

    /// <summary>Reads public inputs (<c>public.json</c>): an array of decimal strings.</summary>
    /// <param name="utf8">The document.</param>
    /// <param name="limits">Limits; the defaults when null.</param>
    /// <returns>The inputs or why they are refused.</returns>
    public static ParseResult<PublicInputs> ParsePublicInputs(ReadOnlySpan<byte> utf8, Groth16Limits? limits = null)
    {
        limits ??= Groth16Limits.Default;
        FieldPath path = new("public");
        var inputs = ImmutableArray.CreateBuilder<U256>();
        var reader = SnarkjsReader.Open(path.Name, utf8, limits.MaxPublicInputsBytes, JsonTokenType.StartArray);
        while (reader.NextElement(path))
        {
            if (inputs.Count == limits.MaxPublicInputs)
                reader.Refuse(TooManyInputs(path, limits.MaxPublicInputs));
            else if (reader.ReadScalar(path[inputs.Count], out var input))
                inputs.Add(input);
        }

        if (reader.Refusal is null)
            reader.End();
        return reader.Refusal is { } refusal ? refusal : ParseResult<PublicInputs>.Parsed(new(inputs.DrainToImmutable()));
    }

    private static bool ReadInputPoints(ref SnarkjsReader reader, in FieldPath path, int maxInputs, out ImmutableArray<G1Point> points)
    {
        points = [];
        if (!reader.ExpectArray(path))
            return false;

        var builder = ImmutableArray.CreateBuilder<G1Point>();
        while (reader.NextElement(path))
        {
            if (builder.Count == maxInputs + 1)
                return reader.Refuse(TooManyInputs(path, maxInputs));
            if (!reader.ReadG1(path[builder.Count], allowInfinity: true, out var point))
                return false;

            builder.Add(point);
        }

        if (reader.Refusal is null && builder.Count == 0)
            reader.Refuse(new(ProofRefusalCode.WrongLength, path.Name, "IC must have at least 1 element, not 0.", "1", "0"));
        points = builder.DrainToImmutable();
        return reader.Refusal is null;
    }

    private static bool ReadFp12(ref SnarkjsReader reader, in FieldPath path, out Fp12? element)
    {
        element = null;
        Span<Fp2> coefficients = stackalloc Fp2[6];
        if (!reader.ReadFp12(path, coefficients))
            return false;

        element = new Fp12
        {
            C0 = new() { C0 = coefficients[0], C1 = coefficients[1], C2 = coefficients[2] },
            C1 = new() { C0 = coefficients[3], C1 = coefficients[4], C2 = coefficients[5] },
        };
        return true;
    }

    private static bool ReadProtocol(ref SnarkjsReader reader, in FieldPath path)
    {
        if (!reader.ReadText(path, out var text))
            return false;

        return text.SequenceEqual("groth16"u8)
            || reader.Refuse(ProofRefusal.Of(ProofRefusalCode.WrongProtocol, path.Name, "must be \"groth16\"", "groth16", text));
    }

    /// <summary>snarkjs calls the curve bn128; bn254 is the same curve.</summary>
    private static bool ReadCurve(ref SnarkjsReader reader, in FieldPath path)
    {
        if (!reader.ReadText(path, out var text))
            return false;

        return text.SequenceEqual("bn128"u8) || text.SequenceEqual("bn254"u8)
            || reader.Refuse(ProofRefusal.Of(ProofRefusalCode.WrongCurve, path.Name, "must be \"bn128\"", "bn128", text));
    }

    private static ProofRefusal TooManyInputs(in FieldPath path, int limit) => new(
        ProofRefusalCode.TooManyPublicInputs, path.Name, $"There are more than {limit} public inputs.", $"{limit}");
}
