using System.Runtime.CompilerServices;

namespace ProvingMarket.Proofs.Bn254.Fields;

/// <content>
/// Montgomery products. One row takes one limb of each left factor: the row multiplies it with the right factor, adds a
/// multiple of the modulus that clears the lowest limb, and moves one limb down (operand scanning, reduction interleaved).
/// A sum of products shares its reduction, which is half the work of a product. That is why extension fields are built on sums
/// of products and not on Karatsuba's trade of products for additions.
/// </content>
/// <remarks>
/// A row adds to each limb at most 2·(n + 1) words of 52 bits for a sum of n products, five rows ten times as many: for n = 6
/// that is below 2^60, so nothing overflows before the limbs are settled. The result is below (1 + 0.012·n)·modulus, because
/// modulus² / 2^260 = 0.012·modulus.
/// </remarks>
internal readonly partial struct PrimeField<TModulus>
{
    private const int Rows = 5;

    [MethodImpl(FullOptimization)]
    public static void Multiply(in PrimeField<TModulus> a, in PrimeField<TModulus> b, out PrimeField<TModulus> product)
    {
        ulong t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0, t5 = 0;
        AddRow(a._l0, b, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        ReduceRow(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        AddRow(a._l1, b, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        ReduceRow(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        AddRow(a._l2, b, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        ReduceRow(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        AddRow(a._l3, b, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        ReduceRow(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        AddRow(a._l4, b, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        ReduceRow(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        Settle(t0, t1, t2, t3, t4, out product);
    }

    public static void Square(in PrimeField<TModulus> a, out PrimeField<TModulus> square) => Multiply(a, a, out square);

    /// <summary>a·x + b·y with one reduction.</summary>
    [MethodImpl(FullOptimization)]
    public static void SumOfProducts(
        in PrimeField<TModulus> a, in PrimeField<TModulus> x,
        in PrimeField<TModulus> b, in PrimeField<TModulus> y,
        out PrimeField<TModulus> sum)
    {
        ulong t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0, t5 = 0;
        for (var row = 0; row < Rows; row++)
        {
            AddRow(Limb(a, row), x, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
            AddRow(Limb(b, row), y, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
            ReduceRow(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        }

        Settle(t0, t1, t2, t3, t4, out sum);
    }

    /// <summary>a·x + b·y + c·z + d·w with one reduction.</summary>
    [MethodImpl(FullOptimization)]
    public static void SumOfProducts(
        in PrimeField<TModulus> a, in PrimeField<TModulus> x,
        in PrimeField<TModulus> b, in PrimeField<TModulus> y,
        in PrimeField<TModulus> c, in PrimeField<TModulus> z,
        in PrimeField<TModulus> d, in PrimeField<TModulus> w,
        out PrimeField<TModulus> sum)
    {
        ulong t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0, t5 = 0;
        for (var row = 0; row < Rows; row++)
        {
            AddRow(Limb(a, row), x, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
            AddRow(Limb(b, row), y, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
            AddRow(Limb(c, row), z, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
            AddRow(Limb(d, row), w, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
            ReduceRow(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        }

        Settle(t0, t1, t2, t3, t4, out sum);
    }

    /// <summary>a·x + b·y + c·z + d·w + e·v + f·u with one reduction.</summary>
    [MethodImpl(FullOptimization)]
    public static void SumOfProducts(
        in PrimeField<TModulus> a, in PrimeField<TModulus> x,
        in PrimeField<TModulus> b, in PrimeField<TModulus> y,
        in PrimeField<TModulus> c, in PrimeField<TModulus> z,
        in PrimeField<TModulus> d, in PrimeField<TModulus> w,
        in PrimeField<TModulus> e, in PrimeField<TModulus> v,
        in PrimeField<TModulus> f, in PrimeField<TModulus> u,
        out PrimeField<TModulus> sum)
    {
        ulong t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0, t5 = 0;
        for (var row = 0; row < Rows; row++)
        {
            AddRow(Limb(a, row), x, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
            AddRow(Limb(b, row), y, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
            AddRow(Limb(c, row), z, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
            AddRow(Limb(d, row), w, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
            AddRow(Limb(e, row), v, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
            AddRow(Limb(f, row), u, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
            ReduceRow(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5);
        }

        Settle(t0, t1, t2, t3, t4, out sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Limb(in PrimeField<TModulus> a, int index) => Unsafe.Add(ref Unsafe.AsRef(in a._l0), index);

    /// <summary>t += x·y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(
        ulong x, in PrimeField<TModulus> y,
        ref ulong t0, ref ulong t1, ref ulong t2, ref ulong t3, ref ulong t4, ref ulong t5)
    {
        x <<= 64 - LimbBits;
        t1 += MultiplyShifted(x, y._l0, ref t0);
        t2 += MultiplyShifted(x, y._l1, ref t1);
        t3 += MultiplyShifted(x, y._l2, ref t2);
        t4 += MultiplyShifted(x, y._l3, ref t3);
        t5 += MultiplyShifted(x, y._l4, ref t4);
    }

    /// <summary>t = (t + m·modulus) / 2^52, with the m that clears the lowest limb: only its carry remains.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReduceRow(ref ulong t0, ref ulong t1, ref ulong t2, ref ulong t3, ref ulong t4, ref ulong t5)
    {
        var m = (t0 * TModulus.NegativeInverse) << (64 - LimbBits);
        t1 += Math.BigMul(m, TModulus.M0, out _) + ((t0 + LimbMask) >> LimbBits);
        t2 += MultiplyShifted(m, TModulus.M1, ref t1);
        t3 += MultiplyShifted(m, TModulus.M2, ref t2);
        t4 += MultiplyShifted(m, TModulus.M3, ref t3);
        t5 += MultiplyShifted(m, TModulus.M4, ref t4);
        t0 = t1;
        t1 = t2;
        t2 = t3;
        t3 = t4;
        t4 = t5;
        t5 = 0;
    }

    /// <summary>
    /// A product of two limbs, the first one shifted up by twelve bits: the high word is then the part above 52 bits, and the low
    /// word, shifted back, the part below, which is added.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MultiplyShifted(ulong shifted, ulong limb, ref ulong low)
    {
        var high = Math.BigMul(shifted, limb, out var product);
        low += product >> (64 - LimbBits);
        return high;
    }
}
