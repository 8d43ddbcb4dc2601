using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Bn254.Curves;

/// <summary>
/// A scalar low + high·λ of two 64-bit halves, where λ is what the endomorphism φ(x, y) = (βx, y) of G1 multiplies by: multiplying
/// a point by it takes 64 doublings and not 128.
/// </summary>
/// <remarks>
/// λ = 36x³ + 18x² + 6x + 1, λ² + λ + 1 = 0 modulo r. Different halves make different scalars: the lattice of the pairs with
/// low + high·λ = 0 modulo r has no vector shorter than 6x², about 2^127.
/// </remarks>
internal readonly record struct ShortScalar(ulong Low, ulong High)
{
    /// <summary>λ modulo r.</summary>
    public static Fr Lambda { get; } = CreateLambda();

    /// <summary>The cube root of one that belongs to λ: ξ^(2(p² − 1)/3).</summary>
    private static Fp Beta { get; } = Frobenius.CubeRootOfOne * Frobenius.CubeRootOfOne;

    /// <summary>The scalar as an element of the scalar field.</summary>
    public Fr Value => Fr.FromUInt64(Low) + (Fr.FromUInt64(High) * Lambda);

    /// <summary>φ, which multiplies a point by λ.</summary>
    public static G1Point Map(in G1Point point) => new(point.X * Beta, point.Y);

    /// <summary>Σ scalars·points with shared doublings.</summary>
    public static void SumOfProducts(ReadOnlySpan<G1Point> points, ReadOnlySpan<ShortScalar> scalars, out G1Jacobian sum)
    {
        // For each point P, φ(P) and P + φ(P), which is −φ²(P).
        var table = new G1Point[3 * points.Length];
        for (var i = 0; i < points.Length; i++)
        {
            table[3 * i] = points[i];
            table[(3 * i) + 1] = Map(points[i]);
            table[(3 * i) + 2] = -Map(table[(3 * i) + 1]);
        }

        sum = G1Jacobian.Infinity;
        for (var bit = 63; bit >= 0; bit--)
        {
            G1Jacobian.Double(sum, out sum);
            for (var i = 0; i < scalars.Length; i++)
            {
                var choice = (int)((scalars[i].Low >> bit) & 1) | (int)(((scalars[i].High >> bit) & 1) << 1);
                if (choice != 0)
                    G1Jacobian.Add(sum, table[(3 * i) + choice - 1], out sum);
            }
        }
    }

    private static Fr CreateLambda()
    {
        Fr.TryCreate(new(0x8b17ea66b99c90dd, 0x5bfc41088d8daaa7, 0xb3c4d79d41a91758, 0), out var lambda);
        return lambda;
    }
}
