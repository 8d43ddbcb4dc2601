using System.Text.Json.Nodes;
using ProvingMarket.Proofs.Groth16;
using ProvingMarket.Proofs.Tests.Support;

namespace ProvingMarket.Proofs.Tests.Groth16;

public class Groth16VerifierTests
{
    /// <summary>Every number of a proof.</summary>
    public static TheoryData<string> ProofNumbers =>
    [
        "pi_a[0]", "pi_a[1]", "pi_b[0][0]", "pi_b[0][1]", "pi_b[1][0]", "pi_b[1][1]", "pi_c[0]", "pi_c[1]",
    ];

    [Fact]
    public void A_proof_with_one_public_input_is_valid() => Assert.Equal(VerificationResult.Valid, ProofVector.Product().Verify());

    [Theory]
    [InlineData("", "")]
    [InlineData("-again", "")]
    [InlineData("-zero", "-zero")]
    public void Proofs_with_several_public_inputs_are_valid(string proof, string inputs) =>
        Assert.Equal(VerificationResult.Valid, ProofVector.Polynomial(proof, inputs).Verify());

    [Theory]
    [InlineData("", "-zero")]
    [InlineData("-zero", "")]
    public void A_proof_of_another_statement_is_invalid(string proof, string inputs) =>
        AssertRefused(ProofRefusalCode.EquationFailed, "proof", ProofVector.Polynomial(proof, inputs).Verify());

    [SharedDataTheory]
    [InlineData("snarkjs-groth16-a", 1)]
    [InlineData("snarkjs-groth16-b", 81)]
    public void Proofs_of_others_are_valid(string folder, int inputs)
    {
        Groth16ProofSystem system = new();
        Assert.True(system.PrepareKey(SharedData.Read($"{folder}/verification_key.json")).TryGet(out var key, out _));
        Assert.Equal(inputs, key.PublicInputCount);
        Assert.Equal(
            VerificationResult.Valid,
            system.Verify(key, SharedData.Read($"{folder}/proof.json"), SharedData.Read($"{folder}/public.json")));
    }

    [Theory]
    [MemberData(nameof(ProofNumbers))]
    public void A_proof_with_a_number_changed_is_off_its_curve(string path)
    {
        var vector = ProofVector.Product();
        var number = BigInteger.Parse(ProofVector.Get(vector.Proof, path).GetValue<string>());
        ProofVector.Set(vector.Proof, path, (number ^ 1).ToString());
        AssertRefused(ProofRefusalCode.NotOnCurve, path[..4], vector.Verify());
    }

    [Theory]
    [InlineData("pi_a", "pi_c")]
    [InlineData("pi_c", "pi_a")]
    public void A_proof_with_a_point_replaced_is_invalid(string target, string source)
    {
        var vector = ProofVector.Product();
        ProofVector.Set(vector.Proof, target, ProofVector.Get(vector.Proof, source).DeepClone());
        AssertRefused(ProofRefusalCode.EquationFailed, "proof", vector.Verify());
    }

    [Theory]
    [InlineData("pi_a[1]")]
    [InlineData("pi_c[1]")]
    public void A_proof_with_a_point_negated_is_invalid(string path)
    {
        var vector = ProofVector.Product();
        Negate(vector, path);
        AssertRefused(ProofRefusalCode.EquationFailed, "proof", vector.Verify());
    }

