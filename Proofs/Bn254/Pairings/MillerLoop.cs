using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Bn254.Pairings;

/// <summary>What lines need of a finite point P of G1: x_P/y_P and 1/y_P.</summary>
internal readonly record struct G1Evaluation(Fp Ratio, Fp Inverse)
{
    /// <summary>Evaluations of finite points with one inversion: x/y = X·Z/Y and 1/y = Z³/Y. On G1 no y is zero.</summary>
    public static void Create(ReadOnlySpan<G1Jacobian> points, Span<G1Evaluation> evaluations)
    {
        Span<Fp> inverses = points.Length <= 8 ? stackalloc Fp[points.Length] : new Fp[points.Length];
        Span<Fp> scratch = points.Length <= 8 ? stackalloc Fp[points.Length] : new Fp[points.Length];
        for (var i = 0; i < points.Length; i++)
            inverses[i] = points[i].Y;
        if (!BatchInversion.TryInvert(inverses, scratch))
            throw new ArgumentException("A point has no y to divide by: it is at infinity or not on the curve.", nameof(points));

        for (var i = 0; i < points.Length; i++)
        {
            var z = points[i].Z;
            var zOverY = z * inverses[i];
            evaluations[i] = new(points[i].X * zOverY, z * z * zOverY);
        }
    }
}

/// <summary>A pair whose pairing is a factor of the product.</summary>
internal readonly record struct PairingTerm(G1Evaluation Point, G2Lines Lines);

/// <summary>The Miller loop of the optimal ate pairing over many pairs at once: the squarings are shared.</summary>
internal static class MillerLoop
{
    public static void Run(ReadOnlySpan<PairingTerm> terms, out Fp12 value)
    {
        value = Fp12.One;
        var line = 0;
        foreach (var digit in BnParameter.AteLoop[1..])
        {
            if (line > 0)
                Fp12.Square(value, out value);

            MultiplyLines(terms, line++, ref value);
            if (digit != 0)
                MultiplyLines(terms, line++, ref value);
        }

        MultiplyLines(terms, line++, ref value);
        MultiplyLines(terms, line, ref value);
    }

    private static void MultiplyLines(ReadOnlySpan<PairingTerm> terms, int index, ref Fp12 value)
    {
        foreach (ref readonly var term in terms)
        {
            ref readonly var line = ref term.Lines.Lines[index];
            Fp2.Multiply(line.A, term.Point.Ratio, out var a);
            Fp2.Multiply(line.B, term.Point.Inverse, out var b);
            Fp12.MultiplyByLine(ref value, a, b);
        }
    }
}
