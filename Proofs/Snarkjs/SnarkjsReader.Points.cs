using ProvingMarket.Proofs.Bn254.Curves;
using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Snarkjs;

/// <content>Numbers and points as snarkjs writes them.</content>
internal ref partial struct SnarkjsReader
{
    private const string BaseModulus = "21888242871839275222246405745257275088696311157297823662689037894645226208583";
    private const string ScalarModulus = "21888242871839275222246405745257275088548364400416034343698204186575808495617";

    /// <summary>A public input: a decimal below r.</summary>
    public bool ReadScalar(in FieldPath path, out U256 scalar) =>
        ReadDecimal(path, Fr.Modulus, ScalarModulus, "the scalar field's modulus", out scalar);

    /// <summary>An element of Fp2, [c0, c1].</summary>
    public bool ReadFp2(in FieldPath path, out Fp2 element)
    {
        element = default;
        if (!ReadCoordinates(path, 2, out var c0, out var c1, out _, out var count))
            return false;

        element = new(c0, c1);
        return count == 2 || RefuseLength(path, "2 elements", count);
    }

    /// <summary>
    /// A point of G1: [x, y] or [x, y, "1"], and ["0", "1", "0"] for the point at infinity where it is allowed. Any other third
    /// coordinate is refused: one point has one encoding.
    /// </summary>
    public bool ReadG1(in FieldPath path, bool allowInfinity, out G1Point point)
    {
        point = default;
        if (!ReadCoordinates(path, 3, out var x, out var y, out var z, out var count))
            return false;
        if (count < 2)
            return RefuseLength(path, "2 or 3 elements", count);

        if (count == 3 && z != Fp.One)
        {
            var infinity = z.IsZero && x.IsZero && y == Fp.One;
            return infinity ? allowInfinity || RefuseInfinity(path) : RefuseNotAffine(path);
        }

        point = new(x, y);
        return !point.IsInfinity && point.IsOnCurve(Bn254Curve.B1) || RefuseOffCurve(path, "y² = x³ + 3");
    }

    /// <summary>
    /// A point of the twist: [x, y] or [x, y, ["1", "0"]] with pairs [c0, c1]. The point at infinity is refused. Membership in
    /// the subgroup is checked with the preparation of the point's lines.
    /// </summary>
    public bool ReadG2(in FieldPath path, out G2Point point)
    {
        point = default;
        if (!ExpectArray(path))
            return false;

        var count = 0;
        Span<Fp2> coordinates = stackalloc Fp2[3];
        while (NextElement(path))
        {
            if (count == coordinates.Length)
                return RefuseLength(path, "2 or 3 elements", count + 1);
            if (!ReadFp2(path[count], out coordinates[count]))
                return false;

            count++;
        }

        if (Refusal is not null)
            return false;
        if (count < 2)
            return RefuseLength(path, "2 or 3 elements", count);

        var (x, y, z) = (coordinates[0], coordinates[1], count == 3 ? coordinates[2] : Fp2.One);
        if (z != Fp2.One)
            return z.IsZero && x.IsZero && y == Fp2.One ? RefuseInfinity(path) : RefuseNotAffine(path);

        point = new(x, y);
        return !point.IsInfinity && point.IsOnCurve(Bn254Curve.B2) || RefuseOffCurve(path, "y² = x³ + 3/(9 + u)");
    }

    /// <summary>An element of Fp12 as two triples of pairs, lowest coefficients first.</summary>
    public bool ReadFp12(in FieldPath path, scoped Span<Fp2> coefficients)
    {
        const int Halves = 2, Thirds = 3;
        if (!ExpectArray(path))
            return false;

        for (var half = 0; half < Halves; half++)
        {
            if (!NextElement(path))
                return Refusal is null && RefuseLength(path, "2 elements", half);
            if (!ExpectArray(path[half]))
                return false;

            for (var third = 0; third < Thirds; third++)
            {
                if (!NextElement(path[half]))
                    return Refusal is null && RefuseLength(path[half], "3 elements", third);
                if (!ReadFp2(path[half][third], out coefficients[(half * Thirds) + third]))
                    return false;
            }

            if (NextElement(path[half]))
                return RefuseLength(path[half], "3 elements", Thirds + 1);
        }

        return !NextElement(path) ? Refusal is null : RefuseLength(path, "2 elements", Halves + 1);
    }

    /// <summary>An array of at most <paramref name="max"/> (2 or 3) coordinates in Fp.</summary>
    private bool ReadCoordinates(in FieldPath path, int max, out Fp first, out Fp second, out Fp third, out int count)
    {
        (first, second, third, count) = (default, default, default, 0);
        if (!ExpectArray(path))
            return false;

        while (NextElement(path))
        {
            if (count == max)
                return RefuseLength(path, $"at most {max} elements", count + 1);
            if (!ReadDecimal(path[count], Fp.Modulus, BaseModulus, "the base field's modulus", out var number))
                return false;

            Fp.TryCreate(number, out var element);
            if (count == 0)
                first = element;
            else if (count == 1)
                second = element;
            else
                third = element;
            count++;
        }

        return Refusal is null;
    }

    private bool ReadDecimal(in FieldPath path, in U256 modulus, string limit, string limitName, out U256 number)
    {
        number = default;
        if (!ReadText(path, out var text))
            return false;

        if (text.Length > U256.MaxDecimalDigits)
        {
            return Refuse(
                ProofRefusalCode.NumberTooLong, path.ToString(), $"must have at most {U256.MaxDecimalDigits} digits", $"{U256.MaxDecimalDigits}");
        }

        if (!U256.TryParseDecimal(text, out number))
        {
            return Refuse(
                ProofRefusalCode.NotDecimal, path.ToString(), "must be plain decimal digits without sign, spaces or leading zeros", null);
        }

        return number < modulus || Refuse(ProofRefusalCode.NotCanonical, path.ToString(), $"must be below {limitName} {limit}", limit);
    }

    private bool RefuseLength(in FieldPath path, string expected, int found) => Refuse(new(
        ProofRefusalCode.WrongLength, path.ToString(), $"{path} must have {expected}, not {found}.", expected, $"{found}"));

    private bool RefuseInfinity(in FieldPath path) => Refuse(new(
        ProofRefusalCode.PointAtInfinity, path.ToString(), $"{path} is the point at infinity, which is not allowed there."));

    private bool RefuseNotAffine(in FieldPath path) => Refuse(new(
        ProofRefusalCode.NotAffine, path.ToString(), $"{path} must have the third coordinate 1: points are in affine form.", "1"));

    private bool RefuseOffCurve(in FieldPath path, string equation) => Refuse(new(
        ProofRefusalCode.NotOnCurve, path.ToString(), $"{path} is not on the curve {equation}.", equation));
}
