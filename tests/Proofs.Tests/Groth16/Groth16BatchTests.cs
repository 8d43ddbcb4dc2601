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
        var verdicts = Verify(Spoiled(ValidProofs(7), i => i == wrong));
        for (var i = 0; i < verdicts.Length; i++)
            Assert.Equal(i == wrong ? ProofRefusalCode.EquationFailed : null, verdicts[i].Refusal?.Code);
    }

    [Fact]
    public void Whichever_are_wrong_of_a_few_they_are_found()
    {
        for (var count = 1; count <= 4; count++)
        {
            for (var wrong = 0; wrong < 1 << count; wrong++)
            {
                var verdicts = Verify(Spoiled(ValidProofs(count), i => (wrong >> i & 1) != 0));
                for (var i = 0; i < count; i++) Assert.Equal((wrong >> i & 1) == 0, verdicts[i].IsValid);
            }
        }
    }

    [Fact]
    public void A_batch_of_one_costs_what_a_single_verification_costs() => Assert.Equal(3, PairingsFor(ValidProofs(1)));

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(63)]
    public void One_wrong_proof_does_not_make_a_batch_cost_more_than_single_verifications(int wrong) =>
        Assert.InRange(PairingsFor(Spoiled(ValidProofs(64), i => i == wrong)), 1, 64 * 3);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(64)]
    public void No_choice_of_wrong_proofs_makes_a_batch_cost_more_than_half_as_much_again(int count)
    {
        var limit = (count * 9 / 2) + 6;
        foreach (var every in (int[])[1, 2, 32])
            Assert.InRange(PairingsFor(Spoiled(ValidProofs(count), i => i % every == every - 1)), 1, limit);
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

    private static (Groth16Proof Proof, PublicInputs Inputs)[] Spoiled((Groth16Proof Proof, PublicInputs Inputs)[] proofs, Func<int, bool> isWrong) =>
        [.. proofs.Select((item, i) => isWrong(i) ? (new Groth16Proof(-item.Proof.A, item.Proof.B, item.Proof.C), item.Inputs) : item)];

    private int PairingsFor((Groth16Proof, PublicInputs)[] proofs)
    {
        Groth16BatchVerifier.Verify(_key, proofs, RandomNumberGenerator.GetBytes(BatchRandomness.BytesPerProof * proofs.Length), out var pairings);
        return pairings;
    }

    private VerificationResult[] Verify((Groth16Proof, PublicInputs)[] proofs, byte[]? randomness = null) =>
        Groth16BatchVerifier.Verify(
            _key, proofs, randomness ?? RandomNumberGenerator.GetBytes(BatchRandomness.BytesPerProof * proofs.Length));
}
