using System.Runtime.CompilerServices;

namespace ProvingMarket.Proofs.Bn254.Fields;

/// <content>The end of every operation: limbs that are too long or negative become an element below the modulus.</content>
internal readonly partial struct PrimeField<TModulus>
{
    /// <summary>
    /// Carries once through the limbs, which are signed. A top limb below the modulus' own means that the number is below it, and
    /// only few numbers need to be looked at more closely: the branch is nearly always predicted.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Settle(ulong t0, ulong t1, ulong t2, ulong t3, ulong t4, out PrimeField<TModulus> result)
    {
        t1 += ShiftSigned(t0, LimbBits);
        t2 += ShiftSigned(t1, LimbBits);
        t3 += ShiftSigned(t2, LimbBits);
        t4 += ShiftSigned(t3, LimbBits);
        result = new(t0 & LimbMask, t1 & LimbMask, t2 & LimbMask, t3 & LimbMask, t4);
        if (t4 >= TModulus.M4)
            result = BringIntoRange(result);
    }

    /// <summary>
    /// The same for numbers from −modulus to 15·modulus: a quotient estimated from the top limb, one too low at most, takes the
    /// multiples of the modulus away.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SettleSmallMultiple(ulong t0, ulong t1, ulong t2, ulong t3, ulong t4, out PrimeField<TModulus> result)
    {
        const int Precision = 58;
        var top = t4 + ShiftSigned(t3, LimbBits) - 1;
        var quotient = ShiftSigned(top * ((1UL << Precision) / (TModulus.M4 + 1)), Precision);
        Settle(
            t0 - (quotient * TModulus.M0),
            t1 - (quotient * TModulus.M1),
            t2 - (quotient * TModulus.M2),
            t3 - (quotient * TModulus.M3),
            t4 - (quotient * TModulus.M4),
            out result);
    }

    /// <summary>Adds or subtracts the modulus until the number is in range; the lower limbs are in order, the top one is signed.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static PrimeField<TModulus> BringIntoRange(PrimeField<TModulus> t)
    {
        while ((long)t._l4 < 0)
        {
            t = Carry(
                t._l0 + TModulus.M0, t._l1 + TModulus.M1, t._l2 + TModulus.M2, t._l3 + TModulus.M3, t._l4 + TModulus.M4);
        }

        while (true)
        {
            var less = Carry(
                t._l0 - TModulus.M0, t._l1 - TModulus.M1, t._l2 - TModulus.M2, t._l3 - TModulus.M3, t._l4 - TModulus.M4);
            if ((long)less._l4 < 0)
                return t;

            t = less;
        }
    }

    private static PrimeField<TModulus> Carry(ulong t0, ulong t1, ulong t2, ulong t3, ulong t4)
    {
        t1 += ShiftSigned(t0, LimbBits);
        t2 += ShiftSigned(t1, LimbBits);
        t3 += ShiftSigned(t2, LimbBits);
        t4 += ShiftSigned(t3, LimbBits);
        return new(t0 & LimbMask, t1 & LimbMask, t2 & LimbMask, t3 & LimbMask, t4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ShiftSigned(ulong limb, int bits) => (ulong)((long)limb >> bits);
}
