using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Bn254.Pairings;

/// <summary>Products of pairings over points that are known to be on their curves.</summary>
internal static class Pairing
{
    /// <summary>∏ e(Pᵢ, Qᵢ); false when a point of the twist is not in G2. A pair with a point at infinity counts as one.</summary>
    public static bool TryProduct(ReadOnlySpan<(G1Point P, G2Point Q)> pairs, out Fp12 product)
    {
        product = default;
        List<G1Jacobian> points = [];
        List<G2Lines> lines = [];
        foreach (var (p, q) in pairs)
        {
            if (q.IsInfinity)
                continue;
            if (!G2Lines.TryPrepare(q, out var prepared))
                return false;
            if (p.IsInfinity)
                continue;

            points.Add(new(p));
            lines.Add(prepared);
        }

        product = Product([.. points], [.. lines]);
        return true;
    }

    /// <summary>∏ e(Pᵢ, Qᵢ) over finite points Pᵢ and the prepared lines of Qᵢ.</summary>
    public static Fp12 Product(ReadOnlySpan<G1Jacobian> points, ReadOnlySpan<G2Lines> lines)
    {
        var evaluations = new G1Evaluation[points.Length];
        G1Evaluation.Create(points, evaluations);
        var terms = new PairingTerm[points.Length];
        for (var i = 0; i < terms.Length; i++)
            terms[i] = new(evaluations[i], lines[i]);

        MillerLoop.Run(terms, out var value);
        FinalExponentiation.Run(value, out var product);
        return product;
    }
}
