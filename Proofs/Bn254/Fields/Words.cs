using System.Runtime.CompilerServices;

namespace ProvingMarket.Proofs.Bn254.Fields;

/// <summary>Arithmetic on 64-bit words with carries, written so that the compiler keeps carries out of branches.</summary>
internal static class Words
{
    /// <summary>The low word of a·b + addend + carry; the high word becomes the carry. It never overflows 128 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong MultiplyAdd(ulong a, ulong b, ulong addend, ref ulong carry)
    {
        var high = Math.BigMul(a, b, out var low);
        low += addend;
        high += low < addend ? 1UL : 0UL;
        low += carry;
        high += low < carry ? 1UL : 0UL;
        carry = high;
        return low;
    }

    /// <summary>a + b + carry, with the carry 0 or 1 in and out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Add(ulong a, ulong b, ref ulong carry)
    {
        var sum = a + b;
        var overflow = sum < a ? 1UL : 0UL;
        sum += carry;
        carry = overflow | (sum < carry ? 1UL : 0UL);
        return sum;
    }

    /// <summary>a − b − borrow, with the borrow 0 or 1 in and out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Subtract(ulong a, ulong b, ref ulong borrow)
    {
        var difference = a - b;
        var underflow = a < b ? 1UL : 0UL;
        var result = difference - borrow;
        borrow = underflow | (difference < borrow ? 1UL : 0UL);
        return result;
    }
}
