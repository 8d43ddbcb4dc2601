using FsCheck.Fluent;
using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Tests.Support;
using static ProvingMarket.Proofs.Tests.Support.Generators;

namespace ProvingMarket.Proofs.Tests.Bn254;

/// <summary>The extension fields: the laws of a field, the relations that define each level, and Frobenius as a plain power.</summary>
public class TowerTests
{
    private static readonly Fp2 U = new(Fp.Zero, Fp.One);
    private static readonly Fp6 V = new() { C1 = Fp2.One };
    private static readonly Fp12 W = new() { C1 = Fp6.One };

    [Fact]
    public void U_squared_is_minus_one() => Assert.Equal(-Fp2.One, U * U);

    [Fact]
    public void V_cubed_is_xi() => Assert.Equal(new Fp6 { C0 = Fp2.Xi }, Multiply(V, Multiply(V, V)));

    [Fact]
    public void W_squared_is_v() => Assert.Equal(new Fp12 { C0 = V }, Multiply(W, W));

    [Fact]
    public void Xi_is_neither_a_square_nor_a_cube()
    {
        // ξ^((p² − 1)/2) and ξ^((p² − 1)/3), the exponents split because they have 508 bits.
        Fp2 norm = Fp2.Xi * Fp2.Xi.Conjugate;
        Assert.NotEqual(Fp2.One, norm.Power(((Numbers.P - 1) / 2).ToU256()));
        Assert.NotEqual(Fp2.One, norm.Power(((Numbers.P - 1) / 3).ToU256()));
    }

    [Fact]
    public void Fp2_products_are_those_of_complex_numbers() => ForAll(Fp2Gen.Two(), t =>
    {
        var (a, b) = t;
        BigInteger a0 = a.C0.ToBigInteger(), a1 = a.C1.ToBigInteger(), b0 = b.C0.ToBigInteger(), b1 = b.C1.ToBigInteger();
        var product = a * b;
        return product.C0.ToBigInteger() == ((a0 * b0) - (a1 * b1)).Modulo(Numbers.P)
            && product.C1.ToBigInteger() == ((a0 * b1) + (a1 * b0)).Modulo(Numbers.P);
    }, 500);

    [Fact]
    public void Fp2_is_a_field() => ForAll(Fp2Gen.Three(), t => IsField(t, Fp2.One, (a, b) => a + b, (a, b) => a * b, Invert), 200);

    [Fact]
    public void Fp6_is_a_field() => ForAll(Fp6Gen.Three(), t => IsField(t, Fp6.One, Add, Multiply, Invert));

    [Fact]
    public void Fp12_is_a_field() => ForAll(Fp12Gen.Three(), t => IsField(t, Fp12.One, Add, Multiply, Invert));

    [Fact]
    public void Squares_are_products() => ForAll(Fp12Gen, a =>
    {
        Fp2.Square(a.C0.C0, out var small);
        Fp12.Square(a, out var large);
        return small == a.C0.C0 * a.C0.C0 && large == Multiply(a, a);
    });

    [Fact]
    public void Shortcuts_are_products() => ForAll(Fp6Gen, a =>
    {
        Fp2.MultiplyByXi(a.C0, out var xi);
        Fp2.Multiply(a.C0, a.C1.C1, out var scaled);
        Fp2.Double(a.C0, out var twice);
        Fp2.Halve(twice, out var half);
        Fp6.MultiplyByV(a, out var shifted);
        return xi == a.C0 * Fp2.Xi
            && scaled == a.C0 * new Fp2(a.C1.C1, Fp.Zero)
            && twice == a.C0 + a.C0
            && half == a.C0
            && shifted == Multiply(a, V);
    });

    [Fact]
    public void A_line_is_a_sparse_factor() => ForAll(Fp12Gen.Two(), t =>
    {
        var (f, line) = t;
        Fp12 dense = new() { C0 = Fp6.One, C1 = new() { C0 = line.C0.C0, C1 = line.C0.C1 } };
        var product = f;
        Fp12.MultiplyByLine(ref product, line.C0.C0, line.C0.C1);
        return product == Multiply(f, dense);
    });

    [Fact]
    public void Frobenius_is_the_power_p() => ForAll(
        Fp12Gen,
        a =>
        {
            Frobenius.PowerP(a, out var p);
            Frobenius.PowerP2(a, out var p2);
            Frobenius.PowerP3(a, out var p3);
            return p == Power(a, Numbers.P) && p2 == Power(p, Numbers.P) && p3 == Power(p2, Numbers.P);
        },
        5);

    [Fact]
    public void Conjugates_are_powers() => ForAll(
        Fp12Gen,
        a =>
        {
            Frobenius.PowerP3(a, out var p3);
            Frobenius.PowerP3(p3, out var p6);
            return a.Conjugate == p6 && a.C0.C0.Conjugate == a.C0.C0.Power(Numbers.P.ToU256());
        },
        20);

    [Fact]
    public void A_result_may_take_the_place_of_an_operand() => ForAll(Fp12Gen.Two(), t =>
    {
        var (a, b) = t;
        var product = Multiply(a, b);
        Fp12 left = a, right = b, square = a;
        Fp12.Multiply(left, b, out left);
        Fp12.Multiply(a, right, out right);
        Fp12.Square(square, out square);
        return left == product && right == product && square == Multiply(a, a);
    });

    internal static Fp12 Multiply(Fp12 a, Fp12 b)
    {
        Fp12.Multiply(a, b, out var product);
        return product;
    }

    internal static Fp12 Power(Fp12 a, BigInteger exponent)
    {
        var power = Fp12.One;
        for (var bit = (int)exponent.GetBitLength() - 1; bit >= 0; bit--)
        {
            power = Multiply(power, power);
            if (!((exponent >> bit) & 1).IsZero)
                power = Multiply(power, a);
        }

        return power;
    }

    private static bool IsField<T>(
        ValueTuple<T, T, T> t, T one, Func<T, T, T> add, Func<T, T, T> multiply, Func<T, T> invert)
        where T : struct, IEquatable<T>
    {
        var (a, b, c) = t;
        return add(a, b).Equals(add(b, a))
            && add(add(a, b), c).Equals(add(a, add(b, c)))
            && multiply(a, b).Equals(multiply(b, a))
            && multiply(multiply(a, b), c).Equals(multiply(a, multiply(b, c)))
            && multiply(a, add(b, c)).Equals(add(multiply(a, b), multiply(a, c)))
            && multiply(a, one).Equals(a)
            && (a.Equals(default) ? invert(a).Equals(default) : multiply(a, invert(a)).Equals(one));
    }

    private static Fp2 Invert(Fp2 a)
    {
        Fp2.Invert(a, out var inverse);
        return inverse;
    }

    private static Fp6 Add(Fp6 a, Fp6 b)
    {
        Fp6.Add(a, b, out var sum);
        return sum;
    }

    private static Fp6 Multiply(Fp6 a, Fp6 b)
    {
        Fp6.Multiply(a, b, out var product);
        return product;
    }

    private static Fp6 Invert(Fp6 a)
    {
        Fp6.Invert(a, out var inverse);
        return inverse;
    }

    private static Fp12 Add(Fp12 a, Fp12 b)
    {
        Fp12 sum = default;
        Fp6.Add(a.C0, b.C0, out sum.C0);
        Fp6.Add(a.C1, b.C1, out sum.C1);
        return sum;
    }

    private static Fp12 Invert(Fp12 a)
    {
        Fp12.Invert(a, out var inverse);
        return inverse;
    }
}
