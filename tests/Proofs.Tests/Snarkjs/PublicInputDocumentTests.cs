using System.Text;
using ProvingMarket.Proofs.Groth16;
using ProvingMarket.Proofs.Snarkjs;
using ProvingMarket.Proofs.Tests.Support;

namespace ProvingMarket.Proofs.Tests.Snarkjs;

/// <summary>What a document of public inputs may not be, and the refusal it gets.</summary>
public class PublicInputDocumentTests
{
    private const string R = "21888242871839275222246405745257275088548364400416034343698204186575808495617";
    private const string LargestInput = "21888242871839275222246405745257275088548364400416034343698204186575808495616";

    [Theory]
    [InlineData("[\"" + R + "\"]", ProofRefusalCode.NotCanonical, "public[0]")]
    [InlineData("[\"0\",\"" + R + "\"]", ProofRefusalCode.NotCanonical, "public[1]")]
    [InlineData("[\"-1\"]", ProofRefusalCode.NotDecimal, "public[0]")]
    [InlineData("[\"\"]", ProofRefusalCode.NotDecimal, "public[0]")]
    [InlineData("[\"0x1\"]", ProofRefusalCode.NotDecimal, "public[0]")]
    [InlineData("[1]", ProofRefusalCode.WrongType, "public[0]")]
    [InlineData("[null]", ProofRefusalCode.WrongType, "public[0]")]
    [InlineData("[[\"1\"]]", ProofRefusalCode.WrongType, "public[0]")]
    [InlineData("{}", ProofRefusalCode.WrongType, "public")]
    [InlineData("\"1\"", ProofRefusalCode.WrongType, "public")]
    [InlineData("[\"1\"", ProofRefusalCode.MalformedJson, null)]
    [InlineData("[\"1\"][]", ProofRefusalCode.MalformedJson, "public")]
    [InlineData("[\"1\",]", ProofRefusalCode.MalformedJson, "public")]
    [InlineData("", ProofRefusalCode.MalformedJson, "public")]
    public void Refusals(string json, ProofRefusalCode code, string? field)
    {
        Assert.False(SnarkjsJson.ParsePublicInputs(Encoding.UTF8.GetBytes(json)).TryGet(out _, out var refusal));
        Assert.Equal((code, field ?? refusal.Field), (refusal.Code, refusal.Field));
        if (code == ProofRefusalCode.NotCanonical)
            Assert.Equal((R, R), (refusal.Limit, refusal.Value));
    }

    [Fact]
    public void Inputs_are_read_in_order()
    {
        var document = Encoding.UTF8.GetBytes($" [\"0\", \"1\",\n\"{LargestInput}\"] ");
        Assert.True(SnarkjsJson.ParsePublicInputs(document).TryGet(out var inputs, out _));
        Assert.Equal([BigInteger.Zero, BigInteger.One, Numbers.R - 1], inputs.Values.Select(value => value.ToBigInteger()));
    }

    [Theory]
    [InlineData("""["1"]""", """ [ "1" ] """, true)]
    [InlineData("""["1","2"]""", "[\"1\",\n\t\"2\"]", true)]
    [InlineData("[]", "[ ]", true)]
    [InlineData("""["1","2"]""", """["2","1"]""", false)]
    [InlineData("""["1"]""", """["1","0"]""", false)]
    [InlineData("""["12"]""", """["1","2"]""", false)]
    [InlineData("""["1"]""", """["18446744073709551617"]""", false)]
    public void Documents_have_one_digest_when_they_state_the_same_inputs(string first, string second, bool same)
    {
        Groth16ProofSystem system = new();
        var (ours, theirs) = (Encoding.UTF8.GetBytes(first), Encoding.UTF8.GetBytes(second));
        Assert.Equal(same, system.SamePublicInputs(ours, theirs));
        Assert.NotNull(system.DigestPublicInputs(ours));
        Assert.Equal(same, system.DigestPublicInputs(ours) == system.DigestPublicInputs(theirs));
    }

    [Fact]
    public void What_cannot_be_read_has_no_digest() => Assert.Null(new Groth16ProofSystem().DigestPublicInputs("[1]"u8.ToArray()));

    [Fact]
    public void There_may_be_none()
    {
        Assert.True(SnarkjsJson.ParsePublicInputs("[]"u8).TryGet(out var inputs, out _));
        Assert.Equal(0, inputs.Count);
    }

    [Fact]
    public void Limits_are_those_of_the_caller()
    {
        Groth16Limits limits = new() { MaxPublicInputs = 2, MaxPublicInputsBytes = 20 };
        Assert.True(SnarkjsJson.ParsePublicInputs("[\"1\",\"2\"]"u8, limits).TryGet(out _, out _));
        Assert.Equal(
            ProofRefusalCode.TooManyPublicInputs, SnarkjsJson.ParsePublicInputs("[\"1\",\"2\",\"3\"]"u8, limits).Refusal?.Code);
        Assert.Equal(ProofRefusalCode.DocumentTooLarge, SnarkjsJson.ParsePublicInputs(new byte[21], limits).Refusal?.Code);
    }
}
