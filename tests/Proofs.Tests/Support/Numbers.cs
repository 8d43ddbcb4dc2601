using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Tests.Support;

/// <summary>BigInteger as the oracle: the primes, and the way between its numbers and the field elements under test.</summary>
internal static class Numbers
{
    public static readonly BigInteger X = 4965661367192848881;
    public static readonly BigInteger P = (36 * BigInteger.Pow(X, 4)) + (36 * BigInteger.Pow(X, 3)) + (24 * X * X) + (6 * X) + 1;
    public static readonly BigInteger R = (36 * BigInteger.Pow(X, 4)) + (36 * BigInteger.Pow(X, 3)) + (18 * X * X) + (6 * X) + 1;

    public static U256 ToU256(this BigInteger number)
    {
        Span<byte> bytes = stackalloc byte[32];
        bytes.Clear();
        number.TryWriteBytes(bytes, out _, isUnsigned: true);
        bytes.Reverse();
        return U256.FromBigEndian(bytes);
    }

    public static BigInteger ToBigInteger(this U256 number)
    {
        Span<byte> bytes = stackalloc byte[32];
        number.WriteBigEndian(bytes);
        return new(bytes, isUnsigned: true, isBigEndian: true);
    }

    public static BigInteger ToBigInteger<TModulus>(this PrimeField<TModulus> element)
        where TModulus : struct, IModulus => element.ToU256().ToBigInteger();

    public static PrimeField<TModulus> To<TModulus>(this BigInteger number)
        where TModulus : struct, IModulus
    {
        Assert.True(PrimeField<TModulus>.TryCreate(number.ToU256(), out var element));
        return element;
    }

    public static Fp ToFp(this BigInteger number) => number.To<BaseModulus>();

    public static BigInteger Modulo(this BigInteger number, BigInteger modulus)
    {
        var rest = number % modulus;
        return rest.Sign < 0 ? rest + modulus : rest;
    }

    public static BigInteger Inverse(this BigInteger number, BigInteger prime) => BigInteger.ModPow(number, prime - 2, prime);
}
