using System.Text;
using System.Text.Json.Nodes;
using ProvingMarket.Proofs;
using ProvingMarket.Proofs.Groth16;
using ProvingMarket.Proofs.Snarkjs;

namespace ProvingMarket.Benchmarks.Micro.Proofs;

/// <summary>A valid proof with as many public inputs as wanted, each of them of full size.</summary>
internal sealed record Groth16Sample(byte[] KeyDocument, byte[] ProofDocument, byte[] InputsDocument)
{
    public Groth16VerificationKey ParsedKey => Value(SnarkjsJson.ParseGroth16Key(KeyDocument));

    public Groth16PreparedKey Key => Value(ParsedKey.Prepare());

    public Groth16Proof Proof => Value(SnarkjsJson.ParseGroth16Proof(ProofDocument));

    public PublicInputs Inputs => Value(SnarkjsJson.ParsePublicInputs(InputsDocument));

    /// <summary>
    /// Further inputs share one point of the key, and the last is minus the sum of those before it: they change nothing, and cost
    /// as much as others.
    /// </summary>
    public static Groth16Sample Create(int inputs)
    {
        var key = Read("verification_key.json").AsObject();
        var values = Read("public.json").AsArray();
        var points = key["IC"]!.AsArray();
        Fr sum = default, factor = Fr.FromUInt64(0x9e3779b97f4a7c15), value = factor;
        while (values.Count < inputs)
        {
            value = values.Count == inputs - 1 ? -sum : value * factor;
            sum += value;
            values.Add(ToDecimal(value));
            points.Add(points[0]!.DeepClone());
        }

        key["nPublic"] = values.Count;
        return new(Bytes(key), Bytes(Read("proof.json")), Bytes(values));
    }

    public static T Value<T>(ParseResult<T> result)
        where T : class => result.TryGet(out var value, out var refusal) ? value : throw new InvalidOperationException(refusal.Message);

    private static JsonNode Read(string file) =>
        JsonNode.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", "product", file)))!;

    private static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());

    private static string ToDecimal(in Fr value)
    {
        Span<byte> bytes = stackalloc byte[32];
        value.ToU256().WriteBigEndian(bytes);
        return new System.Numerics.BigInteger(bytes, isUnsigned: true, isBigEndian: true).ToString();
    }
}
