using ProvingMarket.Proofs.Bn254.Curves;
using ProvingMarket.Proofs.Bn254.Fields;

namespace ProvingMarket.Proofs.Tests.Support;

/// <summary>Generators, and points of the twist that are in no group of order r.</summary>
internal static class Points
{
    public static G1Point Generator1 { get; } = new(BigInteger.One.ToFp(), new BigInteger(2).ToFp());

    /// <summary>The generator of EIP-197.</summary>
    public static G2Point Generator2 { get; } = new(
        new(
            Parse("10857046999023057135944570762232829481370756359578518086990519993285655852781"),
            Parse("11559732032986387107991004021392285783925812861821192530917403151452391805634")),
        new(
            Parse("8495653923123431417604973247489272438418190587263600148770280649306958101930"),
            Parse("4082367875863433681332203403145435568316851327593401208105741076214120093531")));

    /// <summary>Points of the twist for x = k + u, k = 1, 2, …: as good as random, so none of them has order r.</summary>
    public static IEnumerable<G2Point> OfTheTwist()
    {
        for (ulong k = 1; ; k++)
        {
            Fp2 x = new(Fp.FromUInt64(k), Fp.One);
            if (TrySquareRoot((x * x * x) + Bn254Curve.B2, out var y))
                yield return new(x, y);
        }
    }

    private static Fp Parse(string digits) => BigInteger.Parse(digits).ToFp();

    /// <summary>√(a + bu) through the norm: with n = √(a² + b²) and c = √((a ± n)/2) it is c + b/(2c)·u.</summary>
    private static bool TrySquareRoot(in Fp2 square, out Fp2 root)
    {
        root = default;
        if (!TrySquareRoot((square.C0 * square.C0) + (square.C1 * square.C1), out var norm))
            return false;

        Fp.Halve(square.C0 + norm, out var half);
        if (!TrySquareRoot(half, out var c))
        {
            Fp.Halve(square.C0 - norm, out half);
            if (!TrySquareRoot(half, out c))
                return false;
        }

        Fp.Invert(c + c, out var inverse);
        root = new(c, square.C1 * inverse);
        return (root * root) == square;
    }

    /// <summary>p ≡ 3 modulo 4, so a^((p + 1)/4) is the root if there is one.</summary>
    private static bool TrySquareRoot(in Fp square, out Fp root)
    {
        root = square.Power(((Numbers.P + 1) / 4).ToU256());
        return (root * root) == square;
    }
}
