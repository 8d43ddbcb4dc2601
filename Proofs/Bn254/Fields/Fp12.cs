namespace ProvingMarket.Proofs.Bn254.Fields;

/// <summary>C0 + C1·w over Fp6 with w² = v: where pairings take their values.</summary>
/// <remarks>
/// As a polynomial in w over Fp2 (w⁶ = ξ) its coefficients are, from w⁰ to w⁵: C0.C0, C1.C0, C0.C1, C1.C1, C0.C2, C1.C2.
/// </remarks>
internal struct Fp12 : IEquatable<Fp12>
{
    public Fp6 C0;
    public Fp6 C1;

    public static Fp12 Zero => default;

    public static Fp12 One => new() { C0 = Fp6.One };

    /// <summary>C0 − C1·w, the power p⁶; in the cyclotomic subgroup it is the inverse.</summary>
    public readonly Fp12 Conjugate
    {
        get
        {
            Fp12 conjugate = new() { C0 = C0 };
            Fp6.Negate(C1, out conjugate.C1);
            return conjugate;
        }
    }

    public static void Multiply(in Fp12 a, in Fp12 b, out Fp12 product)
    {
        Fp6.Multiply(a.C0, b.C0, out var low);
        Fp6.Multiply(a.C1, b.C1, out var high);
        Fp6.Add(a.C0, a.C1, out var sumA);
        Fp6.Add(b.C0, b.C1, out var sumB);
        Fp6.Multiply(sumA, sumB, out var cross);
        Fp6.Subtract(cross, low, out cross);
        Fp6.Subtract(cross, high, out product.C1);
        Fp6.MultiplyByV(high, out high);
        Fp6.Add(low, high, out product.C0);
    }

    /// <summary>(C0 + C1·w)² with two products: C0² + v·C1² = (C0 + C1)(C0 + v·C1) − (1 + v)·C0·C1.</summary>
    public static void Square(in Fp12 a, out Fp12 square)
    {
        Fp6.Add(a.C0, a.C1, out var sum);
        Fp6.MultiplyByV(a.C1, out var shifted);
        Fp6.Add(a.C0, shifted, out shifted);
        Fp6.Multiply(a.C0, a.C1, out var product);
        Fp6.Multiply(sum, shifted, out var all);
        Fp6.MultiplyByV(product, out shifted);
        Fp6.Subtract(all, product, out all);
        Fp6.Subtract(all, shifted, out square.C0);
        Fp6.Add(product, product, out square.C1);
    }

    /// <summary>
    /// f·(1 + a·w + b·w³): a line of the Miller loop. Coefficient k of the product is f_k + a·f_(k−1) + b·f_(k−3), where what
    /// wraps around w⁶ comes back times ξ.
    /// </summary>
    public static void MultiplyByLine(ref Fp12 f, in Fp2 a, in Fp2 b)
    {
        Fp2.MultiplyByXi(a, out var xiA);
        Fp2.MultiplyByXi(b, out var xiB);
        Fp2Factor fa = new(a), fb = new(b), fxa = new(xiA), fxb = new(xiB);
        Fp2Factor.SumOfProducts(f.C1.C2, fxa, f.C1.C1, fxb, out var k0);
        Fp2Factor.SumOfProducts(f.C0.C0, fa, f.C0.C2, fxb, out var k1);
        Fp2Factor.SumOfProducts(f.C1.C0, fa, f.C1.C2, fxb, out var k2);
        Fp2Factor.SumOfProducts(f.C0.C1, fa, f.C0.C0, fb, out var k3);
        Fp2Factor.SumOfProducts(f.C1.C1, fa, f.C1.C0, fb, out var k4);
        Fp2Factor.SumOfProducts(f.C0.C2, fa, f.C0.C1, fb, out var k5);
        Fp2.Add(f.C0.C0, k0, out f.C0.C0);
        Fp2.Add(f.C1.C0, k1, out f.C1.C0);
        Fp2.Add(f.C0.C1, k2, out f.C0.C1);
        Fp2.Add(f.C1.C1, k3, out f.C1.C1);
        Fp2.Add(f.C0.C2, k4, out f.C0.C2);
        Fp2.Add(f.C1.C2, k5, out f.C1.C2);
    }

    /// <summary>The inverse: the conjugate over the norm C0² − v·C1².</summary>
    public static void Invert(in Fp12 a, out Fp12 inverse)
    {
        Fp6.Multiply(a.C0, a.C0, out var norm);
        Fp6.Multiply(a.C1, a.C1, out var high);
        Fp6.MultiplyByV(high, out high);
        Fp6.Subtract(norm, high, out norm);
        Fp6.Invert(norm, out norm);
        Fp6.Negate(a.C1, out var minus);
        Fp6.Multiply(a.C0, norm, out inverse.C0);
        Fp6.Multiply(minus, norm, out inverse.C1);
    }

    public static bool operator ==(in Fp12 a, in Fp12 b) => a.Equals(b);

    public static bool operator !=(in Fp12 a, in Fp12 b) => !a.Equals(b);

    public readonly bool Equals(Fp12 other) => C0.Equals(other.C0) && C1.Equals(other.C1);

    public override readonly bool Equals(object? obj) => obj is Fp12 other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(C0, C1);
}
