using System.Collections.Immutable;
using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Bn254.Pairings;

namespace ProvingMarket.Proofs.Groth16;

/// <summary>A Groth16 verification key as it was read: points on their curves, and nothing computed yet. Immutable.</summary>
public sealed class Groth16VerificationKey
{
    internal Groth16VerificationKey(
        G1Point alpha, G2Point beta, G2Point gamma, G2Point delta, ImmutableArray<G1Point> inputPoints, Fp12? claimedAlphaBeta)
    {
        Alpha = alpha;
        Beta = beta;
        Gamma = gamma;
        Delta = delta;
        InputPoints = inputPoints;
        ClaimedAlphaBeta = claimedAlphaBeta;
    }

    /// <summary>The number of public inputs.</summary>
    public int PublicInputCount => InputPoints.Length - 1;

    internal G1Point Alpha { get; }

    internal G2Point Beta { get; }

    internal G2Point Gamma { get; }

    internal G2Point Delta { get; }

    /// <summary>IC: the constant term, then a point for each input. An input that no constraint uses has the point at infinity.</summary>
    internal ImmutableArray<G1Point> InputPoints { get; }

    /// <summary>What the document says e(α, β) is.</summary>
    internal Fp12? ClaimedAlphaBeta { get; }

    /// <summary>
    /// Checks that the points of G2 are in the subgroup, that the setup was finished and that e(α, β) is what the document claims, and
    /// computes what every verification needs, but for the tables of the inputs. That takes a few milliseconds.
    /// </summary>
    /// <returns>The prepared key, or why the key is refused.</returns>
    public ParseResult<Groth16PreparedKey> Prepare()
    {
        if (!G2Lines.TryPrepare(Beta, out var beta))
            return Refusals.OutsideSubgroup("vk_beta_2");
        if (!G2Lines.TryPrepare(Gamma, out var gamma))
            return Refusals.OutsideSubgroup("vk_gamma_2");
        if (!G2Lines.TryPrepare(Delta, out var delta))
            return Refusals.OutsideSubgroup("vk_delta_2");

        // C = ∓Σ inputs·IC with A = α and B = β would verify. snarkjs leaves δ = γ until the first contribution to a key.
        if (Delta == Gamma || Delta == -Gamma)
        {
            return new ProofRefusal(
                ProofRefusalCode.KeyForgeable,
                "vk_delta_2",
                "vk_delta_2 must differ from vk_gamma_2 and its opposite: the key's setup was never finished, and anyone can forge proofs.");
        }

        var alphaBeta = Pairing.Product([new(Alpha)], [beta]);
        if (ClaimedAlphaBeta is { } claimed && claimed != alphaBeta)
        {
            return new ProofRefusal(
                ProofRefusalCode.KeyPairingMismatch, "vk_alphabeta_12", "vk_alphabeta_12 is not the pairing of vk_alpha_1 and vk_beta_2.");
        }

        return ParseResult<Groth16PreparedKey>.Parsed(new(Alpha, alphaBeta, beta, gamma, delta, InputPoints));
    }
}
