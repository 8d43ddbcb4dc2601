namespace ProvingMarket.Proofs.Bn254.Fields;

/// <summary>C0 + C1·v + C2·v² over Fp2 with v³ = ξ.</summary>
internal struct Fp6 : IEquatable<Fp6>
{
    public Fp2 C0;
    public Fp2 C1;
    public Fp2 C2;

    public static Fp6 Zero => default;

    public static Fp6 One => new() { C0 = Fp2.One };

    public static void Add(in Fp6 a, in Fp6 b, out Fp6 sum)
    {
        Fp2.Add(a.C0, b.C0, out sum.C0);
        Fp2.Add(a.C1, b.C1, out sum.C1);
        Fp2.Add(a.C2, b.C2, out sum.C2);
    }

    public static void Subtract(in Fp6 a, in Fp6 b, out Fp6 difference)
    {
        Fp2.Subtract(a.C0, b.C0, out difference.C0);
        Fp2.Subtract(a.C1, b.C1, out difference.C1);
        Fp2.Subtract(a.C2, b.C2, out difference.C2);
    }

    public static void Negate(in Fp6 a, out Fp6 negative)
    {
        Fp2.Negate(a.C0, out negative.C0);
        Fp2.Negate(a.C1, out negative.C1);
        Fp2.Negate(a.C2, out negative.C2);
    }

    /// <summary>The schoolbook product: six sums of six products in Fp, each reduced once.</summary>
    public static void Multiply(in Fp6 a, in Fp6 b, out Fp6 product)
    {
        Fp2.MultiplyByXi(b.C1, out var xi1);
        Fp2.MultiplyByXi(b.C2, out var xi2);
        Fp2Factor b0 = new(b.C0), b1 = new(b.C1), b2 = new(b.C2), x1 = new(xi1), x2 = new(xi2);
        Fp2Factor.SumOfProducts(a.C0, b0, a.C1, x2, a.C2, x1, out var c0);
        Fp2Factor.SumOfProducts(a.C0, b1, a.C1, b0, a.C2, x2, out var c1);
        Fp2Factor.SumOfProducts(a.C0, b2, a.C1, b1, a.C2, b0, out product.C2);
        product.C0 = c0;
        product.C1 = c1;
    }

    /// <summary>a·v: the coefficients move up and the last one comes back times ξ.</summary>
    public static void MultiplyByV(in Fp6 a, out Fp6 product)
    {
        Fp2.MultiplyByXi(a.C2, out var c0);
        product.C2 = a.C1;
        product.C1 = a.C0;
        product.C0 = c0;
    }

    /// <summary>The inverse through the adjoint: with its cofactors k, a·k lies in Fp2.</summary>
    public static void Invert(in Fp6 a, out Fp6 inverse)
    {
        var k0 = (a.C0 * a.C0) - Xi(a.C1 * a.C2);
        var k1 = Xi(a.C2 * a.C2) - (a.C0 * a.C1);
        var k2 = (a.C1 * a.C1) - (a.C0 * a.C2);
        Fp2.Invert((a.C0 * k0) + Xi((a.C2 * k1) + (a.C1 * k2)), out var norm);
        inverse.C0 = k0 * norm;
        inverse.C1 = k1 * norm;
        inverse.C2 = k2 * norm;
    }

    public static bool operator ==(in Fp6 a, in Fp6 b) => a.Equals(b);

    public static bool operator !=(in Fp6 a, in Fp6 b) => !a.Equals(b);

    public readonly bool Equals(Fp6 other) => C0.Equals(other.C0) && C1.Equals(other.C1) && C2.Equals(other.C2);

    public override readonly bool Equals(object? obj) => obj is Fp6 other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(C0, C1, C2);

    private static Fp2 Xi(in Fp2 a)
    {
        Fp2.MultiplyByXi(a, out var product);
        return product;
    }
}
