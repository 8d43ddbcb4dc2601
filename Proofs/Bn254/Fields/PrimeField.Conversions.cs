namespace ProvingMarket.Proofs.Bn254.Fields;

/// <content>The way in and out of Montgomery form, powers and inversion.</content>
internal readonly partial struct PrimeField<TModulus>
{
    private static readonly PrimeField<TModulus> RSquared = FromLimbs(TModulus.RSquared);

    /// <summary>The element for a number; refuses one that is not below the modulus.</summary>
    public static bool TryCreate(in U256 number, out PrimeField<TModulus> element)
    {
        if (number < Modulus)
        {
            Multiply(FromLimbs(number), RSquared, out element);
            return true;
        }

        element = default;
        return false;
    }

    public static PrimeField<TModulus> FromUInt64(ulong number)
    {
        Multiply(FromLimbs(new(number, 0, 0, 0)), RSquared, out var element);
        return element;
    }

    /// <summary>The number below the modulus that this element stands for.</summary>
    public U256 ToU256()
    {
        Multiply(this, new(1, 0, 0, 0, 0), out var plain);
        return plain.PackLimbs();
    }

    public PrimeField<TModulus> Power(in U256 exponent)
    {
        var power = One;
        for (var bit = exponent.BitLength - 1; bit >= 0; bit--)
        {
            Square(power, out power);
            if (exponent.Bit(bit))
                Multiply(power, this, out power);
        }

        return power;
    }

    /// <summary>The inverse by the binary extended Euclidean algorithm; zero for zero.</summary>
    /// <remarks>
    /// Invariant: u·R² = a·b and v·R² = a·c modulo the modulus, where a is the Montgomery form; when u and v meet, at one, b is
    /// the Montgomery form of the inverse.
    /// </remarks>
    public static void Invert(in PrimeField<TModulus> a, out PrimeField<TModulus> inverse)
    {
        if (a.IsZero)
        {
            inverse = default;
            return;
        }

        U256 u = a.PackLimbs(), v = Modulus;
        PrimeField<TModulus> b = RSquared, c = default;
        while (true)
        {
            while ((u.L0 & 1) == 0)
            {
                u = u.ShiftRight();
                Halve(b, out b);
            }

            while ((v.L0 & 1) == 0)
            {
                v = v.ShiftRight();
                Halve(c, out c);
            }

            if (u == v)
                break;

            if (v < u)
            {
                u = u.Subtract(v);
                Subtract(b, c, out b);
            }
            else
            {
                v = v.Subtract(u);
                Subtract(c, b, out c);
            }
        }

        inverse = b;
    }

    /// <summary>The number as limbs, unchanged.</summary>
    private static PrimeField<TModulus> FromLimbs(in U256 number) => new(
        number.L0 & LimbMask,
        ((number.L0 >> 52) | (number.L1 << 12)) & LimbMask,
        ((number.L1 >> 40) | (number.L2 << 24)) & LimbMask,
        ((number.L2 >> 28) | (number.L3 << 36)) & LimbMask,
        number.L3 >> 16);

    /// <summary>The limbs as a number, unchanged.</summary>
    private U256 PackLimbs() => new(
        _l0 | (_l1 << 52),
        (_l1 >> 12) | (_l2 << 40),
        (_l2 >> 24) | (_l3 << 28),
        (_l3 >> 36) | (_l4 << 16));
}
