using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms.Elections;

namespace ProvingMarket.Domain.Tests.Mechanisms.Elections;

public sealed class FixedPointTests
{
    private const double Unit = FixedPoint.One;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1 * FixedPoint.One)]
    [InlineData(1UL << 63, 63 * FixedPoint.One)]
    [InlineData(3, 6807362105)] // log2(3) · 2^32 = 6807362105.9…
    [InlineData(10, 14267572527)]
    [InlineData(ulong.MaxValue, (64 * FixedPoint.One) - 1)]
    public void Logarithms_are_the_same_on_every_machine(ulong number, ulong log) => Assert.Equal(log, FixedPoint.Log2(number));

    [Fact]
    public void Logarithms_are_right_and_never_fall() => Property.Holds(
        from high in Gen.Choose(0, int.MaxValue) from low in Gen.Choose(0, int.MaxValue) from shift in Gen.Choose(0, 62) select Math.Max(1, (((ulong)high << 32) | (uint)low) >> shift),
        number =>
        {
            Assert.Equal(Math.Log2(number), FixedPoint.Log2(number) / Unit, 1e-8);
            if (number > 1) Assert.True(FixedPoint.Log2(number - 1) <= FixedPoint.Log2(number));
        },
        times: 2_000);

    [Fact]
    public void Powers_undo_logarithms() => Property.Holds(
        from number in Gen.Choose(1, int.MaxValue) from shift in Gen.Choose(0, 30) select (ulong)number << shift,
        number => Assert.Equal(1.0, FixedPoint.Exp2(FixedPoint.Log2(number)) / (double)number, number < 1000 ? 1.0 : 1e-2 / Math.Min(number / 1000.0, 1e4)));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(10 * FixedPoint.One, 1024)]
    [InlineData(63 * FixedPoint.One, 1UL << 63)]
    [InlineData(FixedPoint.One / 2, 1)]
    [InlineData(40 * FixedPoint.One + FixedPoint.One / 2, 1554944255987)] // 2^40.5 = 1554944255987.7…
    public void Powers_are_the_same_on_every_machine(ulong power, ulong number) => Assert.Equal(number, FixedPoint.Exp2(power));

    [Fact]
    public void There_is_no_logarithm_of_nothing() => Assert.Throws<ArgumentOutOfRangeException>(() => FixedPoint.Log2(0));
}
