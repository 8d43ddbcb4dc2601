using System.Text;
using System.Text.Json.Nodes;
using ProvingMarket.Proofs.Groth16;
using ProvingMarket.Proofs.Snarkjs;
using ProvingMarket.Proofs.Tests.Support;

namespace ProvingMarket.Proofs.Tests.Snarkjs;

/// <summary>What a verification key's document may not be, and the refusal it gets.</summary>
public class KeyDocumentTests
{
    private const string P = "21888242871839275222246405745257275088696311157297823662689037894645226208583";

    [Theory]
    [InlineData("vk_alpha_1")]
    [InlineData("vk_beta_2")]
    [InlineData("vk_gamma_2")]
    [InlineData("vk_delta_2")]
    [InlineData("IC")]
    [InlineData("nPublic")]
    public void Missing_fields(string field) => AssertRefused(ProofRefusalCode.MissingField, field, Without(field));

    [Theory]
    [InlineData("protocol")]
    [InlineData("curve")]
    [InlineData("vk_alphabeta_12")]
    public void Fields_that_may_be_absent(string field) =>
        Assert.True(SnarkjsJson.ParseGroth16Key(Without(field)).TryGet(out _, out _));

    [Theory]
    [InlineData("vk_alpha_1[0]", P, ProofRefusalCode.NotCanonical)]
    [InlineData("vk_beta_2[0][1]", P, ProofRefusalCode.NotCanonical)]
    [InlineData("IC[1][1]", P, ProofRefusalCode.NotCanonical)]
    [InlineData("vk_alphabeta_12[1][0][1]", P, ProofRefusalCode.NotCanonical)]
    [InlineData("IC[0][0]", "-1", ProofRefusalCode.NotDecimal)]
    [InlineData("protocol", "plonk", ProofRefusalCode.WrongProtocol)]
    [InlineData("curve", "bls12381", ProofRefusalCode.WrongCurve)]
    [InlineData("nPublic", "1", ProofRefusalCode.WrongType)]
    public void Values(string path, string value, ProofRefusalCode code) => AssertRefused(code, path, Changed(path, value));

    [Theory]
    [InlineData("nPublic", "-1", ProofRefusalCode.WrongType, "nPublic")]
    [InlineData("nPublic", "1.5", ProofRefusalCode.WrongType, "nPublic")]
    [InlineData("nPublic", "99999999999", ProofRefusalCode.WrongType, "nPublic")]
    [InlineData("nPublic", "2", ProofRefusalCode.KeyInputCountMismatch, "nPublic")]
    [InlineData("nPublic", "0", ProofRefusalCode.KeyInputCountMismatch, "nPublic")]
    [InlineData("IC", "[]", ProofRefusalCode.WrongLength, "IC")]
    [InlineData("IC", "{}", ProofRefusalCode.WrongType, "IC")]
    [InlineData("IC[0]", "[\"1\",\"1\",\"1\"]", ProofRefusalCode.NotOnCurve, "IC[0]")]
    [InlineData("vk_alpha_1", "[\"0\",\"1\",\"0\"]", ProofRefusalCode.PointAtInfinity, "vk_alpha_1")]
    [InlineData("vk_beta_2", "[[\"0\",\"0\"],[\"1\",\"0\"],[\"0\",\"0\"]]", ProofRefusalCode.PointAtInfinity, "vk_beta_2")]
    [InlineData("vk_gamma_2", "[[\"0\",\"0\"],[\"1\",\"0\"],[\"0\",\"0\"]]", ProofRefusalCode.PointAtInfinity, "vk_gamma_2")]
    [InlineData("vk_delta_2", "[[\"1\",\"0\"],[\"1\",\"0\"],[\"1\",\"0\"]]", ProofRefusalCode.NotOnCurve, "vk_delta_2")]
    [InlineData("vk_alphabeta_12", "[]", ProofRefusalCode.WrongLength, "vk_alphabeta_12")]
    [InlineData("vk_alphabeta_12", "null", ProofRefusalCode.WrongType, "vk_alphabeta_12")]
    [InlineData("vk_alphabeta_12[0]", "[[\"1\",\"0\"]]", ProofRefusalCode.WrongLength, "vk_alphabeta_12[0]")]
    [InlineData("vk_alphabeta_12[1][2]", "[\"1\"]", ProofRefusalCode.WrongLength, "vk_alphabeta_12[1][2]")]
    public void Structure(string path, string json, ProofRefusalCode code, string field) =>
        AssertRefused(code, field, Changed(path, JsonNode.Parse(json)));

    [Theory]
    [InlineData("vk_alphabeta_12")]
    [InlineData("vk_alphabeta_12[0]")]
    public void Too_many_elements(string path)
    {
        var key = ProofVector.Product().Key;
        var array = ProofVector.Get(key, path).AsArray();
        array.Add(array[0]!.DeepClone());
        AssertRefused(ProofRefusalCode.WrongLength, path, ProofVector.Bytes(key));
    }

    [Fact]
    public void Limits_are_those_of_the_caller()
    {
        var document = ProofVector.Bytes(ProofVector.Polynomial().Key);
        AssertRefused(ProofRefusalCode.TooManyPublicInputs, "IC", document, new() { MaxPublicInputs = 3 });
        AssertRefused(ProofRefusalCode.DocumentTooLarge, "key", document, new() { MaxKeyBytes = document.Length - 1 });
        Assert.True(SnarkjsJson
            .ParseGroth16Key(document, new() { MaxPublicInputs = 4, MaxKeyBytes = document.Length })
            .TryGet(out var key, out _));
        Assert.Equal(4, key.PublicInputCount);
    }

    [Fact]
    public void The_largest_key_that_the_limits_allow_is_read_and_prepared()
    {
        var key = ProofVector.Product().Key;
        var points = key["IC"]!.AsArray();
        while (points.Count <= Groth16Limits.Default.MaxPublicInputs)
            points.Add(points[0]!.DeepClone());
        key["nPublic"] = points.Count - 1;

        Assert.True(new Groth16ProofSystem().PrepareKey(ProofVector.Bytes(key)).TryGet(out var prepared, out _));
        Assert.Equal(Groth16Limits.Default.MaxPublicInputs, prepared.PublicInputCount);
    }

    /// <summary>What public inputs take at least is what the smallest values take, in a document without spaces.</summary>
    [Fact]
    public void A_key_tells_how_small_its_public_inputs_can_be()
    {
        Assert.True(new Groth16ProofSystem().PrepareKey(ProofVector.Bytes(ProofVector.Product().Key)).TryGet(out var prepared, out _));
        var document = $"[{string.Join(',', Enumerable.Repeat("\"0\"", prepared.PublicInputCount))}]";
        Assert.Null(new Groth16ProofSystem().CheckPublicInputs(prepared, Encoding.UTF8.GetBytes(document)));
        Assert.Equal(document.Length, prepared.LeastPublicInputsBytes);
    }

    private static byte[] Without(string path)
    {
        var document = ProofVector.Product().Key;
        ProofVector.Remove(document, path);
        return ProofVector.Bytes(document);
    }

    private static byte[] Changed(string path, JsonNode? value)
    {
        var key = ProofVector.Product().Key;
        ProofVector.Set(key, path, value);
        return ProofVector.Bytes(key);
    }

    private static void AssertRefused(ProofRefusalCode code, string field, byte[] document, Groth16Limits? limits = null)
    {
        Assert.False(SnarkjsJson.ParseGroth16Key(document, limits).TryGet(out _, out var refusal));
        Assert.Equal((code, field), (refusal.Code, refusal.Field));
    }
}
