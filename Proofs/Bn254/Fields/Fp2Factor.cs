namespace ProvingMarket.Proofs.Bn254.Fields;

/// <summary>An element of Fp2 made ready to be a factor in sums of products: its negated C1 is at hand, for u² = −1.</summary>
internal readonly struct Fp2Factor
{
    private readonly Fp _c0;
    private readonly Fp _c1;
    private readonly Fp _minusC1;

    public Fp2Factor(in Fp2 value)
    {
        _c0 = value.C0;
        _c1 = value.C1;
        Fp.Negate(value.C1, out _minusC1);
    }

    /// <summary>a·x + b·y.</summary>
    public static void SumOfProducts(in Fp2 a, in Fp2Factor x, in Fp2 b, in Fp2Factor y, out Fp2 sum)
    {
        Fp.SumOfProducts(a.C0, x._c0, a.C1, x._minusC1, b.C0, y._c0, b.C1, y._minusC1, out var c0);
        Fp.SumOfProducts(a.C0, x._c1, a.C1, x._c0, b.C0, y._c1, b.C1, y._c0, out sum.C1);
        sum.C0 = c0;
    }

    /// <summary>a·x + b·y + c·z.</summary>
    public static void SumOfProducts(
        in Fp2 a, in Fp2Factor x, in Fp2 b, in Fp2Factor y, in Fp2 c, in Fp2Factor z, out Fp2 sum)
    {
        Fp.SumOfProducts(
            a.C0, x._c0, a.C1, x._minusC1, b.C0, y._c0, b.C1, y._minusC1, c.C0, z._c0, c.C1, z._minusC1, out var c0);
        Fp.SumOfProducts(
            a.C0, x._c1, a.C1, x._c0, b.C0, y._c1, b.C1, y._c0, c.C0, z._c1, c.C1, z._c0, out sum.C1);
        sum.C0 = c0;
    }
}
