using System.Runtime.CompilerServices;

namespace ProvingMarket.Proofs.Bn254.Fields;

/// <summary>An element of a 254-bit prime field: five limbs of 52 bits in Montgomery form (the number times 2^260), below the modulus.</summary>
/// <remarks>
/// <para>
/// Why not four limbs of 64 bits: .NET has no add-with-carry, so every carry out of a full limb costs four instructions. With
/// twelve spare bits in each limb carries wait until the end of an operation; a product in Fp12 takes 30 % less time.
/// </para>
/// <para>
/// Verification handles public values only, so nothing here hides timing. This file holds sums; products are in
/// PrimeField.Products.cs, inversion, powers and the way in and out in PrimeField.Conversions.cs.
/// </para>
/// </remarks>
internal readonly partial struct PrimeField<TModulus> : IField<PrimeField<TModulus>>
    where TModulus : struct, IModulus
{
    /// <summary>
    /// A verification calls these methods a million times: waiting for the runtime to find out that they are hot would make a process's
    /// first verifications ten times as slow.
    /// </summary>
    private const MethodImplOptions FullOptimization = MethodImplOptions.AggressiveOptimization;

    private const int LimbBits = 52;
    private const ulong LimbMask = (1UL << LimbBits) - 1;

    private readonly ulong _l0;
    private readonly ulong _l1;
    private readonly ulong _l2;
    private readonly ulong _l3;
    private readonly ulong _l4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private PrimeField(ulong l0, ulong l1, ulong l2, ulong l3, ulong l4)
    {
        _l0 = l0;
        _l1 = l1;
        _l2 = l2;
        _l3 = l3;
        _l4 = l4;
    }

    public static PrimeField<TModulus> Zero => default;

    public static PrimeField<TModulus> One { get; } = FromLimbs(TModulus.R);

    /// <summary>The modulus as a plain number.</summary>
    public static U256 Modulus { get; } =
        new PrimeField<TModulus>(TModulus.M0, TModulus.M1, TModulus.M2, TModulus.M3, TModulus.M4).PackLimbs();

    public bool IsZero => (_l0 | _l1 | _l2 | _l3 | _l4) == 0;

    [MethodImpl(FullOptimization)]
    public static void Add(in PrimeField<TModulus> a, in PrimeField<TModulus> b, out PrimeField<TModulus> sum)
    {
        var t3 = a._l3 + b._l3;
        var t4 = a._l4 + b._l4;

        // The top limb tells whether to subtract the modulus, but for one case in 2^45, which Settle puts right.
        var mask = ShiftSigned(TModulus.M4 - 1 - (t4 + (t3 >> LimbBits)), 63);
        Settle(
            a._l0 + b._l0 - (TModulus.M0 & mask),
            a._l1 + b._l1 - (TModulus.M1 & mask),
            a._l2 + b._l2 - (TModulus.M2 & mask),
            t3 - (TModulus.M3 & mask),
            t4 - (TModulus.M4 & mask),
            out sum);
    }

    [MethodImpl(FullOptimization)]
    public static void Subtract(in PrimeField<TModulus> a, in PrimeField<TModulus> b, out PrimeField<TModulus> difference)
    {
        var t3 = a._l3 - b._l3;
        var t4 = a._l4 - b._l4;
        var mask = ShiftSigned(t4 + ShiftSigned(t3, LimbBits), 63);
        Settle(
            a._l0 - b._l0 + (TModulus.M0 & mask),
            a._l1 - b._l1 + (TModulus.M1 & mask),
            a._l2 - b._l2 + (TModulus.M2 & mask),
            t3 + (TModulus.M3 & mask),
            t4 + (TModulus.M4 & mask),
            out difference);
    }

    [MethodImpl(FullOptimization)]
    public static void Negate(in PrimeField<TModulus> a, out PrimeField<TModulus> negative)
    {
        if (a.IsZero)
        {
            negative = default;
            return;
        }

        Settle(
            TModulus.M0 - a._l0, TModulus.M1 - a._l1, TModulus.M2 - a._l2, TModulus.M3 - a._l3, TModulus.M4 - a._l4, out negative);
    }

    public static void Double(in PrimeField<TModulus> a, out PrimeField<TModulus> twice) => Add(a, a, out twice);

    /// <summary>Half of the element: the number itself, made even by adding the odd modulus, shifted.</summary>
    [MethodImpl(FullOptimization)]
    public static void Halve(in PrimeField<TModulus> a, out PrimeField<TModulus> half)
    {
        var mask = 0UL - (a._l0 & 1);
        var t0 = a._l0 + (TModulus.M0 & mask);
        var t1 = a._l1 + (TModulus.M1 & mask);
        var t2 = a._l2 + (TModulus.M2 & mask);
        var t3 = a._l3 + (TModulus.M3 & mask);
        var t4 = a._l4 + (TModulus.M4 & mask);
        const int Top = LimbBits - 1;
        Settle(
            (t0 >> 1) + ((t1 & 1) << Top), (t1 >> 1) + ((t2 & 1) << Top), (t2 >> 1) + ((t3 & 1) << Top), (t3 >> 1) + ((t4 & 1) << Top),
            t4 >> 1, out half);
    }

    /// <summary>9a + b, the half of a multiplication by ξ.</summary>
    [MethodImpl(FullOptimization)]
    public static void NineTimesPlus(in PrimeField<TModulus> a, in PrimeField<TModulus> b, out PrimeField<TModulus> sum) =>
        SettleSmallMultiple(
            (9 * a._l0) + b._l0, (9 * a._l1) + b._l1, (9 * a._l2) + b._l2, (9 * a._l3) + b._l3, (9 * a._l4) + b._l4, out sum);

    /// <summary>9a − b, the other half.</summary>
    [MethodImpl(FullOptimization)]
    public static void NineTimesMinus(in PrimeField<TModulus> a, in PrimeField<TModulus> b, out PrimeField<TModulus> difference) =>
        SettleSmallMultiple(
            (9 * a._l0) - b._l0, (9 * a._l1) - b._l1, (9 * a._l2) - b._l2, (9 * a._l3) - b._l3, (9 * a._l4) - b._l4, out difference);

    public static PrimeField<TModulus> operator +(in PrimeField<TModulus> a, in PrimeField<TModulus> b)
    {
        Add(a, b, out var sum);
        return sum;
    }

    public static PrimeField<TModulus> operator -(in PrimeField<TModulus> a, in PrimeField<TModulus> b)
    {
        Subtract(a, b, out var difference);
        return difference;
    }

    public static PrimeField<TModulus> operator -(in PrimeField<TModulus> a)
    {
        Negate(a, out var negative);
        return negative;
    }

    public static PrimeField<TModulus> operator *(in PrimeField<TModulus> a, in PrimeField<TModulus> b)
    {
        Multiply(a, b, out var product);
        return product;
    }

    public static bool operator ==(in PrimeField<TModulus> a, in PrimeField<TModulus> b) => a.Equals(b);

    public static bool operator !=(in PrimeField<TModulus> a, in PrimeField<TModulus> b) => !a.Equals(b);

    public bool Equals(PrimeField<TModulus> other) =>
        ((_l0 ^ other._l0) | (_l1 ^ other._l1) | (_l2 ^ other._l2) | (_l3 ^ other._l3) | (_l4 ^ other._l4)) == 0;

    public override bool Equals(object? obj) => obj is PrimeField<TModulus> other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_l0, _l1, _l2, _l3, _l4);

    public override string ToString() => ToU256().ToString();
}
