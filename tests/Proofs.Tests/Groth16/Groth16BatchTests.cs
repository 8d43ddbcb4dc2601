using System.Security.Cryptography;
using ProvingMarket.Proofs.Groth16;
using ProvingMarket.Proofs.Snarkjs;
using ProvingMarket.Proofs.Tests.Support;

namespace ProvingMarket.Proofs.Tests.Groth16;

public class Groth16BatchTests
{
    private readonly Groth16PreparedKey _key = ProofVector.Polynomial().ReadKey();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(130)]
    public void Valid_proofs_are_all_valid(int count) =>
        Assert.All(Verify(ValidProofs(count)), verdict => Assert.Equal(VerificationResult.Valid, verdict));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(6)]
    public void A_wrong_proof_is_found_and_spoils_no_other(int wrong)
    {
        var proofs = ValidProofs(7);
        var (proof, inputs) = proofs[wrong];
        proofs[wrong] = (new(-proof.A, proof.B, proof.C), inputs);

        var verdicts = Verify(proofs);
        for (var i = 0; i < proofs.Length; i++)
            Assert.Equal(i == wrong ? ProofRefusalCode.EquationFailed : null, verdicts[i].Refusal?.Code);
    }

    [Fact]
    public void Wrong_proofs_that_would_cancel_out_without_randomness_are_found()
    {
        // Swapping C moves the same factor from one equation to the other: their plain product still holds.
        var (first, second) = (ProofVector.Polynomial().ReadProof(), ProofVector.Polynomial("-again").ReadProof());
        var inputs = ProofVector.Polynomial().ReadInputs();
        var verdicts = Verify([(new(first.A, first.B, second.C), inputs), (new(second.A, second.B, first.C), inputs)]);
        Assert.All(verdicts, verdict => Assert.Equal(ProofRefusalCode.EquationFailed, verdict.Refusal?.Code));

        // All factors one: each of the two alone is still refused, but together they pass, which is why randomness is asked for.
        var constant = Verify(
            [(new(first.A, first.B, second.C), inputs), (new(second.A, second.B, first.C), inputs)], new byte[32]);
        Assert.All(constant, verdict => Assert.Equal(VerificationResult.Valid, verdict));
    }

    [Fact]
    public void Faults_of_form_are_named_as_for_a_single_proof()
    {
        var proofs = ValidProofs(4);
        var outside = Points.OfTheTwist().First();
        proofs[1] = (new(proofs[1].Proof.A, outside, proofs[1].Proof.C), proofs[1].Inputs);
        proofs[2] = (proofs[2].Proof, ProofVector.Product().ReadInputs());
        Assert.Equal(
            [null, ProofRefusalCode.NotInSubgroup, ProofRefusalCode.WrongPublicInputCount, null],
            Verify(proofs).Select(verdict => verdict.Refusal?.Code));
    }

    [Fact]
    public void Documents_are_verified_in_a_batch_too()
    {
        var vector = ProofVector.Polynomial();
        ProofItem good = new(ProofVector.Bytes(vector.Proof), ProofVector.Bytes(vector.Inputs));
        ProofItem unreadable = new("{"u8.ToArray(), good.PublicInputs);
        var verdicts = new Groth16ProofSystem().VerifyBatch(_key, [good, unreadable, good], RandomNumberGenerator.GetBytes(48));
        Assert.Equal([null, ProofRefusalCode.MalformedJson, null], verdicts.Select(verdict => verdict.Refusal?.Code));
    }

    [Fact]
    public void Too_little_randomness_is_an_error_of_the_caller() =>
        Assert.Throws<ArgumentException>(() => Verify(ValidProofs(2), new byte[31]));

    private static (Groth16Proof Proof, PublicInputs Inputs)[] ValidProofs(int count)
    {
        Assert.True(SnarkjsJson.ParseGroth16Key(ProofVector.Bytes(ProofVector.Polynomial().Key)).TryGet(out var key, out _));
        var statements = new[] { ProofVector.Polynomial(), ProofVector.Polynomial("-again"), ProofVector.Polynomial("-zero", "-zero") }
            .Select(vector => (Proof: vector.ReadProof(), Inputs: vector.ReadInputs()))
            .ToArray();
        var proofs = new (Groth16Proof Proof, PublicInputs Inputs)[count];
        for (var i = 0; i < count; i++)
        {
            var (proof, inputs) = statements[i % 3];
            proofs[i] = (i < 9 ? MalleabilityTests.Randomise(proof, key.Delta, i + 1, i + 2) : proof, inputs);
        }

        return proofs;
    }

    private VerificationResult[] Verify((Groth16Proof, PublicInputs)[] proofs, byte[]? randomness = null) =>
        Groth16BatchVerifier.Verify(
            _key, proofs, randomness ?? RandomNumberGenerator.GetBytes(BatchRandomness.BytesPerProof * proofs.Length));
}
