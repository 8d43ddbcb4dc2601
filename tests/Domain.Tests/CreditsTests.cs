using System.Globalization;
using System.Text.Json;
using FsCheck.Fluent;

namespace ProvingMarket.Domain.Tests;

public sealed class CreditsTests
{
    private static readonly FsCheck.Gen<long> AnyMicro = Gen.OneOf(
        Gen.Choose(int.MinValue, int.MaxValue).Select(n => (long)n),
        Gen.Choose(int.MinValue, int.MaxValue).Zip(Gen.Choose(int.MinValue, int.MaxValue)).Select(pair => ((long)pair.Item1 << 32) ^ pair.Item2),
        Gen.Elements(long.MinValue, long.MaxValue, -1, 0, 1, Credits.MicroPerCredit));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1_000_000)]
    [InlineData("12.5", 12_500_000)]
    [InlineData("0.000001", 1)]
    [InlineData("-0.000001", -1)]
    [InlineData("007", 7_000_000)]
    [InlineData("1.000000", 1_000_000)]
    [InlineData("9223372036854.775807", long.MaxValue)]
    [InlineData("-9223372036854.775808", long.MinValue)]
    public void Reads_decimal_credits(string text, long micro)
    {
        Assert.True(Credits.TryParse(text, out var credits));
        Assert.Equal(micro, credits.Micro);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1,5")]
    [InlineData("1e3")]
    [InlineData("0x10")]
    [InlineData("1.2.3")]
    [InlineData("--1")]
    [InlineData("NaN")]
    [InlineData("0.0000001")]
    [InlineData("9223372036854.775808")]
    [InlineData("-9223372036854.775809")]
    [InlineData("79228162514264337593543950335")] // the largest decimal: times a million it overflows
    [InlineData("-79228162514264337593543950335")]
    [InlineData("1.00000000000000000000000000000001")] // rounded to 1 by the decimal parser
    [InlineData("1.0000000")]
    [InlineData("00000000000000000000000000000001")]
    public void Refuses_what_is_not_an_amount(string? text)
    {
        Assert.False(Credits.TryParse(text, out var credits));
        Assert.Equal(Credits.Zero, credits);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "0.000001")]
    [InlineData(-1, "-0.000001")]
    [InlineData(1_050_000, "1.05")]
    [InlineData(12_000_000, "12")]
    [InlineData(long.MaxValue, "9223372036854.775807")]
    public void Writes_only_the_decimals_it_needs(long micro, string text) => Assert.Equal(text, new Credits(micro).ToString());

    [Fact]
    public void What_it_writes_it_reads() => Property.Holds(AnyMicro, micro =>
    {
        Assert.True(Credits.TryParse(new Credits(micro).ToString(), out var read));
        Assert.Equal(micro, read.Micro);
    });

    [Fact]
    public void Json_is_the_number_of_micro_credits() => Property.Holds(AnyMicro, micro =>
    {
        var json = JsonSerializer.Serialize(new Credits(micro));
        Assert.Equal(micro.ToString(CultureInfo.InvariantCulture), json);
        Assert.Equal(micro, JsonSerializer.Deserialize<Credits>(json).Micro);
    });

    [Theory]
    [InlineData("1.5")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    [InlineData("99999999999999999999")]
    public void Json_that_is_no_integer_is_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Credits>(json));

    [Fact]
    public void Sums_and_differences_are_exact_or_throw() => Property.Holds(AnyMicro.Two(), pair =>
    {
        var (a, b) = pair;
        Check((Int128)a + b, () => new Credits(a) + new Credits(b));
        Check((Int128)a - b, () => new Credits(a) - new Credits(b));
    });

    [Fact]
    public void Scale_is_the_exact_fraction_rounded_towards_zero_or_throws() => Property.Holds(AnyMicro.Three(), numbers =>
    {
        var (micro, numerator, denominator) = numbers;
        if (denominator <= 0) Assert.Throws<ArgumentOutOfRangeException>(() => new Credits(micro).Scale(numerator, denominator));
        else Check((Int128)micro * numerator / denominator, () => new Credits(micro).Scale(numerator, denominator));
    });

    [Theory]
    [InlineData(100, 1, 3, 33)]
    [InlineData(-100, 1, 3, -33)]
    [InlineData(long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue)]
    [InlineData(1, 0, 5, 0)]
    public void Scales(long micro, long numerator, long denominator, long expected) =>
        Assert.Equal(expected, new Credits(micro).Scale(numerator, denominator).Micro);

    [Fact]
    public void Whole_credits_are_checked()
    {
        Assert.Equal(3_000_000, Credits.Whole(3).Micro);
        Assert.Throws<OverflowException>(() => Credits.Whole(long.MaxValue / 1000));
    }

    [Fact]
    public void Compares_as_numbers_do() => Property.Holds(AnyMicro.Two(), pair =>
    {
        var (a, b) = (new Credits(pair.Item1), new Credits(pair.Item2));
        Assert.Equal(pair.Item1 < pair.Item2, a < b);
        Assert.Equal(pair.Item1 > pair.Item2, a > b);
        Assert.Equal(pair.Item1 <= pair.Item2, a <= b);
        Assert.Equal(pair.Item1 >= pair.Item2, a >= b);
        Assert.Equal(pair.Item1 == pair.Item2, a == b);
        Assert.Equal(pair.Item1.CompareTo(pair.Item2), a.CompareTo(b));
        Assert.Equal(Math.Min(pair.Item1, pair.Item2), Credits.Min(a, b).Micro);
    });

    private static void Check(Int128 exact, Func<Credits> computed)
    {
        if (exact >= long.MinValue && exact <= long.MaxValue) Assert.Equal((long)exact, computed().Micro);
        else Assert.Throws<OverflowException>(() => computed());
    }
}
