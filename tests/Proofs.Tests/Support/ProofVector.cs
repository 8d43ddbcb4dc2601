using System.Text;
using System.Text.Json.Nodes;
using ProvingMarket.Proofs.Groth16;
using ProvingMarket.Proofs.Snarkjs;

namespace ProvingMarket.Proofs.Tests.Support;

/// <summary>A key, a proof and public inputs as documents that a test may change before they are read.</summary>
internal sealed class ProofVector
{
    public required JsonObject Key { get; init; }

    public required JsonObject Proof { get; init; }

    public required JsonArray Inputs { get; init; }

    public static ProofVector Product() => Load("product");

    public static ProofVector Polynomial(string suffix = "", string inputsSuffix = "") => Load("polynomial", suffix, inputsSuffix);

    public static byte[] ReadFile(string path) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Vectors", path));

    public static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString());

    /// <summary>Replaces the value at a path such as <c>pi_b[0][1]</c>; null is JSON's null.</summary>
    public static void Set(JsonNode root, string path, JsonNode? value)
    {
        var (parent, last) = Parent(root, path);
        if (parent is JsonArray array)
            array[int.Parse(last)] = value;
        else
            parent[last] = value;
    }

    public static void Remove(JsonNode root, string path)
    {
        var (parent, last) = Parent(root, path);
        if (parent is JsonArray array)
            array.RemoveAt(int.Parse(last));
        else
            parent.AsObject().Remove(last);
    }

    public static JsonNode Get(JsonNode root, string path) => Follow(root, Steps(path));

    public Groth16PreparedKey ReadKey()
    {
        Assert.True(SnarkjsJson.ParseGroth16Key(Bytes(Key)).TryGet(out var key, out var refusal), refusal?.Message);
        Assert.True(key.Prepare().TryGet(out var prepared, out refusal), refusal?.Message);
        return prepared;
    }

    public Groth16Proof ReadProof()
    {
        Assert.True(SnarkjsJson.ParseGroth16Proof(Bytes(Proof)).TryGet(out var proof, out var refusal), refusal?.Message);
        return proof;
    }

    public PublicInputs ReadInputs()
    {
        Assert.True(SnarkjsJson.ParsePublicInputs(Bytes(Inputs)).TryGet(out var inputs, out var refusal), refusal?.Message);
        return inputs;
    }

    /// <summary>The verdict of the proof system over the documents as they are now.</summary>
    public VerificationResult Verify(IPreparedKey? key = null) =>
        new Groth16ProofSystem().Verify(key ?? ReadKey(), Bytes(Proof), Bytes(Inputs));

    private static (JsonNode Parent, string Last) Parent(JsonNode root, string path)
    {
        var steps = Steps(path);
        return (Follow(root, steps[..^1]), steps[^1]);
    }

    private static JsonNode Follow(JsonNode root, string[] steps) =>
        steps.Aggregate(root, (node, step) => node is JsonArray array ? array[int.Parse(step)]! : node[step]!);

    private static string[] Steps(string path) => path.Replace("]", "", StringComparison.Ordinal).Split('[');

    private static ProofVector Load(string folder, string proofSuffix = "", string inputsSuffix = "") => new()
    {
        Key = JsonNode.Parse(ReadFile($"{folder}/verification_key.json"))!.AsObject(),
        Proof = JsonNode.Parse(ReadFile($"{folder}/proof{proofSuffix}.json"))!.AsObject(),
        Inputs = JsonNode.Parse(ReadFile($"{folder}/public{inputsSuffix}.json"))!.AsArray(),
    };
}
