using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Bn254.Curves;

/// <summary>A point (x, y) of y² = x³ + b. (0, 0), which lies on neither curve, stands for the point at infinity, as in EIP-197.</summary>
internal readonly record struct AffinePoint<TField>(TField X, TField Y)
    where TField : struct, IField<TField>
{
    public static AffinePoint<TField> Infinity => default;

    public bool IsInfinity => X.IsZero && Y.IsZero;

    public static AffinePoint<TField> operator -(in AffinePoint<TField> point) => new(point.X, -point.Y);

    /// <summary>Whether the point satisfies the curve's equation; infinity belongs to every curve.</summary>
    public bool IsOnCurve(in TField b) => IsInfinity || (Y * Y) == ((X * X * X) + b);
}
