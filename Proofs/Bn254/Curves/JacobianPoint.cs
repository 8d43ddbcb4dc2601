using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Bn254.Curves;

/// <summary>A point (X/Z², Y/Z³) of y² = x³ + b; Z = 0 is the point at infinity. The formulas are complete: every case is handled.</summary>
internal readonly struct JacobianPoint<TField>(in TField x, in TField y, in TField z) : IEquatable<JacobianPoint<TField>>
    where TField : struct, IField<TField>
{
    public readonly TField X = x;
    public readonly TField Y = y;
    public readonly TField Z = z;

    public JacobianPoint(in AffinePoint<TField> point)
        : this(point.X, point.Y, point.IsInfinity ? TField.Zero : TField.One)
    {
    }

    public static JacobianPoint<TField> Infinity => default;

    public bool IsInfinity => Z.IsZero;

    public static JacobianPoint<TField> operator -(in JacobianPoint<TField> point) => new(point.X, -point.Y, point.Z);

    public static void Double(in JacobianPoint<TField> p, out JacobianPoint<TField> twice)
    {
        TField.Square(p.X, out var xx);
        TField.Square(p.Y, out var yy);
        TField.Add(xx, xx, out var slope);
        TField.Add(slope, xx, out slope);
        TField.Multiply(p.X, yy, out var s);
        TField.Add(s, s, out s);
        TField.Add(s, s, out s);
        TField.Square(slope, out var x);
        TField.Subtract(x, s, out x);
        TField.Subtract(x, s, out x);
        TField.Subtract(s, x, out s);
        TField.Multiply(slope, s, out var y);
        TField.Square(yy, out yy);
        TField.Add(yy, yy, out yy);
        TField.Add(yy, yy, out yy);
        TField.Add(yy, yy, out yy);
        TField.Subtract(y, yy, out y);
        TField.Multiply(p.Y, p.Z, out var z);
        TField.Add(z, z, out z);
        twice = new(x, y, z);
    }

    public static void Add(in JacobianPoint<TField> p, in AffinePoint<TField> q, out JacobianPoint<TField> sum)
    {
        if (q.IsInfinity)
        {
            sum = p;
            return;
        }

        if (p.IsInfinity)
        {
            sum = new(q);
            return;
        }

        TField.Square(p.Z, out var zz);
        TField.Multiply(q.X, zz, out var h);
        TField.Subtract(h, p.X, out h);
        TField.Multiply(q.Y, zz, out var r);
        TField.Multiply(r, p.Z, out r);
        TField.Subtract(r, p.Y, out r);
        TField.Multiply(p.Z, h, out var z);
        Chord(p, p.X, p.Y, h, r, z, out sum);
    }

    public static void Add(in JacobianPoint<TField> p, in JacobianPoint<TField> q, out JacobianPoint<TField> sum)
    {
        if (p.IsInfinity || q.IsInfinity)
        {
            sum = p.IsInfinity ? q : p;
            return;
        }

        var pzz = p.Z * p.Z;
        var qzz = q.Z * q.Z;
        var x = p.X * qzz;
        var y = p.Y * qzz * q.Z;
        var h = (q.X * pzz) - x;
        var r = (q.Y * pzz * p.Z) - y;
        Chord(p, x, y, h, r, p.Z * q.Z * h, out sum);
    }

    /// <summary>The product with a scalar by double-and-add: for checks and preparation, not for hot paths.</summary>
    public JacobianPoint<TField> Multiply(in U256 scalar)
    {
        var product = Infinity;
        for (var bit = scalar.BitLength - 1; bit >= 0; bit--)
        {
            Double(product, out product);
            if (scalar.Bit(bit))
                Add(product, this, out product);
        }

        return product;
    }

    public AffinePoint<TField> ToAffine()
    {
        TField.Invert(Z, out var inverse);
        return ToAffine(inverse);
    }

    /// <summary>Brings many points to affine form with one inversion.</summary>
    public static AffinePoint<TField>[] ToAffine(ReadOnlySpan<JacobianPoint<TField>> points)
    {
        var inverses = new TField[points.Length];
        for (var i = 0; i < points.Length; i++)
            inverses[i] = points[i].IsInfinity ? TField.One : points[i].Z;
        BatchInversion.TryInvert(inverses, new TField[points.Length]);

        var affine = new AffinePoint<TField>[points.Length];
        for (var i = 0; i < points.Length; i++)
            affine[i] = points[i].IsInfinity ? AffinePoint<TField>.Infinity : points[i].ToAffine(inverses[i]);
        return affine;
    }

    public bool Equals(JacobianPoint<TField> other)
    {
        if (IsInfinity || other.IsInfinity)
            return IsInfinity == other.IsInfinity;

        TField zz = Z * Z, otherZz = other.Z * other.Z;
        return (X * otherZz) == (other.X * zz) && (Y * otherZz * other.Z) == (other.Y * zz * Z);
    }

    public override bool Equals(object? obj) => obj is JacobianPoint<TField> other && Equals(other);

    public override int GetHashCode() => ToAffine().GetHashCode();

    /// <summary>
    /// The sum from the first point scaled to (x, y), h = x₂ − x and r = y₂ − y on the same scale, and the sum's Z. With h = 0
    /// the points are equal or opposite.
    /// </summary>
    private static void Chord(
        in JacobianPoint<TField> p, in TField x, in TField y, in TField h, in TField r, in TField z, out JacobianPoint<TField> sum)
    {
        if (h.IsZero)
        {
            if (r.IsZero)
                Double(p, out sum);
            else
                sum = Infinity;
            return;
        }

        TField.Square(h, out var hh);
        TField.Multiply(h, hh, out var hhh);
        TField.Multiply(x, hh, out var v);
        TField.Square(r, out var sumX);
        TField.Subtract(sumX, hhh, out sumX);
        TField.Subtract(sumX, v, out sumX);
        TField.Subtract(sumX, v, out sumX);
        TField.Subtract(v, sumX, out v);
        TField.Multiply(r, v, out var sumY);
        TField.Multiply(y, hhh, out hhh);
        TField.Subtract(sumY, hhh, out sumY);
        sum = new(sumX, sumY, z);
    }

    private AffinePoint<TField> ToAffine(in TField inverseZ)
    {
        var zz = inverseZ * inverseZ;
        return new(X * zz, Y * zz * inverseZ);
    }
}