    [Fact]
    public void A_proof_with_b_of_another_proof_is_invalid()
    {
        var vector = ProofVector.Polynomial();
        ProofVector.Set(vector.Proof, "pi_b", ProofVector.Polynomial("-again").Proof["pi_b"]!.DeepClone());
        AssertRefused(ProofRefusalCode.EquationFailed, "proof", vector.Verify());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_public_input_with_any_bit_changed_is_refused(int index)
    {
        var key = ProofVector.Polynomial().ReadKey();
        for (var bit = 0; bit < 254; bit += 7)
        {
            var vector = ProofVector.Polynomial();
            var number = BigInteger.Parse(vector.Inputs[index]!.GetValue<string>()) ^ (BigInteger.One << bit);
            vector.Inputs[index] = number.ToString();
            var expected = number < Numbers.R ? ProofRefusalCode.EquationFailed : ProofRefusalCode.NotCanonical;
            Assert.Equal(expected, vector.Verify(key).Refusal?.Code);
        }
    }

    [Fact]
    public void Public_inputs_in_another_order_are_refused()
    {
        var vector = ProofVector.Polynomial();
        var first = vector.Inputs[0]!.GetValue<string>();
        vector.Inputs[0] = vector.Inputs[1]!.GetValue<string>();
        vector.Inputs[1] = first;
        AssertRefused(ProofRefusalCode.EquationFailed, "proof", vector.Verify());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public void A_wrong_number_of_public_inputs_is_refused(int count)
    {
        var vector = ProofVector.Polynomial();
        while (vector.Inputs.Count > count)
            vector.Inputs.RemoveAt(vector.Inputs.Count - 1);
        while (vector.Inputs.Count < count)
            vector.Inputs.Add("0");

        var refusal = AssertRefused(ProofRefusalCode.WrongPublicInputCount, "public", vector.Verify());
        Assert.Equal(("4", $"{count}"), (refusal.Limit, refusal.Value));
    }

    [Fact]
    public void A_proof_for_another_key_is_invalid()
    {
        var key = ProofVector.Product().ReadKey();
        var vector = ProofVector.Polynomial();
        while (vector.Inputs.Count > 1)
            vector.Inputs.RemoveAt(1);
        AssertRefused(ProofRefusalCode.EquationFailed, "proof", vector.Verify(key));
    }

    [Fact]
    public void A_b_outside_the_subgroup_is_refused()
    {
        var vector = ProofVector.Product();
        SetPoint(vector.Proof, "pi_b", Points.OfTheTwist().First());
        AssertRefused(ProofRefusalCode.NotInSubgroup, "pi_b", vector.Verify());
    }

    [Fact]
    public void A_sum_of_inputs_at_infinity_is_a_factor_of_one()
    {
        // IC₀ + 1·IC₁ = ∞ with IC₁ = −IC₀: the equation is then e(A, B) = e(α, β)·e(C, δ), which this proof does not fulfil.
        var vector = ProofVector.Product();
        var constant = vector.Key["IC"]![0]!;
        vector.Key["IC"]![1] = new JsonArray(
            constant[0]!.GetValue<string>(), (Numbers.P - BigInteger.Parse(constant[1]!.GetValue<string>())).ToString(), "1");
        vector.Inputs[0] = "1";
        AssertRefused(ProofRefusalCode.EquationFailed, "proof", vector.Verify());
    }

    [Fact]
    public void Verification_allocates_little()
    {
        var vector = ProofVector.Product();
        var (key, proof, inputs) = (vector.ReadKey(), vector.ReadProof(), vector.ReadInputs());
        Groth16Verifier.Verify(key, proof, inputs);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Groth16Verifier.Verify(key, proof, inputs);

        // The lines of B, and no object for each step.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
    }

    [Fact]
    public async Task Many_threads_share_a_key()
    {
        var vector = ProofVector.Product();
        var (key, proof, inputs) = (vector.ReadKey(), vector.ReadProof(), vector.ReadInputs());
        var verdicts = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(_ => Task.Run(() => Groth16Verifier.Verify(key, proof, inputs))));
        Assert.All(verdicts, verdict => Assert.Equal(VerificationResult.Valid, verdict));
    }

    internal static void Negate(ProofVector vector, string path)
    {
        var number = BigInteger.Parse(ProofVector.Get(vector.Proof, path).GetValue<string>());
        ProofVector.Set(vector.Proof, path, (Numbers.P - number).ToString());
    }

    internal static void SetPoint(JsonNode document, string path, G2Point point)
    {
        ProofVector.Set(document, $"{path}[0][0]", point.X.C0.ToBigInteger().ToString());
        ProofVector.Set(document, $"{path}[0][1]", point.X.C1.ToBigInteger().ToString());
        ProofVector.Set(document, $"{path}[1][0]", point.Y.C0.ToBigInteger().ToString());
        ProofVector.Set(document, $"{path}[1][1]", point.Y.C1.ToBigInteger().ToString());
    }

    private static ProofRefusal AssertRefused(ProofRefusalCode code, string field, VerificationResult result)
    {
        Assert.False(result.IsValid);
        Assert.Equal((code, field), (result.Refusal.Code, result.Refusal.Field));
        return result.Refusal;
    }
}
