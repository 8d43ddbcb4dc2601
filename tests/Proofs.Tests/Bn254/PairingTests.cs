using FsCheck.Fluent;
using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Bn254.Pairings;
using ProvingMarket.Proofs.Tests.Support;
using static ProvingMarket.Proofs.Tests.Support.Generators;

namespace ProvingMarket.Proofs.Tests.Bn254;

public class PairingTests
{
    [Fact]
    public void It_is_bilinear() => ForAll(
        ScalarGen.Two(),
        t =>
        {
            var (a, b) = t;
            var p = new G1Jacobian(Points.Generator1).Multiply(a.ToU256()).ToAffine();
            var q = new G2Jacobian(Points.Generator2).Multiply(b.ToU256()).ToAffine();
            var expected = TowerTests.Power(Pair(Points.Generator1, Points.Generator2), a * b % Numbers.R);
            return Pair(p, q) == expected;
        },
        10);

    [Fact]
    public void It_is_not_degenerate_and_has_order_r()
    {
        var value = Pair(Points.Generator1, Points.Generator2);
        Assert.NotEqual(Fp12.One, value);
        Assert.Equal(Fp12.One, TowerTests.Power(value, Numbers.R));
    }

    [Fact]
    public void A_product_is_the_product_of_pairings() => ForAll(
        G1Gen.Zip(G2Gen).ArrayOf(3),
        pairs =>
        {
            Assert.True(Pairing.TryProduct([.. pairs], out var product));
            return product == pairs.Select(pair => Pair(pair.Item1, pair.Item2)).Aggregate(TowerTests.Multiply);
        },
        5);

    [Fact]
    public void Opposite_points_cancel_out() => ForAll(
        G1Gen.Zip(G2Gen),
        pair =>
        {
            var (p, q) = pair;
            return Pairing.TryProduct([(p, q), (-p, q)], out var first) && first == Fp12.One
                && Pairing.TryProduct([(p, q), (p, -q)], out var second) && second == Fp12.One;
        },
        5);

    [Fact]
    public void Infinity_and_the_empty_product_pair_to_one()
    {
        Assert.Equal(Fp12.One, Pair(G1Point.Infinity, Points.Generator2));
        Assert.Equal(Fp12.One, Pair(Points.Generator1, G2Point.Infinity));
        Assert.True(Pairing.TryProduct([], out var empty));
        Assert.Equal(Fp12.One, empty);
    }

    [Fact]
    public void A_point_outside_G2_has_no_pairing_even_beside_infinity()
    {
        var outside = Points.OfTheTwist().First();
        Assert.False(Pairing.TryProduct([(Points.Generator1, Points.Generator2), (Points.Generator1, outside)], out _));
        Assert.False(Pairing.TryProduct([(G1Point.Infinity, outside)], out _));
    }

    [Fact]
    public void The_final_exponentiation_is_the_power_it_says()
    {
        var p = Numbers.P;
        var x = Numbers.X;
        var hard = ((p * p * p * p) - (p * p) + 1) / Numbers.R * (2 * x * ((6 * x * x) + (3 * x) + 1));
        var exponent = (BigInteger.Pow(p, 6) - 1) * ((p * p) + 1) * hard;
        ForAll(
            Fp12Gen.Where(f => f != Fp12.Zero),
            f =>
            {
                FinalExponentiation.Run(f, out var result);
                return result == TowerTests.Power(f, exponent);
            },
            3);
    }

    [Fact]
    public void Its_extra_factor_is_prime_to_r() =>
        Assert.Equal(
            BigInteger.One,
            BigInteger.GreatestCommonDivisor(2 * Numbers.X * ((6 * Numbers.X * Numbers.X) + (3 * Numbers.X) + 1), Numbers.R));

    [Fact]
    public void Cyclotomic_shortcuts_agree_with_plain_arithmetic() => ForAll(
        G1Gen.Where(p => !p.IsInfinity),
        p =>
        {
            var f = Pair(p, Points.Generator2);
            Cyclotomic.Square(f, out var square);
            Cyclotomic.PowerX(f, out var power);
            return square == TowerTests.Multiply(f, f)
                && power == TowerTests.Power(f, Numbers.X)
                && TowerTests.Multiply(f, f.Conjugate) == Fp12.One;
        },
        10);

    [Fact]
    public void An_evaluation_at_infinity_is_an_error_of_the_caller()
    {
        var evaluations = new G1Evaluation[1];
        Assert.Throws<ArgumentException>(() => G1Evaluation.Create([G1Jacobian.Infinity], evaluations));
    }

    private static Fp12 Pair(G1Point p, G2Point q)
    {
        Assert.True(Pairing.TryProduct([(p, q)], out var value));
        return value;
    }
}
