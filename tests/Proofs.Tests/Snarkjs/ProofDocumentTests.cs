using System.Text;
using System.Text.Json.Nodes;
using ProvingMarket.Proofs.Snarkjs;
using ProvingMarket.Proofs.Tests.Support;

namespace ProvingMarket.Proofs.Tests.Snarkjs;

/// <summary>What a proof's document may not be, and the refusal it gets.</summary>
public class ProofDocumentTests
{
    private const string P = "21888242871839275222246405745257275088696311157297823662689037894645226208583";
    private const string BeyondP = "21888242871839275222246405745257275088696311157297823662689037894645226208584";

    [Theory]
    [InlineData("pi_a[0]", P, ProofRefusalCode.NotCanonical)]
    [InlineData("pi_a[1]", BeyondP, ProofRefusalCode.NotCanonical)]
    [InlineData("pi_b[0][0]", P, ProofRefusalCode.NotCanonical)]
    [InlineData("pi_b[1][1]", P, ProofRefusalCode.NotCanonical)]
    [InlineData("pi_b[2][1]", P, ProofRefusalCode.NotCanonical)]
    [InlineData("pi_c[0]", P, ProofRefusalCode.NotCanonical)]
    [InlineData("pi_a[2]", P, ProofRefusalCode.NotCanonical)]
    [InlineData("pi_a[0]", "99999999999999999999999999999999999999999999999999999999999999999999999999999", ProofRefusalCode.NotCanonical)]
    [InlineData("pi_a[0]", "100000000000000000000000000000000000000000000000000000000000000000000000000000", ProofRefusalCode.NumberTooLong)]
    [InlineData("pi_a[0]", "-1", ProofRefusalCode.NotDecimal)]
    [InlineData("pi_a[0]", "+1", ProofRefusalCode.NotDecimal)]
    [InlineData("pi_a[0]", " 1", ProofRefusalCode.NotDecimal)]
    [InlineData("pi_a[0]", "1 ", ProofRefusalCode.NotDecimal)]
    [InlineData("pi_a[0]", "1\n", ProofRefusalCode.NotDecimal)]
    [InlineData("pi_a[0]", "01", ProofRefusalCode.NotDecimal)]
    [InlineData("pi_a[0]", "", ProofRefusalCode.NotDecimal)]
    [InlineData("pi_a[0]", "0x10", ProofRefusalCode.NotDecimal)]
    [InlineData("pi_a[0]", "1e3", ProofRefusalCode.NotDecimal)]
    [InlineData("pi_a[0]", "1.0", ProofRefusalCode.NotDecimal)]
    [InlineData("pi_a[0]", "１", ProofRefusalCode.NotDecimal)]
    [InlineData("pi_b[0][1]", "1_0", ProofRefusalCode.NotDecimal)]
    public void Numbers(string path, string value, ProofRefusalCode code)
    {
        var refusal = AssertRefused(code, path, Changed(path, value));
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        if (code == ProofRefusalCode.NotCanonical)
            Assert.Equal((P, value), (refusal.Limit, refusal.Value));
        if (code == ProofRefusalCode.NumberTooLong)
            Assert.Equal("77", refusal.Limit);
    }

    [Theory]
    [InlineData("pi_a", "1")]
    [InlineData("pi_a[0]", "1")]
    [InlineData("pi_a[0]", "null")]
    [InlineData("pi_a[0]", "true")]
    [InlineData("pi_a[0]", "[\"1\"]")]
    [InlineData("pi_a[0]", "{}")]
    [InlineData("pi_a", "{}")]
    [InlineData("pi_b", "\"1\"")]
    [InlineData("pi_b[0]", "\"1\"")]
    [InlineData("pi_b[0][0]", "1")]
    [InlineData("pi_c", "null")]
    [InlineData("protocol", "1")]
    [InlineData("curve", "[]")]
    public void Types(string path, string json) =>
        AssertRefused(ProofRefusalCode.WrongType, path, Changed(path, JsonNode.Parse(json)));

    [Theory]
    [InlineData("pi_a", "[]", "pi_a")]
    [InlineData("pi_a", "[\"1\"]", "pi_a")]
    [InlineData("pi_a", "[\"1\",\"2\",\"1\",\"1\"]", "pi_a")]
    [InlineData("pi_b", "[]", "pi_b")]
    [InlineData("pi_b", "[[\"1\",\"0\"]]", "pi_b")]
    [InlineData("pi_b", "[[\"1\",\"0\"],[\"1\",\"0\"],[\"1\",\"0\"],[\"1\",\"0\"]]", "pi_b")]
    [InlineData("pi_b[0]", "[\"1\"]", "pi_b[0]")]
    [InlineData("pi_b[1]", "[\"1\",\"0\",\"0\"]", "pi_b[1]")]
    public void Lengths(string path, string json, string field) =>
        AssertRefused(ProofRefusalCode.WrongLength, field, Changed(path, JsonNode.Parse(json)));

