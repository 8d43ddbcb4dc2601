using System.Text.Json.Nodes;
using ProvingMarket.Proofs.Bn254.Pairings;
using ProvingMarket.Proofs.Groth16;
using ProvingMarket.Proofs.Snarkjs;
using ProvingMarket.Proofs.Tests.Support;

namespace ProvingMarket.Proofs.Tests.Groth16;

/// <summary>Which keys are prepared, and which are refused although they can be read.</summary>
public class Groth16KeyTests
{
    [SharedDataTheory]
    [InlineData("risc0-groth16-vk.json", 5)]
    [InlineData("sp1-v4-groth16-vk.json", 2)]
    [InlineData("sp1-v6-groth16-vk.json", 5)]
    public void Keys_of_others_are_accepted(string file, int inputs)
    {
        Assert.True(new Groth16ProofSystem().PrepareKey(SharedData.Read(file)).TryGet(out var key, out _));
        Assert.Equal(inputs, key.PublicInputCount);
    }

    /// <summary>With thousands of inputs they take a second: whoever registers a key, or asks for a proof, does not wait for them, and they are not built twice.</summary>
    [Fact]
    public void The_tables_of_the_inputs_are_built_for_the_first_proof()
    {
        var vector = ProofVector.Product();
        Assert.True(new Groth16ProofSystem().PrepareKey(ProofVector.Bytes(vector.Key)).TryGet(out var prepared, out _));
        var key = Assert.IsType<Groth16PreparedKey>(prepared);
        var (before, bytes) = (key.HasTables, key.ByteCount);
        Assert.Null(new Groth16ProofSystem().CheckPublicInputs(key, ProofVector.Bytes(vector.Inputs)));
        Assert.False(before || key.HasTables);

        Assert.Equal(VerificationResult.Valid, new Groth16ProofSystem().Verify(key, ProofVector.Bytes(vector.Proof), ProofVector.Bytes(vector.Inputs)));
        Assert.True(key.HasTables);
        Assert.Equal(bytes, key.ByteCount);
    }

    [Theory]
    [InlineData("vk_beta_2")]
    [InlineData("vk_gamma_2")]
    [InlineData("vk_delta_2")]
    public void A_key_outside_the_subgroup_is_refused(string field)
    {
        var vector = ProofVector.Product();
        Groth16VerifierTests.SetPoint(vector.Key, field, Points.OfTheTwist().First());
        Assert.False(new Groth16ProofSystem().PrepareKey(ProofVector.Bytes(vector.Key)).TryGet(out _, out var refusal));
        Assert.Equal((ProofRefusalCode.NotInSubgroup, field), (refusal.Code, refusal.Field));
    }

    [Fact]
    public void A_key_with_a_false_pairing_is_refused_and_one_without_it_is_as_good()
    {
        var vector = ProofVector.Product();
        ProofVector.Set(vector.Key, "vk_alphabeta_12[1][2][0]", "1");
        Assert.False(new Groth16ProofSystem().PrepareKey(ProofVector.Bytes(vector.Key)).TryGet(out _, out var refusal));
        Assert.Equal((ProofRefusalCode.KeyPairingMismatch, "vk_alphabeta_12"), (refusal.Code, refusal.Field));

        vector.Key.Remove("vk_alphabeta_12");
        Assert.Equal(VerificationResult.Valid, vector.Verify());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_key_whose_setup_was_never_finished_is_refused_because_anyone_can_forge_proofs(bool opposite)
    {
        var vector = ProofVector.Product();
        Assert.True(SnarkjsJson.ParseGroth16Key(ProofVector.Bytes(vector.Key)).TryGet(out var key, out _));
        var delta = opposite ? -key.Gamma : key.Gamma;
        Groth16VerifierTests.SetPoint(vector.Key, "vk_delta_2", delta);
        Assert.False(new Groth16ProofSystem().PrepareKey(ProofVector.Bytes(vector.Key)).TryGet(out _, out var refusal));
        Assert.Equal((ProofRefusalCode.KeyForgeable, "vk_delta_2"), (refusal.Code, refusal.Field));

        // The forgery, made without any witness, that such a key would let pass.
        var finished = ProofVector.Product().ReadKey();
        Groth16PreparedKey forgeable = new(key.Alpha, finished.AlphaBeta, finished.Beta, finished.Gamma, Lines(delta), key.InputPoints);
        Assert.True(SnarkjsJson.ParsePublicInputs("[\"666\"]"u8).TryGet(out var inputs, out _));
        forgeable.SumInputs(inputs.Values.AsSpan(), out var sum);
        Groth16Proof forged = new(key.Alpha, key.Beta, (opposite ? sum : -sum).ToAffine());
        Assert.Equal(VerificationResult.Valid, Groth16Verifier.Verify(forgeable, forged, inputs));
    }

    [Fact]
    public void A_key_may_have_an_input_that_no_constraint_uses()
    {
        var vector = ProofVector.Product();
        vector.Key["IC"]!.AsArray().Add(new JsonArray("0", "1", "0"));
        vector.Key["nPublic"] = 2;
        vector.Inputs.Add("12345");
        Assert.Equal(VerificationResult.Valid, vector.Verify());
    }

    [Theory]
    [InlineData(1, 255 * 80)]
    [InlineData(128, 128 * 255 * 80)]
    [InlineData(129, 129 * 15 * 80)]
    [InlineData(4096, 4096 * 15 * 80)]
    public void A_key_says_how_many_bytes_its_tables_and_lines_hold(int inputs, long tables)
    {
        const int LinesOfThreePoints = 3 * 87 * 160;
        var vector = ProofVector.Product();
        var points = vector.Key["IC"]!.AsArray();
        while (points.Count < inputs + 1) points.Add(new JsonArray("0", "1", "0"));
        vector.Key["nPublic"] = inputs;
        Assert.Equal(tables + LinesOfThreePoints, vector.ReadKey().ByteCount);
    }

    private static G2Lines Lines(G2Point point)
    {
        Assert.True(G2Lines.TryPrepare(point, out var lines));
        return lines;
    }
}
