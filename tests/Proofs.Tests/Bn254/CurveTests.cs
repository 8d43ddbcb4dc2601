using FsCheck.Fluent;
using ProvingMarket.Proofs.Bn254.Curves;
using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Tests.Support;
using static ProvingMarket.Proofs.Tests.Support.Generators;

namespace ProvingMarket.Proofs.Tests.Bn254;

public class CurveTests
{
    [Fact]
    public void G1_is_a_group() => ForAll(G1Gen.Three(), t => IsGroup(t.Item1, t.Item2, t.Item3, Bn254Curve.B1), 200);

    [Fact]
    public void G2_is_a_group() => ForAll(G2Gen.Three(), t => IsGroup(t.Item1, t.Item2, t.Item3, Bn254Curve.B2), 50);

    [Fact]
    public void The_generators_have_order_r()
    {
        Assert.True(Points.Generator1.IsOnCurve(Bn254Curve.B1));
        Assert.True(Points.Generator2.IsOnCurve(Bn254Curve.B2));
        Assert.True(new G1Jacobian(Points.Generator1).Multiply(Numbers.R.ToU256()).IsInfinity);
        Assert.True(new G2Jacobian(Points.Generator2).Multiply(Numbers.R.ToU256()).IsInfinity);
    }

    [Fact]
    public void Multiplication_adds_exponents() => ForAll(G1Gen.Zip(ScalarGen.Two()), t =>
    {
        var (point, (a, b)) = t;
        G1Jacobian p = new(point);
        G1Jacobian.Add(p.Multiply(a.ToU256()), p.Multiply(b.ToU256()), out var sum);
        return sum.Equals(p.Multiply(((a + b) % Numbers.R).ToU256()))
            && p.Multiply(a.ToU256()).Multiply(b.ToU256()).Equals(p.Multiply((a * b % Numbers.R).ToU256()));
    });

    [Fact]
    public void Many_points_become_affine_at_once() => ForAll(
        G1Gen.ArrayOf(9),
        points =>
        {
            var jacobian = points.Select(p => new G1Jacobian(p).Multiply(new(3, 0, 0, 0))).Append(G1Jacobian.Infinity).ToArray();
            return G1Jacobian.ToAffine(jacobian).SequenceEqual(jacobian.Select(p => p.ToAffine()));
        },
        20);

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(130)]
    public void Sums_from_tables_are_sums(int count)
    {
        G1Point[] points = [.. G1Gen.Sample(count - 1), G1Point.Infinity];
        FixedBaseSum table = new(points);
        ForAll(
            ScalarGen.ArrayOf(count),
            scalars =>
            {
                U256[] numbers = [.. scalars.Select(s => s.ToU256())];
                var expected = G1Jacobian.Infinity;
                for (var i = 0; i < count; i++)
                    G1Jacobian.Add(expected, new G1Jacobian(points[i]).Multiply(numbers[i]), out expected);
                table.Sum(numbers, out var sum);
                return sum.Equals(expected);
            },
            count > 100 ? 2 : 30);
    }

    [Fact]
    public void A_sum_over_no_points_is_infinity()
    {
        new FixedBaseSum(default).Sum([], out var sum);
        Assert.True(sum.IsInfinity);
    }

    [Fact]
    public void A_sum_needs_a_scalar_for_each_point() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new FixedBaseSum(new[] { Points.Generator1 }).Sum([], out _));

    [Fact]
    public void Lambda_is_the_cube_root_of_one_that_belongs_to_the_endomorphism()
    {
        var lambda = ShortScalar.Lambda.ToBigInteger();
        Assert.Equal((36 * BigInteger.Pow(Numbers.X, 3)) + (18 * Numbers.X * Numbers.X) + (6 * Numbers.X) + 1, lambda);
        Assert.Equal(BigInteger.Zero, ((lambda * lambda) + lambda + 1) % Numbers.R);
        ForAll(G1Gen, p => new G1Jacobian(p).Multiply(lambda.ToU256()).Equals(new(ShortScalar.Map(p))), 20);
    }

    [Fact]
    public void Sums_with_short_scalars_are_sums() => ForAll(
        G1Gen.Zip(ScalarGen).ArrayOf(3),
        t =>
        {
            G1Point[] points = [.. t.Select(pair => pair.Item1)];
            ShortScalar[] scalars = [.. t.Select(pair => pair.Item2.ToU256()).Select(u => new ShortScalar(u.L0, u.L1))];
            var expected = G1Jacobian.Infinity;
            for (var i = 0; i < points.Length; i++)
                G1Jacobian.Add(expected, new G1Jacobian(points[i]).Multiply(scalars[i].Value.ToU256()), out expected);
            ShortScalar.SumOfProducts(points, scalars, out var sum);
            return sum.Equals(expected);
        },
        30);

    private static bool IsGroup<TField>(AffinePoint<TField> a, AffinePoint<TField> b, AffinePoint<TField> c, TField curve)
        where TField : struct, IField<TField>
    {
        JacobianPoint<TField> p = new(a), q = new(b), r = new(c);
        JacobianPoint<TField>.Double(p, out var twice);
        return Sum(p, q).ToAffine().IsOnCurve(curve)
            && Sum(p, q).Equals(Sum(q, p))
            && Sum(Sum(p, q), r).Equals(Sum(p, Sum(q, r)))
            && Sum(p, JacobianPoint<TField>.Infinity).Equals(p)
            && Sum(p, -p).IsInfinity
            && Sum(p, p).Equals(twice)
            && Mixed(twice, b).Equals(Sum(twice, q))
            && Mixed(p, a).Equals(twice)
            && Mixed(p, -a).IsInfinity
            && Mixed(JacobianPoint<TField>.Infinity, a).Equals(p)
            && new JacobianPoint<TField>(p.ToAffine()).Equals(p);
    }

    private static JacobianPoint<TField> Sum<TField>(JacobianPoint<TField> p, JacobianPoint<TField> q)
        where TField : struct, IField<TField>
    {
        JacobianPoint<TField>.Add(p, q, out var sum);
        return sum;
    }

    private static JacobianPoint<TField> Mixed<TField>(JacobianPoint<TField> p, AffinePoint<TField> q)
        where TField : struct, IField<TField>
    {
        JacobianPoint<TField>.Add(p, q, out var sum);
        return sum;
    }
}
