using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Bn254.Pairings;

/// <summary>Arithmetic in the cyclotomic subgroup, the elements with f^(p⁴ − p² + 1) = 1: conjugation inverts, and squaring is cheap.</summary>
internal static class Cyclotomic
{
    /// <summary>
    /// Squares with three squarings in Fp4 (Granger and Scott, IACR ePrint 2009/565). With s = w³, s² = ξ and f = A + B·w + C·w², A, B and
    /// C in Fp4: f² = (3A² − 2Ā) + (3s·C² + 2B̄)·w + (3B² − 2C̄)·w².
    /// </summary>
    public static void Square(in Fp12 f, out Fp12 square)
    {
        SquareFp4(f.C0.C0, f.C1.C1, out var a0, out var a1);
        SquareFp4(f.C1.C0, f.C0.C2, out var b0, out var b1);
        SquareFp4(f.C0.C1, f.C1.C2, out var c0, out var c1);
        Fp2.MultiplyByXi(c1, out c1);
        TripleMinusTwice(a0, f.C0.C0, out square.C0.C0);
        TriplePlusTwice(a1, f.C1.C1, out square.C1.C1);
        TriplePlusTwice(c1, f.C1.C0, out square.C1.C0);
        TripleMinusTwice(c0, f.C0.C2, out square.C0.C2);
        TripleMinusTwice(b0, f.C0.C1, out square.C0.C1);
        TriplePlusTwice(b1, f.C1.C2, out square.C1.C2);
    }

    /// <summary>f to the power of the curve's parameter x, over signed windows: 62 squarings and 17 products.</summary>
    public static void PowerX(in Fp12 f, out Fp12 power)
    {
        Span<Fp12> odd = stackalloc Fp12[4];
        odd[0] = f;
        Square(f, out var ff);
        for (var i = 1; i < odd.Length; i++)
            Fp12.Multiply(odd[i - 1], ff, out odd[i]);

        power = f;
        foreach (var digit in BnParameter.XWindows[1..])
        {
            Square(power, out power);
            if (digit > 0)
                Fp12.Multiply(power, odd[digit >> 1], out power);
            else if (digit < 0)
                Fp12.Multiply(power, odd[-digit >> 1].Conjugate, out power);
        }
    }

    /// <summary>(a + b·s)² = (a² + ξ·b²) + 2ab·s.</summary>
    private static void SquareFp4(in Fp2 a, in Fp2 b, out Fp2 c0, out Fp2 c1)
    {
        Fp2.Square(a, out var aa);
        Fp2.Square(b, out var bb);
        Fp2.MultiplyByXi(bb, out bb);
        Fp2.Add(aa, bb, out c0);
        Fp2.Multiply(a, b, out c1);
        Fp2.Double(c1, out c1);
    }

    private static void TripleMinusTwice(in Fp2 t, in Fp2 f, out Fp2 result)
    {
        Fp2.Subtract(t, f, out var difference);
        Fp2.Double(difference, out difference);
        Fp2.Add(difference, t, out result);
    }

    private static void TriplePlusTwice(in Fp2 t, in Fp2 f, out Fp2 result)
    {
        Fp2.Add(t, f, out var sum);
        Fp2.Double(sum, out sum);
        Fp2.Add(sum, t, out result);
    }
}
