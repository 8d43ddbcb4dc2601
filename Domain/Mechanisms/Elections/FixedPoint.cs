using System.Numerics;

namespace ProvingMarket.Domain.Mechanisms.Elections;

/// <summary>Binary logarithms and powers in integers, with 32 fractional bits: the same result on every machine, which floating-point functions do
/// not promise. Results are off by less than 2^-30.</summary>
public static class FixedPoint
{
    /// <summary>1 as a fixed-point number.</summary>
    public const ulong One = 1UL << FractionBits;

    private const int FractionBits = 32;

    // 2^(2^-1), 2^(2^-2), … with 62 fractional bits: square roots of square roots, rounded down.
    private static readonly ulong[] Roots = MakeRoots();

    /// <summary>log2 of a positive number.</summary>
    public static ulong Log2(ulong number)
    {
        ArgumentOutOfRangeException.ThrowIfZero(number);
        var whole = BitOperations.Log2(number);
        // The mantissa, 1 ≤ m < 2, with 63 fractional bits. Squaring doubles its logarithm: each time it reaches 2, the next bit is set.
        var mantissa = number << (63 - whole);
        var log = (ulong)whole << FractionBits;
        for (var bit = FractionBits - 1; bit >= 0; bit--)
        {
            var square = Math.BigMul(mantissa, mantissa, out var low);
            if (square >> 63 == 0)
            {
                mantissa = (square << 1) | (low >> 63);
            }
            else
            {
                mantissa = square;
                log |= 1UL << bit;
            }
        }
        return log;
    }

    /// <summary>2 to a power, rounded down to a whole number.</summary>
    /// <param name="power">The power; less than 64.</param>
    public static ulong Exp2(ulong power)
    {
        var whole = (int)(power >> FractionBits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(whole, 63, nameof(power));
        var mantissa = 1UL << 62;
        for (var bit = 0; bit < FractionBits; bit++)
        {
            if ((power & (1UL << (FractionBits - 1 - bit))) != 0) mantissa = (ulong)(((UInt128)mantissa * Roots[bit]) >> 62);
        }
        return whole >= 62 ? mantissa << (whole - 62) : mantissa >> (62 - whole);
    }

    private static ulong[] MakeRoots()
    {
        var roots = new ulong[FractionBits];
        var number = new BigInteger(2) << 62;
        for (var i = 0; i < roots.Length; i++)
        {
            number = Root(number << 62);
            roots[i] = (ulong)number;
        }
        return roots;
    }

    private static BigInteger Root(BigInteger square)
    {
        var root = BigInteger.One << (int)((square.GetBitLength() + 1) / 2);
        while (true)
        {
            var better = (root + (square / root)) >> 1;
            if (better >= root) return root;
            root = better;
        }
    }
}
