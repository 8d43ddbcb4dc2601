using System.Buffers.Binary;
using ProvingMarket.Proofs.Bn254.Curves;
using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Bn254.Pairings;

namespace ProvingMarket.Proofs.Groth16;

/// <summary>Verifies many Groth16 proofs under one key together.</summary>
/// <remarks>
/// Each proof's equation is raised to a random power ρᵢ, and the product of all is checked:
/// ∏ e(ρᵢAᵢ, Bᵢ) = e(Σρᵢ·α, β)·e(Σρᵢ·inputsᵢ·IC, γ)·e(ΣρᵢCᵢ, δ). Only the first factor grows with the number of proofs. When
/// the product fails, halves are checked until the wrong proofs are found; a single proof's check is exact, so no valid proof is
/// ever refused, and a wrong one passes with a probability of at most 2^-128.
/// </remarks>
public static class Groth16BatchVerifier
{
    /// <summary>More proofs than this share nothing that would be worth the memory of their lines.</summary>
    private const int LargestGroup = 64;

    /// <summary>Verifies the proofs.</summary>
    /// <param name="key">The key.</param>
    /// <param name="proofs">The proofs and their public inputs.</param>
    /// <param name="randomness">
    /// Bytes that no prover could know beforehand, at least <see cref="BatchRandomness.BytesPerProof"/> for each proof.
    /// </param>
    /// <returns>A verdict for each proof, in order: the one that <see cref="Groth16Verifier"/> gives.</returns>
    /// <exception cref="ArgumentException">There are too few random bytes.</exception>
    public static VerificationResult[] Verify(
        Groth16PreparedKey key, IReadOnlyList<(Groth16Proof Proof, PublicInputs Inputs)> proofs, ReadOnlySpan<byte> randomness)
    {
        if (randomness.Length / BatchRandomness.BytesPerProof < proofs.Count)
        {
            throw new ArgumentException(
                $"{proofs.Count} proofs need {BatchRandomness.BytesPerProof} random bytes each; there are {randomness.Length}.",
                nameof(randomness));
        }

        var results = new VerificationResult[proofs.Count];
        var group = new List<Member>(int.Min(proofs.Count, LargestGroup));
        for (var i = 0; i < proofs.Count; i++)
        {
            var (proof, inputs) = proofs[i];
            if (inputs.Count != key.PublicInputCount)
                results[i] = VerificationResult.Invalid(Refusals.WrongInputCount(key.PublicInputCount, inputs.Count));
            else if (!G2Lines.TryPrepare(proof.B, out var linesOfB))
                results[i] = VerificationResult.Invalid(Refusals.OutsideSubgroup("pi_b"));
            else
                group.Add(Member.Create(i, proof, inputs, linesOfB, randomness.Slice(i * BatchRandomness.BytesPerProof)));

            if (group.Count == LargestGroup)
            {
                Settle(key, [.. group], results);
                group.Clear();
            }
        }

        Settle(key, [.. group], results);
        return results;
    }

    private static void Settle(Groth16PreparedKey key, ReadOnlySpan<Member> members, VerificationResult[] results)
    {
        if (members.IsEmpty)
            return;

        var holds = ProductHolds(key, members);
        if (!holds && members.Length > 1)
        {
            Settle(key, members[..(members.Length / 2)], results);
            Settle(key, members[(members.Length / 2)..], results);
            return;
        }

        foreach (var member in members)
            results[member.Index] = holds ? VerificationResult.Valid : VerificationResult.Invalid(Refusals.EquationFailed);
    }

    private static bool ProductHolds(Groth16PreparedKey key, ReadOnlySpan<Member> members)
    {
        var constantFactor = Fr.Zero;
        var inputFactors = new Fr[key.PublicInputCount];
        List<G1Jacobian> points = [];
        List<G2Lines> lines = [];
        var cs = new G1Point[members.Length];
        var scalars = new ShortScalar[members.Length];
        for (var i = 0; i < members.Length; i++)
        {
            var member = members[i];
            cs[i] = member.Proof.C;
            scalars[i] = member.Scalar;
            points.Add(member.ScaledA);
            lines.Add(member.LinesOfB);
            Fr.Add(constantFactor, member.Factor, out constantFactor);
            for (var k = 0; k < inputFactors.Length; k++)
            {
                Fr.TryCreate(member.Inputs.Values[k], out var input);
                Fr.SumOfProducts(input, member.Factor, inputFactors[k], Fr.One, out inputFactors[k]);
            }
        }

        key.SumInputs([.. inputFactors.Select(factor => factor.ToU256())], constantFactor.ToU256(), out var inputSum);
        ShortScalar.SumOfProducts(cs, scalars, out var c);
        Append(-c, key.Delta);
        Append(-inputSum, key.Gamma);
        Append(-new G1Jacobian(key.Alpha).Multiply(constantFactor.ToU256()), key.Beta);
        return Pairing.Product([.. points], [.. lines]) == Fp12.One;

        void Append(in G1Jacobian point, G2Lines linesOfPoint)
        {
            if (point.IsInfinity)
                return;

            points.Add(point);
            lines.Add(linesOfPoint);
        }
    }

    /// <summary>A proof whose form is in order, with its random factor.</summary>
    private sealed record Member(
        int Index, Groth16Proof Proof, PublicInputs Inputs, G2Lines LinesOfB, ShortScalar Scalar, Fr Factor, G1Jacobian ScaledA)
    {
        public static Member Create(int index, Groth16Proof proof, PublicInputs inputs, G2Lines linesOfB, ReadOnlySpan<byte> randomness)
        {
            ShortScalar scalar = new(
                BinaryPrimitives.ReadUInt64LittleEndian(randomness), BinaryPrimitives.ReadUInt64LittleEndian(randomness[8..]));

            // Zero would let anything pass.
            if (scalar == default)
                scalar = new(1, 0);

            ShortScalar.SumOfProducts([proof.A], [scalar], out var scaledA);
            return new(index, proof, inputs, linesOfB, scalar, scalar.Value, scaledA);
        }
    }
}
