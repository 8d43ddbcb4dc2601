using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Bn254.Pairings;
using ProvingMarket.Proofs.Tests.Support;

namespace ProvingMarket.Proofs.Tests.Bn254;

/// <summary>The numbers written into the code are what the curve's parameter makes them.</summary>
public class ModulusTests
{
    [Fact]
    public void The_base_modulus_and_its_constants_follow_from_x() => AssertConstants<BaseModulus>(Numbers.P);

    [Fact]
    public void The_scalar_modulus_and_its_constants_follow_from_x() => AssertConstants<ScalarModulus>(Numbers.R);

    [Fact]
    public void The_ate_loop_is_6x_plus_2() => Assert.Equal((6 * Numbers.X) + 2, Value(BnParameter.AteLoop));

    [Fact]
    public void The_windows_are_x() => Assert.Equal(Numbers.X, Value(BnParameter.XWindows));

    [Fact]
    public void X_is_x() => Assert.Equal(Numbers.X, BnParameter.X);

    [Fact]
    public void A_point_has_as_many_lines_as_the_loop_has_steps()
    {
        var steps = BnParameter.AteLoop[1..];
        var additions = 0;
        foreach (var digit in steps)
            additions += digit == 0 ? 0 : 1;
        Assert.Equal(G2Lines.Count, steps.Length + additions + 2);
    }

    private static void AssertConstants<TModulus>(BigInteger modulus)
        where TModulus : struct, IModulus
    {
        BigInteger[] limbs = [TModulus.M0, TModulus.M1, TModulus.M2, TModulus.M3, TModulus.M4];
        Assert.All(limbs, limb => Assert.True(limb < BigInteger.One << 52));
        Assert.Equal(modulus, limbs.Reverse().Aggregate((high, low) => (high << 52) + low));
        Assert.Equal(modulus, PrimeField<TModulus>.Modulus.ToBigInteger());
        Assert.Equal((BigInteger.One << 52) - 1, TModulus.NegativeInverse * modulus % (BigInteger.One << 52));
        Assert.Equal((BigInteger.One << 260) % modulus, TModulus.R.ToBigInteger());
        Assert.Equal((BigInteger.One << 520) % modulus, TModulus.RSquared.ToBigInteger());
        Assert.Equal(BigInteger.One, PrimeField<TModulus>.One.ToBigInteger());
    }

    private static BigInteger Value(ReadOnlySpan<sbyte> digits)
    {
        var value = BigInteger.Zero;
        foreach (var digit in digits)
            value = (2 * value) + digit;
        return value;
    }
}
