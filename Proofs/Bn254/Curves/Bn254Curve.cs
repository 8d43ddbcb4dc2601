using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Bn254.Curves;

/// <summary>BN254, also called alt_bn128 or bn128: y² = x³ + 3 over Fp, and its sextic twist y² = x³ + 3/ξ over Fp2.</summary>
/// <remarks>
/// Every point of the curve over Fp has order r, so G1 needs no check beyond the equation. The twist has r·(2p − r) points; which of
/// them belong to G2 is decided by <see cref="Pairings.G2Lines"/>.
/// </remarks>
internal static class Bn254Curve
{
    public static Fp B1 { get; } = Fp.FromUInt64(3);

    public static Fp2 B2 { get; } = ThreeOverXi();

    private static Fp2 ThreeOverXi()
    {
        Fp2.Invert(Fp2.Xi, out var inverse);
        Fp2.Multiply(inverse, B1, out var b);
        return b;
    }
}
