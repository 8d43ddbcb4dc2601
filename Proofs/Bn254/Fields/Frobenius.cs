namespace ProvingMarket.Proofs.Bn254.Fields;

/// <summary>Powers p, p² and p³ in Fp12: conjugations of the coefficients and products with constants.</summary>
/// <remarks>
/// (Σ f_k·w^k)^(p^n) = Σ f_k^(p^n)·γ^k·w^k with γ = w^(p^n − 1) = ξ^((p^n − 1)/6). The constants are computed from ξ when the
/// type is first used.
/// </remarks>
internal static class Frobenius
{
    /// <summary>(p − 1)/6.</summary>
    private static readonly U256 Exponent = new(0x34b017592414d4e1, 0xee9591c2e6bda1c2, 0xf40d60f3c0403964, 0x0810b7bdd032f006);

    private static readonly Fp2[] Gamma1 = PowersOf(Fp2.Xi.Power(Exponent));
    private static readonly Fp2[] Gamma2 = PowersOf(Gamma1[1] * Gamma1[1].Conjugate);
    private static readonly Fp2[] Gamma3 = PowersOf(Gamma1[1] * Gamma2[1]);

    /// <summary>ξ^((p − 1)/3) and ξ^((p − 1)/2): what ψ, the p-th power carried over to the twist, multiplies coordinates with.</summary>
    public static (Fp2 X, Fp2 Y) Twist => (Gamma1[2], Gamma1[3]);

    /// <summary>ξ^((p² − 1)/3), a primitive cube root of one in Fp.</summary>
    public static Fp CubeRootOfOne => Gamma2[2].C0;

    public static void PowerP(in Fp12 a, out Fp12 power) => Map(a, Gamma1, conjugate: true, out power);

    public static void PowerP2(in Fp12 a, out Fp12 power) => Map(a, Gamma2, conjugate: false, out power);

    public static void PowerP3(in Fp12 a, out Fp12 power) => Map(a, Gamma3, conjugate: true, out power);

    private static void Map(in Fp12 a, Fp2[] gamma, bool conjugate, out Fp12 power)
    {
        power.C0.C0 = conjugate ? a.C0.C0.Conjugate : a.C0.C0;
        power.C1.C0 = (conjugate ? a.C1.C0.Conjugate : a.C1.C0) * gamma[1];
        power.C0.C1 = (conjugate ? a.C0.C1.Conjugate : a.C0.C1) * gamma[2];
        power.C1.C1 = (conjugate ? a.C1.C1.Conjugate : a.C1.C1) * gamma[3];
        power.C0.C2 = (conjugate ? a.C0.C2.Conjugate : a.C0.C2) * gamma[4];
        power.C1.C2 = (conjugate ? a.C1.C2.Conjugate : a.C1.C2) * gamma[5];
    }

    private static Fp2[] PowersOf(in Fp2 gamma)
    {
        var powers = new Fp2[6];
        powers[0] = Fp2.One;
        for (var k = 1; k < powers.Length; k++)
            powers[k] = powers[k - 1] * gamma;
        return powers;
    }
}
