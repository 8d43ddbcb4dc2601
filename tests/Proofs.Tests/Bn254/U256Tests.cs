using System.Text;
using FsCheck.Fluent;
using ProvingMarket.Proofs.Bn254.Fields;
using ProvingMarket.Proofs.Tests.Support;
using static ProvingMarket.Proofs.Tests.Support.Generators;

namespace ProvingMarket.Proofs.Tests.Bn254;

public class U256Tests
{
    private static readonly FsCheck.Gen<BigInteger> Number = Below(BigInteger.One << 256).Generator;

    [Fact]
    public void Decimals_are_read_as_BigInteger_reads_them() => ForAll(Below(BigInteger.Pow(10, 77)).Generator, n =>
        U256.TryParseDecimal(Encoding.ASCII.GetBytes(n.ToString()), out var parsed) && parsed.ToBigInteger() == n, 1000);

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("01")]
    [InlineData("00")]
    [InlineData("0x1")]
    [InlineData("1e3")]
    [InlineData("1.0")]
    [InlineData("1_000")]
    [InlineData("１")]
    [InlineData("99999999999999999999999999999999999999999999999999999999999999999999999999999a")]
    [InlineData("100000000000000000000000000000000000000000000000000000000000000000000000000000")]
    public void Anything_but_plain_digits_is_refused(string text) =>
        Assert.False(U256.TryParseDecimal(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void The_longest_number_is_read()
    {
        Assert.True(U256.TryParseDecimal(Encoding.ASCII.GetBytes(new string('9', U256.MaxDecimalDigits)), out var parsed));
        Assert.Equal(BigInteger.Pow(10, 77) - 1, parsed.ToBigInteger());
    }

    [Fact]
    public void Order_is_the_order_of_numbers() => ForAll(Number.Two(), n =>
        n.Item1.ToU256() < n.Item2.ToU256() == n.Item1 < n.Item2 && n.Item1.ToU256() > n.Item2.ToU256() == n.Item1 > n.Item2);

    [Fact]
    public void Bits_are_the_bits_of_the_number() => ForAll(Number, n =>
        n.ToU256().BitLength == n.GetBitLength() && Enumerable.Range(0, 256).All(i => n.ToU256().Bit(i) == !((n >> i) & 1).IsZero));

    [Fact]
    public void Halving_and_subtraction() => ForAll(Number.Two(), n =>
        n.Item1.ToU256().ShiftRight().ToBigInteger() == n.Item1 >> 1
        && BigInteger.Max(n.Item1, n.Item2).ToU256().Subtract(BigInteger.Min(n.Item1, n.Item2).ToU256()).ToBigInteger()
            == BigInteger.Abs(n.Item1 - n.Item2));
}
