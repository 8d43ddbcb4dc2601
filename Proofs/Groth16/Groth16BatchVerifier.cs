using System.Buffers.Binary;
using ProvingMarket.Proofs.Bn254.Curves;
using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Bn254.Pairings;

namespace ProvingMarket.Proofs.Groth16;

/// <summary>Verifies many Groth16 proofs under one key together.</summary>
/// <remarks>
/// Each proof's equation is raised to a random power ρᵢ, and the product of all is checked:
/// ∏ e(ρᵢAᵢ, Bᵢ) = e(Σρᵢ·α, β)·e(Σρᵢ·inputsᵢ·IC, γ)·e(ΣρᵢCᵢ, δ). Only the first factor grows with the number of proofs.
/// <para>
/// When the product fails, that of one half is computed, and that of the other half is their quotient: a single wrong proof is found
/// at about the cost of a second batch. When both halves are wrong there is more than one, and the proofs of this group are checked one
/// by one. So a group never takes more than half as many pairings again as single verifications, and six.
/// </para>
/// <para>
/// A single proof's check is exact, and so is the quotient, so no valid proof is ever refused. A wrong proof passes a product with a
/// probability of at most 2^-127, because a random zero counts as one, and it is in at most five products: 2^-124 in all.
/// </para>
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
        Groth16PreparedKey key, IReadOnlyList<(Groth16Proof Proof, PublicInputs Inputs)> proofs, ReadOnlySpan<byte> randomness) =>
        Verify(key, proofs, randomness, out _);

    /// <summary>Verifies the proofs, and counts the pairings that it took; a single verification takes three.</summary>
    internal static VerificationResult[] Verify(
        Groth16PreparedKey key, IReadOnlyList<(Groth16Proof Proof, PublicInputs Inputs)> proofs, ReadOnlySpan<byte> randomness, out int pairings)
    {
        if (randomness.Length / BatchRandomness.BytesPerProof < proofs.Count)
        {
            throw new ArgumentException(
                $"{proofs.Count} proofs need {BatchRandomness.BytesPerProof} random bytes each; there are {randomness.Length}.",
                nameof(randomness));
        }

        var verdicts = new Verdicts(key, proofs.Count);
        var group = new List<Member>(int.Min(proofs.Count, LargestGroup));
        for (var i = 0; i < proofs.Count; i++)
        {
            var (proof, inputs) = proofs[i];
            if (inputs.Count != key.PublicInputCount)
                verdicts.Results[i] = VerificationResult.Invalid(Refusals.WrongInputCount(key.PublicInputCount, inputs.Count));
            else if (!G2Lines.TryPrepare(proof.B, out var linesOfB))
                verdicts.Results[i] = VerificationResult.Invalid(Refusals.OutsideSubgroup("pi_b"));
            else
                group.Add(new(i, proof, inputs, linesOfB, ScalarOf(randomness[(i * BatchRandomness.BytesPerProof)..])));

            if (group.Count == LargestGroup)
            {
                verdicts.Settle([.. group]);
                group.Clear();
            }
        }

        verdicts.Settle([.. group]);
        pairings = verdicts.Pairings;
        return verdicts.Results;
    }

    private static ShortScalar ScalarOf(ReadOnlySpan<byte> randomness)
    {
        ShortScalar scalar = new(
            BinaryPrimitives.ReadUInt64LittleEndian(randomness), BinaryPrimitives.ReadUInt64LittleEndian(randomness[8..]));

        // Zero would let anything pass.
        return scalar == default ? new(1, 0) : scalar;
    }

    /// <summary>A proof whose form is in order, with its random factor.</summary>
    private sealed class Member(int index, Groth16Proof proof, PublicInputs inputs, G2Lines linesOfB, ShortScalar scalar)
    {
        private G1Jacobian? _scaledA;

        public int Index => index;

        public Groth16Proof Proof => proof;

        public PublicInputs Inputs => inputs;

        public G2Lines LinesOfB => linesOfB;

        public ShortScalar Scalar => scalar;

        /// <summary>ρA. Computed when a product needs it.</summary>
        public G1Jacobian ScaledA
        {
            get
            {
                if (_scaledA is { } known)
                    return known;

                ShortScalar.SumOfProducts([proof.A], [scalar], out var scaled);
                _scaledA = scaled;
                return scaled;
            }
        }
    }

    /// <summary>The verdicts so far, and what they took.</summary>
    private sealed class Verdicts(Groth16PreparedKey key, int count)
    {
        /// <summary>Of no more than so many, one of which is wrong, each is checked by itself.</summary>
        private const int SmallestShared = 4;

        public VerificationResult[] Results { get; } = new VerificationResult[count];

        public int Pairings { get; private set; }

        /// <summary>Decides a group of which nothing is known.</summary>
        public void Settle(ReadOnlySpan<Member> members)
        {
            if (members.Length > 1)
                Settle(members, ProductOf(members));
            else
                SettleSingly(members);
        }

        /// <summary>Decides a group whose product is known.</summary>
        private void Settle(ReadOnlySpan<Member> members, in Fp12 product)
        {
            if (product == Fp12.One)
            {
                foreach (var member in members)
                    Results[member.Index] = VerificationResult.Valid;
                return;
            }

            if (members.Length <= SmallestShared)
            {
                SettleSingly(members);
                return;
            }

            var first = members[..(members.Length / 2)];
            var second = members[first.Length..];
            var ofFirst = ProductOf(first);
            // The inverse of what the final exponentiation gives is its conjugate.
            Fp12.Multiply(product, ofFirst.Conjugate, out var ofSecond);
            if (ofFirst != Fp12.One && ofSecond != Fp12.One)
            {
                SettleSingly(members);
                return;
            }

            Settle(first, ofFirst);
            Settle(second, ofSecond);
        }

        private void SettleSingly(ReadOnlySpan<Member> members)
        {
            foreach (var member in members)
            {
                Pairings += 3;
                var holds = Groth16Verifier.EquationHolds(key, member.Proof, member.Inputs, member.LinesOfB);
                Results[member.Index] = holds ? VerificationResult.Valid : VerificationResult.Invalid(Refusals.EquationFailed);
            }
        }

        private Fp12 ProductOf(ReadOnlySpan<Member> members)
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
                var factor = member.Scalar.Value;
                cs[i] = member.Proof.C;
                scalars[i] = member.Scalar;
                points.Add(member.ScaledA);
                lines.Add(member.LinesOfB);
                Fr.Add(constantFactor, factor, out constantFactor);
                for (var k = 0; k < inputFactors.Length; k++)
                {
                    Fr.TryCreate(member.Inputs.Values[k], out var input);
                    Fr.SumOfProducts(input, factor, inputFactors[k], Fr.One, out inputFactors[k]);
                }
            }

            key.SumInputs([.. inputFactors.Select(factor => factor.ToU256())], constantFactor.ToU256(), out var inputSum);
            ShortScalar.SumOfProducts(cs, scalars, out var c);
            Append(-c, key.Delta);
            Append(-inputSum, key.Gamma);
            Append(-new G1Jacobian(key.Alpha).Multiply(constantFactor.ToU256()), key.Beta);
            Pairings += points.Count;
            return Pairing.Product([.. points], [.. lines]);

            void Append(in G1Jacobian point, G2Lines linesOfPoint)
            {
                if (point.IsInfinity)
                    return;

                points.Add(point);
                lines.Add(linesOfPoint);
            }
        }
    }
}
