namespace ProvingMarket.Proofs.Bn254.Fields;

/// <summary>C0 + C1·u with u² = −1: the field of the coordinates of G2.</summary>
internal struct Fp2 : IField<Fp2>
{
    public Fp C0;
    public Fp C1;

    public Fp2(in Fp c0, in Fp c1)
    {
        C0 = c0;
        C1 = c1;
    }

    public static Fp2 Zero => default;

    public static Fp2 One => new(Fp.One, Fp.Zero);

    /// <summary>ξ = 9 + u, which is neither a square nor a cube: the tower above stands on it.</summary>
    public static Fp2 Xi { get; } = new(Fp.FromUInt64(9), Fp.One);

    public readonly bool IsZero => C0.IsZero && C1.IsZero;

    /// <summary>C0 − C1·u, which is also the p-th power.</summary>
    public readonly Fp2 Conjugate => new(C0, -C1);

    public static void Add(in Fp2 a, in Fp2 b, out Fp2 sum)
    {
        Fp.Add(a.C0, b.C0, out sum.C0);
        Fp.Add(a.C1, b.C1, out sum.C1);
    }

    public static void Subtract(in Fp2 a, in Fp2 b, out Fp2 difference)
    {
        Fp.Subtract(a.C0, b.C0, out difference.C0);
        Fp.Subtract(a.C1, b.C1, out difference.C1);
    }

    public static void Negate(in Fp2 a, out Fp2 negative)
    {
        Fp.Negate(a.C0, out negative.C0);
        Fp.Negate(a.C1, out negative.C1);
    }

    public static void Double(in Fp2 a, out Fp2 twice)
    {
        Fp.Double(a.C0, out twice.C0);
        Fp.Double(a.C1, out twice.C1);
    }

    public static void Halve(in Fp2 a, out Fp2 half)
    {
        Fp.Halve(a.C0, out half.C0);
        Fp.Halve(a.C1, out half.C1);
    }

    public static void Multiply(in Fp2 a, in Fp2 b, out Fp2 product)
    {
        Fp.Negate(b.C1, out var minus);
        Fp.SumOfProducts(a.C0, b.C0, a.C1, minus, out var c0);
        Fp.SumOfProducts(a.C0, b.C1, a.C1, b.C0, out product.C1);
        product.C0 = c0;
    }

    public static void Multiply(in Fp2 a, in Fp b, out Fp2 product)
    {
        Fp.Multiply(a.C0, b, out product.C0);
        Fp.Multiply(a.C1, b, out product.C1);
    }

    public static void Square(in Fp2 a, out Fp2 square)
    {
        Fp.Add(a.C0, a.C1, out var sum);
        Fp.Subtract(a.C0, a.C1, out var difference);
        Fp.Double(a.C0, out var twice);
        Fp.Multiply(twice, a.C1, out square.C1);
        Fp.Multiply(sum, difference, out square.C0);
    }

    /// <summary>a·ξ = (9·C0 − C1) + (9·C1 + C0)·u.</summary>
    public static void MultiplyByXi(in Fp2 a, out Fp2 product)
    {
        Fp.NineTimesMinus(a.C0, a.C1, out var c0);
        Fp.NineTimesPlus(a.C1, a.C0, out product.C1);
        product.C0 = c0;
    }

    public static void Invert(in Fp2 a, out Fp2 inverse)
    {
        Fp.SumOfProducts(a.C0, a.C0, a.C1, a.C1, out var norm);
        Fp.Invert(norm, out norm);
        Fp.Multiply(a.C0, norm, out inverse.C0);
        Fp.Multiply(-a.C1, norm, out inverse.C1);
    }

    public readonly Fp2 Power(in U256 exponent)
    {
        var power = One;
        for (var bit = exponent.BitLength - 1; bit >= 0; bit--)
        {
            Square(power, out power);
            if (exponent.Bit(bit))
                Multiply(power, this, out power);
        }

        return power;
    }

    public static Fp2 operator +(in Fp2 a, in Fp2 b)
    {
        Add(a, b, out var sum);
        return sum;
    }

    public static Fp2 operator -(in Fp2 a, in Fp2 b)
    {
        Subtract(a, b, out var difference);
        return difference;
    }

    public static Fp2 operator -(in Fp2 a)
    {
        Negate(a, out var negative);
        return negative;
    }

    public static Fp2 operator *(in Fp2 a, in Fp2 b)
    {
        Multiply(a, b, out var product);
        return product;
    }

    public static bool operator ==(in Fp2 a, in Fp2 b) => a.Equals(b);

    public static bool operator !=(in Fp2 a, in Fp2 b) => !a.Equals(b);

    public readonly bool Equals(Fp2 other) => C0.Equals(other.C0) && C1.Equals(other.C1);

    public override readonly bool Equals(object? obj) => obj is Fp2 other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(C0, C1);

    public override readonly string ToString() => $"{C0} + {C1}·u";
}
