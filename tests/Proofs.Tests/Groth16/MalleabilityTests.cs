using FsCheck.Fluent;
using ProvingMarket.Proofs.Groth16;
using ProvingMarket.Proofs.Snarkjs;
using ProvingMarket.Proofs.Tests.Support;
using static ProvingMarket.Proofs.Tests.Support.Generators;

namespace ProvingMarket.Proofs.Tests.Groth16;

/// <summary>
/// What Groth16 does not promise: that a statement has one proof. Whoever sees a valid proof can make others of it, so the
/// bytes of a proof identify neither the statement nor the prover.
/// </summary>
public class MalleabilityTests
{
    [Fact]
    public void A_and_b_may_both_be_negated()
    {
        var vector = ProofVector.Product();
        Groth16VerifierTests.Negate(vector, "pi_a[1]");
        Groth16VerifierTests.Negate(vector, "pi_b[1][0]");
        Groth16VerifierTests.Negate(vector, "pi_b[1][1]");
        Assert.Equal(VerificationResult.Valid, vector.Verify());
    }

    [Fact]
    public void A_proof_can_be_randomised_again_by_anyone()
    {
        var vector = ProofVector.Polynomial();
        var (key, proof, inputs) = (vector.ReadKey(), vector.ReadProof(), vector.ReadInputs());
        Assert.True(SnarkjsJson.ParseGroth16Key(ProofVector.Bytes(vector.Key)).TryGet(out var parsedKey, out _));
        ForAll(
            ScalarGen.Where(n => !n.IsZero).Two(),
            t => Groth16Verifier.Verify(key, Randomise(proof, parsedKey.Delta, t.Item1, t.Item2), inputs).IsValid,
            5);
    }

    /// <summary>(A/s, s·B + s·t·δ, C + t·A): e(A, B) grows by e(t·A, δ), and so does e(C, δ).</summary>
    internal static Groth16Proof Randomise(Groth16Proof proof, G2Point delta, BigInteger s, BigInteger t)
    {
        G1Jacobian a = new(proof.A);
        G2Jacobian.Add(
            new G2Jacobian(proof.B).Multiply(s.ToU256()), new G2Jacobian(delta).Multiply((s * t % Numbers.R).ToU256()), out var b);
        G1Jacobian.Add(a.Multiply(t.ToU256()), proof.C, out var c);
        return new(a.Multiply(s.Inverse(Numbers.R).ToU256()).ToAffine(), b.ToAffine(), c.ToAffine());
    }
}
