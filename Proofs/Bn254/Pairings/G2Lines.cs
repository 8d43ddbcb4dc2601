using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ProvingMarket.Proofs.Bn254.Curves;
using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Bn254.Pairings;

/// <summary>
/// The lines that the optimal ate Miller loop draws through multiples of a point of G2, ready to be evaluated at any point of G1.
/// Whoever has them knows that the point is in G2. Immutable.
/// </summary>
/// <remarks>
/// <para>
/// A line with slope λ through (x, y) of the twist, evaluated at P and divided by y_P, is 1 − λ·(x_P/y_P)·w + (λ·x − y)·(1/y_P)·w³.
/// Dividing by elements of smaller fields changes nothing after the final exponentiation.
/// </para>
/// <para>
/// <b>Subgroup check.</b> The loop computes T = [6x + 2]Q and goes on to T + ψ(Q) − ψ²(Q), where ψ is the p-th power map carried to
/// the twist. The point is accepted when that equals −ψ³(Q), that is when h(ψ)(Q) = 0 for h(X) = (6x + 2) + X − X² + X³. On G2, ψ
/// multiplies by p, and h(p) ≡ 0 modulo r is what makes the optimal ate pairing work (Vercauteren, "Optimal pairings", IACR
/// ePrint 2008/096), so every point of G2 passes. Conversely ψ satisfies ψ² − tψ + p = 0 with t = 6x² + 1 on the whole twist;
/// reducing h modulo that polynomial to a + bψ and multiplying with its conjugate shows that a point with h(ψ)(Q) = 0 is killed by
/// N = a² + abt + b²p. It is also killed by the twist's order r·(2p − r), hence by the greatest common divisor of the two, which
/// is r: the point is in G2. (The argument is that of Dai et al., "Fast subgroup membership testings for G1, G2 and GT on
/// pairing-friendly curves", IACR ePrint 2022/348, for another h.) The tests compute N and the divisor.
/// </para>
/// <para>
/// The formulas for T are not complete, but they cannot mislead: they fail only when T becomes infinite or meets ±Q, a
/// denominator is zero then, and the point is refused. In G2 neither happens before the end, since r is prime and far above 6x + 2.
/// </para>
/// </remarks>
internal sealed class G2Lines
{
    /// <summary>64 doublings, 21 additions and the two additions of images of ψ.</summary>
    public const int Count = 87;

    /// <summary>How many bytes the lines of a point are.</summary>
    public static readonly long ByteCount = (long)Count * Unsafe.SizeOf<Line>();

    private readonly Line[] _lines;

    private G2Lines(Line[] lines) => _lines = lines;

    /// <summary>The lines in the order in which the loop needs them.</summary>
    public ReadOnlySpan<Line> Lines => _lines;

    /// <summary>Prepares the lines of a finite point on the twist; false when the point is not in G2.</summary>
    public static bool TryPrepare(in G2Point point, [NotNullWhen(true)] out G2Lines? prepared)
    {
        prepared = null;
        if (point.IsInfinity || !point.IsOnCurve(Bn254Curve.B2))
            return false;

        var lines = new Line[Count];
        Span<Fp2> denominators = stackalloc Fp2[Count];
        Span<Fp2> scratch = stackalloc Fp2[Count];

        var negative = -point;
        MultiplePoint multiple = new(point);
        var next = 0;
        foreach (var digit in BnParameter.AteLoop[1..])
        {
            multiple.Double(out lines[next], out denominators[next]);
            next++;
            if (digit == 0)
                continue;

            multiple.Add(digit > 0 ? point : negative, out lines[next], out denominators[next]);
            next++;
        }

        var image = TwistFrobenius(point);
        multiple.Add(image, out lines[next], out denominators[next]);
        next++;
        image = TwistFrobenius(image);
        multiple.Add(-image, out lines[next], out denominators[next]);
        image = TwistFrobenius(image);
        if (!multiple.IsAt(-image) || !BatchInversion.TryInvert(denominators, scratch))
            return false;

        for (var i = 0; i < lines.Length; i++)
            lines[i].DivideBy(denominators[i]);
        prepared = new(lines);
        return true;
    }

