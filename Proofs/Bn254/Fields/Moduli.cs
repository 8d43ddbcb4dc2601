namespace ProvingMarket.Proofs.Bn254.Fields;

/// <summary>A prime of 254 bits, in limbs of 52 bits, with what Montgomery arithmetic with R = 2^260 needs to know about it.</summary>
/// <remarks>
/// Properties of a struct type argument: the compiler makes a copy of the arithmetic for each modulus and puts these
/// numbers into the instructions.
/// </remarks>
internal interface IModulus
{
    /// <summary>Limb 0, the least significant.</summary>
    static abstract ulong M0 { get; }

    /// <summary>Limb 1.</summary>
    static abstract ulong M1 { get; }

    /// <summary>Limb 2.</summary>
    static abstract ulong M2 { get; }

    /// <summary>Limb 3.</summary>
    static abstract ulong M3 { get; }

    /// <summary>Limb 4, of 46 bits.</summary>
    static abstract ulong M4 { get; }

    /// <summary>−1/m modulo 2^52.</summary>
    static abstract ulong NegativeInverse { get; }

    /// <summary>2^260 modulo m: the Montgomery form of one.</summary>
    static abstract U256 R { get; }

    /// <summary>2^520 modulo m: multiplying by it takes a number into Montgomery form.</summary>
    static abstract U256 RSquared { get; }
}

/// <summary>p = 36x⁴ + 36x³ + 24x² + 6x + 1 with x = 4965661367192848881: the field of coordinates.</summary>
internal readonly struct BaseModulus : IModulus
{
    public static ulong M0 => 0x08c16d87cfd47;

    public static ulong M1 => 0x916871ca8d3c2;

    public static ulong M2 => 0x181585d97816a;

    public static ulong M3 => 0xa029b85045b68;

    public static ulong M4 => 0x030644e72e131;

    public static ulong NegativeInverse => 0x20782e4866389;

    public static U256 R => new(0x45520880f6fce4b4, 0x49890849baa989a8, 0x85a9201d818f014a, 0x1f16424e1bb7724f);

    public static U256 RSquared => new(0xb868a81d1966eb04, 0x98e6156195018016, 0xbfd531600b4f898c, 0x0a8469a30d3a9969);
}

/// <summary>r = 36x⁴ + 36x³ + 18x² + 6x + 1: the order of the groups, the field of scalars and public inputs.</summary>
internal readonly struct ScalarModulus : IModulus
{
    public static ulong M0 => 0x1f593f0000001;

    public static ulong M1 => 0x4879b9709143e;

    public static ulong M2 => 0x181585d2833e8;

    public static ulong M3 => 0xa029b85045b68;

    public static ulong M4 => 0x030644e72e131;

    public static ulong NegativeInverse => 0x1f593efffffff;

    public static U256 R => new(0xb9db6b753fffffac, 0xcef7c8380f271055, 0x85a9201d818f016e, 0x1f16424e1bb7724f);

    public static U256 RSquared => new(0xce30b852d16da6f5, 0x43ffb6c621620cdd, 0x5e103e7c2af1b953, 0x0281528fa122c3c1);
}
