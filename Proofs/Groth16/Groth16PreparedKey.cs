using System.Collections.Immutable;
using ProvingMarket.Proofs.Bn254.Curves;
using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Bn254.Pairings;

namespace ProvingMarket.Proofs.Groth16;

/// <summary>A Groth16 verification key with everything computed that does not depend on a proof. To be used by many threads.</summary>
/// <remarks>
/// e(α, β), the lines of β, γ and δ (41.8 KB together), and tables for the public inputs (20.4 KB each when there are at most 128 of them, else 1.2 KB each).
/// With 128 inputs it holds 2.7 MB, with 4,096 of them 5.0 MB. The tables are built for the first proof that is verified, which takes as much as a millisecond for each input while there are at
/// most 128 of them and a third of one otherwise, more than a second for 4,096: whoever only wants to know whether the key can be used does not wait for them.
/// </remarks>
public sealed class Groth16PreparedKey : IPreparedKey
{
    // One digit in quotes, and a comma or the array's bracket.
    private const int BytesPerInput = 4;

    private readonly G1Point _constant;
    private readonly FixedBaseSum _inputs;

    internal Groth16PreparedKey(
        G1Point alpha, in Fp12 alphaBeta, G2Lines beta, G2Lines gamma, G2Lines delta, ImmutableArray<G1Point> inputPoints)
    {
        Alpha = alpha;
        AlphaBeta = alphaBeta;
        Beta = beta;
        Gamma = gamma;
        Delta = delta;
        _constant = inputPoints[0];
        _inputs = new(inputPoints.AsMemory()[1..]);
    }

    /// <inheritdoc/>
    public string System => Groth16ProofSystem.SystemName;

    /// <inheritdoc/>
    public int PublicInputCount => _inputs.Count;

    /// <inheritdoc/>
    public long? LeastPublicInputsBytes => PublicInputCount == 0 ? 2 : 1 + ((long)BytesPerInput * PublicInputCount);

    /// <inheritdoc/>
    /// <remarks>The tables, built or not, and the lines. The rest, e(α, β) and some points, is less than a thousand bytes and not counted.</remarks>
    public long ByteCount => _inputs.ByteCount + (3 * G2Lines.ByteCount);

    /// <summary>Whether a proof has been verified, so that the tables are there.</summary>
    internal bool HasTables => _inputs.IsBuilt;

    internal G1Point Alpha { get; }

    internal Fp12 AlphaBeta { get; }

    internal G2Lines Beta { get; }

    internal G2Lines Gamma { get; }

    internal G2Lines Delta { get; }

    /// <summary>Σ inputs·IC with the constant term taken once.</summary>
    internal void SumInputs(ReadOnlySpan<U256> inputs, out G1Jacobian sum)
    {
        _inputs.Sum(inputs, out sum);
        G1Jacobian.Add(sum, _constant, out sum);
    }

    /// <summary>Σ inputs·IC with the constant term taken <paramref name="constantFactor"/> times.</summary>
    internal void SumInputs(ReadOnlySpan<U256> inputs, in U256 constantFactor, out G1Jacobian sum)
    {
        _inputs.Sum(inputs, out sum);
        G1Jacobian.Add(sum, new G1Jacobian(_constant).Multiply(constantFactor), out sum);
    }
}