    [Theory]
    [InlineData("pi_a")]
    [InlineData("pi_b")]
    [InlineData("pi_c")]
    public void Missing_fields(string field) => AssertRefused(ProofRefusalCode.MissingField, field, Without(field));

    [Theory]
    [InlineData("protocol")]
    [InlineData("curve")]
    [InlineData("pi_a[2]")]
    [InlineData("pi_b[2]")]
    [InlineData("pi_c[2]")]
    public void Parts_that_may_be_absent(string path) => AssertAccepted(Without(path));

    [Theory]
    [InlineData("protocol", "plonk", ProofRefusalCode.WrongProtocol)]
    [InlineData("protocol", "Groth16", ProofRefusalCode.WrongProtocol)]
    [InlineData("protocol", "", ProofRefusalCode.WrongProtocol)]
    [InlineData("curve", "bls12381", ProofRefusalCode.WrongCurve)]
    [InlineData("curve", "BN128", ProofRefusalCode.WrongCurve)]
    public void Other_systems_and_curves(string path, string value, ProofRefusalCode code) =>
        AssertRefused(code, path, Changed(path, value));

    [Fact]
    public void The_curve_has_two_names() => AssertAccepted(Changed("curve", "bn254"));

    [Theory]
    [InlineData("pi_a", "[\"0\",\"1\",\"0\"]", ProofRefusalCode.PointAtInfinity)]
    [InlineData("pi_c", "[\"0\",\"1\",\"0\"]", ProofRefusalCode.PointAtInfinity)]
    [InlineData("pi_b", "[[\"0\",\"0\"],[\"1\",\"0\"],[\"0\",\"0\"]]", ProofRefusalCode.PointAtInfinity)]
    [InlineData("pi_a", "[\"1\",\"1\",\"0\"]", ProofRefusalCode.NotAffine)]
    [InlineData("pi_a", "[\"0\",\"2\",\"0\"]", ProofRefusalCode.NotAffine)]
    [InlineData("pi_a", "[\"0\",\"0\",\"0\"]", ProofRefusalCode.NotAffine)]
    [InlineData("pi_a[2]", "\"2\"", ProofRefusalCode.NotAffine)]
    [InlineData("pi_b[2]", "[\"1\",\"1\"]", ProofRefusalCode.NotAffine)]
    [InlineData("pi_b[2]", "[\"0\",\"0\"]", ProofRefusalCode.NotAffine)]
    [InlineData("pi_a", "[\"0\",\"0\"]", ProofRefusalCode.NotOnCurve)]
    [InlineData("pi_a", "[\"0\",\"0\",\"1\"]", ProofRefusalCode.NotOnCurve)]
    [InlineData("pi_a", "[\"1\",\"1\",\"1\"]", ProofRefusalCode.NotOnCurve)]
    [InlineData("pi_b", "[[\"0\",\"0\"],[\"0\",\"0\"]]", ProofRefusalCode.NotOnCurve)]
    [InlineData("pi_b", "[[\"1\",\"0\"],[\"2\",\"0\"],[\"1\",\"0\"]]", ProofRefusalCode.NotOnCurve)]
    public void Points(string path, string json, ProofRefusalCode code) =>
        AssertRefused(code, path[..4], Changed(path, JsonNode.Parse(json)));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("{\"pi_a\":[\"1\",\"2\",]}")]
    [InlineData("{\"pi_a\":[\"1\" \"2\"]}")]
    [InlineData("{\"pi_a\":[\"1\",\"2\"]")]
    [InlineData("{'pi_a':1}")]
    [InlineData("{/* */}")]
    [InlineData("{\"x\":\"\u0001\"}")]
    [InlineData("{\"x\":01}")]
    [InlineData("\u00ef\u00bb\u00bf{}")]
    [InlineData("{\"x\":NaN}")]
    [InlineData("{\"x\":\"\\q\"}")]
    [InlineData("garbage")]
    public void Malformed_documents(string json) =>
        AssertRefused(ProofRefusalCode.MalformedJson, null, Encoding.Latin1.GetBytes(json));

    [Theory]
    [InlineData("[]")]
    [InlineData("\"pi_a\"")]
    [InlineData("1")]
    [InlineData("null")]
    public void Other_roots(string json) => AssertRefused(ProofRefusalCode.WrongType, "proof", Encoding.UTF8.GetBytes(json));

    [Fact]
    public void What_follows_the_document_is_refused()
    {
        byte[] document = [.. ProofVector.Bytes(ProofVector.Product().Proof), .. "{}"u8];
        AssertRefused(ProofRefusalCode.MalformedJson, "proof", document);
    }

    [Theory]
    [InlineData("pi_a")]
    [InlineData("pi_b")]
    [InlineData("protocol")]
    public void Duplicate_fields(string field)
    {
        var proof = ProofVector.Product().Proof;
        var text = proof.ToJsonString();
        var twice = $"{text[..^1]},\"{field}\":{proof[field]!.ToJsonString()}}}";
        AssertRefused(ProofRefusalCode.DuplicateField, field, Encoding.UTF8.GetBytes(twice));
    }

    [Fact]
    public void Escaped_names_are_refused_because_they_hide_duplicates()
    {
        var text = ProofVector.Product().Proof.ToJsonString().Replace("\"pi_a\"", "\"pi\\u005fa\"", StringComparison.Ordinal);
        AssertRefused(ProofRefusalCode.EscapedName, "proof", Encoding.UTF8.GetBytes(text));
    }

    [Fact]
    public void Escaped_digits_are_refused()
    {
        var text = ProofVector.Product().Proof.ToJsonString().Replace(",\"1\"]", ",\"\\u0031\"]", StringComparison.Ordinal);
        AssertRefused(ProofRefusalCode.NotDecimal, "pi_a[2]", Encoding.UTF8.GetBytes(text));
    }

    [Fact]
    public void Unknown_fields_are_skipped_whatever_they_hold()
    {
        var proof = ProofVector.Product().Proof;
        proof.Insert(0, "note", JsonNode.Parse("{\"a\":[1,{\"pi_a\":null}],\"b\":\"x\",\"c\":2}"));
        proof["more"] = 1.5;
        AssertAccepted(ProofVector.Bytes(proof));
    }

    [Theory]
    [InlineData("more")]
    [InlineData("pi_a")]
    public void Deep_nesting_is_refused(string field)
    {
        var deep = $"{{\"{field}\":{new string('[', 5000)}{new string(']', 5000)}}}";
        var refusal = AssertRefused(
            field == "more" ? ProofRefusalCode.NestedTooDeep : ProofRefusalCode.WrongType, null, Encoding.UTF8.GetBytes(deep));
        if (field == "more")
            Assert.Equal("8", refusal.Limit);
    }

    [Fact]
    public void A_large_document_is_refused_unread()
    {
        var refusal = AssertRefused(ProofRefusalCode.DocumentTooLarge, "proof", new byte[(256 * 1024) + 1]);
        Assert.Equal(("262144", "262145"), (refusal.Limit, refusal.Value));
        AssertRefused(ProofRefusalCode.MalformedJson, "proof", new byte[256 * 1024]);
    }

    [Fact]
    public void What_a_refusal_shows_is_short_and_printable()
    {
        var refusal = AssertRefused(ProofRefusalCode.NumberTooLong, "pi_a[0]", Changed("pi_a[0]", "\u001b[31m" + new string('9', 9000)));
        Assert.Equal(81, refusal.Value!.Length);
        Assert.DoesNotContain(refusal.Message, char.IsControl);
    }

    [Fact]
    public void No_cut_and_no_changed_byte_makes_it_throw()
    {
        var document = ProofVector.Bytes(ProofVector.Product().Proof);
        for (var length = 0; length < document.Length; length++)
            AssertRefused(null, null, document[..length]);

        var random = new Random(1);
        for (var i = 0; i < 5000; i++)
        {
            var changed = (byte[])document.Clone();
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            var result = SnarkjsJson.ParseGroth16Proof(changed);
            Assert.True(result.TryGet(out _, out var refusal) || Enum.IsDefined(refusal.Code));
        }
    }

    private static byte[] Without(string path)
    {
        var document = ProofVector.Product().Proof;
        ProofVector.Remove(document, path);
        return ProofVector.Bytes(document);
    }

    private static byte[] Changed(string path, JsonNode? value)
    {
        var proof = ProofVector.Product().Proof;
        ProofVector.Set(proof, path, value);
        return ProofVector.Bytes(proof);
    }

    private static void AssertAccepted(byte[] document)
    {
        Assert.True(SnarkjsJson.ParseGroth16Proof(document).TryGet(out _, out var refusal), refusal?.Message);
    }

    private static ProofRefusal AssertRefused(ProofRefusalCode? code, string? field, byte[] document)
    {
        Assert.False(SnarkjsJson.ParseGroth16Proof(document).TryGet(out _, out var refusal));
        Assert.Equal(code ?? refusal.Code, refusal.Code);
        Assert.Equal(field ?? refusal.Field, refusal.Field);
        return refusal;
    }
}
