using FsCheck.Fluent;

namespace ProvingMarket.Domain.Tests;

public sealed class WorkUnitsTests
{
    [Theory]
    [InlineData(1000, 7, 7)]
    [InlineData(1500, 2_000_000, 3_000_000)]
    [InlineData(1, 1, 1)]
    [InlineData(1, 1000, 1)]
    [InlineData(1, 1001, 2)]
    [InlineData(999, 1, 1)]
    [InlineData(1001, 1, 2)]
    [InlineData(5, 0, 0)]
    public void A_price_is_rounded_up(long milli, long microPerUnit, long expected) =>
        Assert.Equal(expected, new WorkUnits(milli).PriceAt(new Credits(microPerUnit)).Micro);

    [Fact]
    public void A_price_is_the_least_amount_that_covers_the_work() => Property.Holds(
        Gen.Choose(1, int.MaxValue).Zip(Gen.Choose(0, int.MaxValue)), pair =>
        {
            var price = (Int128)new WorkUnits(pair.Item1).PriceAt(new Credits(pair.Item2)).Micro * 1000;
            var exact = (Int128)pair.Item1 * pair.Item2;
            Assert.InRange(price - exact, 0, 999);
        });

    [Fact]
    public void A_price_that_cannot_be_represented_throws() =>
        Assert.Throws<OverflowException>(() => new WorkUnits(long.MaxValue).PriceAt(Credits.Whole(1)));

    [Fact]
    public void A_negative_price_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkUnits(1).PriceAt(new Credits(-1)));

    [Theory]
    [InlineData(1500, "1.5")]
    [InlineData(1, "0.001")]
    [InlineData(2000, "2")]
    public void Is_written_in_whole_units(long milli, string text) => Assert.Equal(text, new WorkUnits(milli).ToString());
}
