using System.Buffers.Binary;

namespace ProvingMarket.Proofs.Bn254.Fields;

/// <summary>A plain 256-bit number, least significant limb first: scalars, exponents and coordinates before they enter a field.</summary>
internal readonly struct U256 : IEquatable<U256>
{
    /// <summary>The most decimal digits a canonical field element has; every number with as many fits 256 bits.</summary>
    public const int MaxDecimalDigits = 77;

    public readonly ulong L0;
    public readonly ulong L1;
    public readonly ulong L2;
    public readonly ulong L3;

    public U256(ulong l0, ulong l1, ulong l2, ulong l3)
    {
        L0 = l0;
        L1 = l1;
        L2 = l2;
        L3 = l3;
    }

    public static U256 Zero => default;

    public bool IsZero => (L0 | L1 | L2 | L3) == 0;

    /// <summary>The number of bits up to the highest set one; 0 for zero.</summary>
    public int BitLength =>
        L3 != 0 ? 256 - (int)ulong.LeadingZeroCount(L3)
        : L2 != 0 ? 192 - (int)ulong.LeadingZeroCount(L2)
        : L1 != 0 ? 128 - (int)ulong.LeadingZeroCount(L1)
        : 64 - (int)ulong.LeadingZeroCount(L0);

    public bool Bit(int index) => ((Limb(index >> 6) >> (index & 63)) & 1) != 0;

    public ulong Limb(int index) => index switch { 0 => L0, 1 => L1, 2 => L2, _ => L3 };

    public static bool operator <(in U256 a, in U256 b)
    {
        if (a.L3 != b.L3)
            return a.L3 < b.L3;
        if (a.L2 != b.L2)
            return a.L2 < b.L2;
        return a.L1 != b.L1 ? a.L1 < b.L1 : a.L0 < b.L0;
    }

    public static bool operator >(in U256 a, in U256 b) => b < a;

    public static bool operator ==(in U256 a, in U256 b) => a.Equals(b);

    public static bool operator !=(in U256 a, in U256 b) => !a.Equals(b);

    public bool Equals(U256 other) =>
        ((L0 ^ other.L0) | (L1 ^ other.L1) | (L2 ^ other.L2) | (L3 ^ other.L3)) == 0;

    public override bool Equals(object? obj) => obj is U256 other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(L0, L1, L2, L3);

    public override string ToString() => $"0x{L3:x16}{L2:x16}{L1:x16}{L0:x16}";

    /// <summary>This number minus a smaller or equal one.</summary>
    public U256 Subtract(in U256 smaller)
    {
        ulong borrow = 0;
        var l0 = Words.Subtract(L0, smaller.L0, ref borrow);
        var l1 = Words.Subtract(L1, smaller.L1, ref borrow);
        var l2 = Words.Subtract(L2, smaller.L2, ref borrow);
        return new(l0, l1, l2, L3 - smaller.L3 - borrow);
    }

    /// <summary>Half of this number, rounded down.</summary>
    public U256 ShiftRight() => new((L0 >> 1) | (L1 << 63), (L1 >> 1) | (L2 << 63), (L2 >> 1) | (L3 << 63), L3 >> 1);

    /// <summary>Reads 32 big-endian bytes.</summary>
    public static U256 FromBigEndian(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, 32, nameof(bytes));
        return new(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }

    /// <summary>Writes 32 big-endian bytes.</summary>
    public void WriteBigEndian(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], L0);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], L1);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], L2);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, L3);
    }

    /// <summary>Reads a canonical decimal: digits only, no leading zero except for zero itself, at most <see cref="MaxDecimalDigits"/>.</summary>
    public static bool TryParseDecimal(ReadOnlySpan<byte> digits, out U256 value)
    {
        value = default;
        if (digits.IsEmpty || digits.Length > MaxDecimalDigits || (digits[0] == '0' && digits.Length > 1))
            return false;

        while (!digits.IsEmpty)
        {
            // 19 digits fit one limb.
            var chunk = digits[..int.Min(19, digits.Length)];
            ulong part = 0, scale = 1;
            foreach (var c in chunk)
            {
                var digit = (uint)(c - '0');
                if (digit > 9)
                    return false;

                part = (part * 10) + digit;
                scale *= 10;
            }

            value = value.MultiplyAdd(scale, part);
            digits = digits[chunk.Length..];
        }

        return true;
    }

    /// <summary>This number times <paramref name="factor"/> plus <paramref name="addend"/>, modulo 2^256.</summary>
    private U256 MultiplyAdd(ulong factor, ulong addend)
    {
        var carry = addend;
        var l0 = Words.MultiplyAdd(L0, factor, 0, ref carry);
        var l1 = Words.MultiplyAdd(L1, factor, 0, ref carry);
        var l2 = Words.MultiplyAdd(L2, factor, 0, ref carry);
        var l3 = Words.MultiplyAdd(L3, factor, 0, ref carry);
        return new(l0, l1, l2, l3);
    }
}