    /// <summary>ψ: the p-th power of the untwisted point, twisted again.</summary>
    public static G2Point TwistFrobenius(in G2Point point)
    {
        var (x, y) = Frobenius.Twist;
        return new(point.X.Conjugate * x, point.Y.Conjugate * y);
    }
}

/// <summary>1 + A·(x_P/y_P)·w + B·(1/y_P)·w³.</summary>
internal struct Line
{
    /// <summary>Minus the slope.</summary>
    public Fp2 A;

    /// <summary>The slope times x minus y, for any point (x, y) on the line.</summary>
    public Fp2 B;

    public void DivideBy(in Fp2 inverseDenominator)
    {
        Fp2.Multiply(A, inverseDenominator, out A);
        Fp2.Multiply(B, inverseDenominator, out B);
    }
}

/// <summary>A multiple (X/Z, Y/Z) of the point, in the homogeneous coordinates that suit line computations.</summary>
internal struct MultiplePoint(in G2Point start)
{
    private static readonly Fp2 ThreeB = Bn254Curve.B2 + Bn254Curve.B2 + Bn254Curve.B2;

    private Fp2 _x = start.X;
    private Fp2 _y = start.Y;
    private Fp2 _z = Fp2.One;

    /// <summary>Whether the multiple, if it is finite, is the given point.</summary>
    public readonly bool IsAt(in G2Point point) => _x == point.X * _z && _y == point.Y * _z;

    /// <summary>
    /// Doubles and gives the tangent: slope 3X²/(2YZ) and λ·x − y = (Y² − 3bZ²)/(2YZ). The formulas are those of Costello, Lange and
    /// Naehrig as arranged by Aranha et al., "Faster explicit formulas for computing pairings over ordinary curves", section 4.
    /// </summary>
    public void Double(out Line tangent, out Fp2 denominator)
    {
        Fp2.Multiply(_x, _y, out var a);
        Fp2.Halve(a, out a);
        Fp2.Square(_y, out var b);
        Fp2.Square(_z, out var e);
        Fp2.Multiply(e, ThreeB, out e);
        Fp2.Double(e, out var f);
        Fp2.Add(f, e, out f);
        Fp2.Multiply(_y, _z, out denominator);
        Fp2.Double(denominator, out denominator);

        Fp2.Square(_x, out var xx);
        Fp2.Double(xx, out tangent.A);
        Fp2.Add(tangent.A, xx, out tangent.A);
        Fp2.Negate(tangent.A, out tangent.A);
        Fp2.Subtract(b, e, out tangent.B);

        Fp2.Subtract(b, f, out var bf);
        Fp2.Multiply(a, bf, out _x);
        Fp2.Add(b, f, out var g);
        Fp2.Halve(g, out g);
        Fp2.Square(g, out g);
        Fp2.Multiply(e, f, out e);
        Fp2.Subtract(g, e, out _y);
        Fp2.Multiply(b, denominator, out _z);
    }

    /// <summary>Adds a point and gives the chord: slope θ/λ with θ = Y − y·Z, λ = X − x·Z.</summary>
    public void Add(in G2Point q, out Line chord, out Fp2 denominator)
    {
        Fp2.Multiply(q.Y, _z, out var theta);
        Fp2.Subtract(_y, theta, out theta);
        Fp2.Multiply(q.X, _z, out var lambda);
        Fp2.Subtract(_x, lambda, out lambda);
        denominator = lambda;

        Fp2.Negate(theta, out chord.A);
        Fp2.Multiply(theta, q.X, out chord.B);
        Fp2.Multiply(lambda, q.Y, out var t);
        Fp2.Subtract(chord.B, t, out chord.B);

        Fp2.Square(theta, out var c);
        Fp2.Square(lambda, out var d);
        Fp2.Multiply(lambda, d, out var e);
        Fp2.Multiply(_z, c, out var f);
        Fp2.Multiply(_x, d, out var g);
        Fp2.Add(e, f, out var h);
        Fp2.Subtract(h, g, out h);
        Fp2.Subtract(h, g, out h);
        Fp2.Multiply(lambda, h, out _x);
        Fp2.Subtract(g, h, out g);
        Fp2.Multiply(theta, g, out g);
        Fp2.Multiply(e, _y, out t);
        Fp2.Subtract(g, t, out _y);
        Fp2.Multiply(_z, e, out _z);
    }
}
