using ProvingMarket.Proofs.Bn254.Curves;
using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Bn254.Pairings;
using ProvingMarket.Proofs.Tests.Support;
using static ProvingMarket.Proofs.Tests.Support.Generators;

namespace ProvingMarket.Proofs.Tests.Bn254;

/// <summary>The subgroup check against multiplication by r, on points in G2, on the rest of the twist, and between the two.</summary>
public class SubgroupTests
{
    /// <summary>The twist has r·(2p − r) points; the cofactor's small prime factors make points of small order.</summary>
    private static readonly BigInteger Cofactor = (2 * Numbers.P) - Numbers.R;

    [Fact]
    public void The_argument_for_the_check_holds()
    {
        // h(X) = (6x + 2) + X − X² + X³ modulo X² − tX + p is a + bX.
        var t = (6 * Numbers.X * Numbers.X) + 1;
        BigInteger[] h = [(6 * Numbers.X) + 2, 1, -1, 1];
        for (var degree = 3; degree >= 2; degree--)
        {
            h[degree - 1] += h[degree] * t;
            h[degree - 2] -= h[degree] * Numbers.P;
        }

        var (a, b) = (h[0], h[1]);
        var norm = (a * a) + (a * b * t) + (b * b * Numbers.P);
        Assert.Equal(Numbers.R, Numbers.P + 1 - t);
        Assert.Equal(Numbers.R, BigInteger.GreatestCommonDivisor(norm, Numbers.R * Cofactor));

        // And every point of G2 passes: h(p) = 0 modulo r.
        var p = Numbers.P;
        Assert.Equal(BigInteger.Zero, ((6 * Numbers.X) + 2 + p - (p * p) + (p * p * p)) % Numbers.R);
    }

    [Fact]
    public void Psi_satisfies_its_equation_on_the_whole_twist()
    {
        var t = (6 * Numbers.X * Numbers.X) + 1;
        foreach (var point in Points.OfTheTwist().Take(5))
        {
            var image = G2Lines.TwistFrobenius(point);
            Assert.True(image.IsOnCurve(Bn254Curve.B2));
            G2Jacobian.Add(new(G2Lines.TwistFrobenius(image)), new G2Jacobian(point).Multiply(Numbers.P.ToU256()), out var sum);
            Assert.Equal(new G2Jacobian(image).Multiply(t.ToU256()), sum);
        }
    }

    [Fact]
    public void Points_of_G2_pass() => ForAll(G2Gen, q => G2Lines.TryPrepare(q, out _) == !q.IsInfinity, 30);

    [Fact]
    public void Other_points_of_the_twist_are_refused()
    {
        foreach (var point in Points.OfTheTwist().Take(20))
        {
            Assert.True(point.IsOnCurve(Bn254Curve.B2));
            AssertAsMultiplicationSays(point);
            Assert.False(G2Lines.TryPrepare(point, out _));
        }
    }

    [Fact]
    public void Points_without_their_cofactor_pass()
    {
        foreach (var point in Points.OfTheTwist().Take(5))
        {
            var cleared = new G2Jacobian(point).Multiply(Cofactor.ToU256()).ToAffine();
            AssertAsMultiplicationSays(cleared);
            Assert.True(G2Lines.TryPrepare(cleared, out _));
        }
    }

    [Theory]
    [InlineData(10069)]
    [InlineData(5864401)]
    [InlineData(1875725156269)]
    public void Points_of_small_order_are_refused_alone_and_beside_a_point_of_G2(long order)
    {
        // The loop's incomplete formulas meet infinity and ±Q here, where nothing may slip through.
        Assert.Equal(BigInteger.Zero, Cofactor % order);
        var small = new G2Jacobian(Points.OfTheTwist().First()).Multiply(Numbers.R.ToU256()).Multiply((Cofactor / order).ToU256());
        Assert.False(small.IsInfinity);
        for (var k = 1; k <= 20; k++)
        {
            var multiple = small.Multiply(new BigInteger(k).ToU256());
            G2Jacobian.Add(multiple, Points.Generator2, out var mixed);
            AssertAsMultiplicationSays(multiple.ToAffine());
            AssertAsMultiplicationSays(mixed.ToAffine());
            Assert.False(G2Lines.TryPrepare(multiple.ToAffine(), out _));
            Assert.False(G2Lines.TryPrepare(mixed.ToAffine(), out _));
        }
    }

    [Fact]
    public void Points_off_the_twist_and_infinity_are_refused()
    {
        var (x, y) = Points.Generator2;
        Assert.False(G2Lines.TryPrepare(new(x, y + Fp2.One), out _));
        Assert.False(G2Lines.TryPrepare(new(x, Fp2.Zero), out _));
        Assert.False(G2Lines.TryPrepare(G2Point.Infinity, out _));
    }

    private static void AssertAsMultiplicationSays(G2Point point) =>
        Assert.Equal(new G2Jacobian(point).Multiply(Numbers.R.ToU256()).IsInfinity, G2Lines.TryPrepare(point, out _));
}
