using ProvingMarket.Proofs.Bn254.Pairings;

namespace ProvingMarket.Proofs.Groth16;

/// <summary>Groth16 verification: e(A, B) = e(α, β)·e(Σ inputs·IC, γ)·e(C, δ) (Groth, IACR ePrint 2016/260).</summary>
public static class Groth16Verifier
{
    /// <summary>Verifies one proof. Takes about a millisecond of one core; pure and thread-safe.</summary>
    /// <param name="key">The key.</param>
    /// <param name="proof">The proof.</param>
    /// <param name="inputs">The public inputs.</param>
    /// <returns>
    /// Valid, or refused with <see cref="ProofRefusalCode.WrongPublicInputCount"/>, <see cref="ProofRefusalCode.NotInSubgroup"/> or
    /// <see cref="ProofRefusalCode.EquationFailed"/>.
    /// </returns>
    public static VerificationResult Verify(Groth16PreparedKey key, Groth16Proof proof, PublicInputs inputs)
    {
        if (inputs.Count != key.PublicInputCount)
            return VerificationResult.Invalid(Refusals.WrongInputCount(key.PublicInputCount, inputs.Count));
        if (!G2Lines.TryPrepare(proof.B, out var linesOfB))
            return VerificationResult.Invalid(Refusals.OutsideSubgroup("pi_b"));

        return EquationHolds(key, proof, inputs, linesOfB) ? VerificationResult.Valid : VerificationResult.Invalid(Refusals.EquationFailed);
    }

    /// <summary>e(A, B)·e(−sum, γ)·e(−C, δ) = e(α, β); a sum at infinity contributes nothing.</summary>
    internal static bool EquationHolds(Groth16PreparedKey key, Groth16Proof proof, PublicInputs inputs, G2Lines linesOfB)
    {
        key.SumInputs(inputs.Values.AsSpan(), out var sum);
        var count = sum.IsInfinity ? 2 : 3;
        Span<G1Jacobian> points = stackalloc G1Jacobian[3];
        points[0] = new(proof.A);
        points[1] = new(-proof.C);
        points[2] = -sum;
        Span<G1Evaluation> evaluations = stackalloc G1Evaluation[3];
        G1Evaluation.Create(points[..count], evaluations);

        ReadOnlySpan<PairingTerm> terms =
        [
            new(evaluations[0], linesOfB), new(evaluations[1], key.Delta), new(count == 3 ? evaluations[2] : default, key.Gamma),
        ];
        MillerLoop.Run(terms[..count], out var value);
        FinalExponentiation.Run(value, out var product);
        return product == key.AlphaBeta;
    }
}
