using ProvingMarket.Client.Tests.Fakes;

namespace ProvingMarket.Client.Tests.Requests;

public sealed class DeadlineTests
{
    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("20s", 20)]
    [InlineData("1.5m", 90)]
    [InlineData("2h", 7200)]
    [InlineData("1d", 86400)]
    public void A_duration_counts_from_the_submission(string text, double seconds)
    {
        Assert.True(Deadline.TryParse(text, out var deadline));
        Assert.Equal(TestClock.Start.AddSeconds(seconds), deadline.From(TestClock.Start));
    }

    [Theory]
    [InlineData("2026-03-01T12:00:20Z")]
    [InlineData("2026-03-01T14:00:20+02:00")]
    [InlineData("2026-03-01T12:00:20.000Z")]
    public void A_time_is_what_it_says(string text)
    {
        Assert.True(Deadline.TryParse(text, out var deadline));
        Assert.Equal(TestClock.Start.AddSeconds(20), deadline.From(TestClock.Start.AddDays(-1)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("20")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("20 s")]
    [InlineData("20sec")]
    [InlineData("1,5s")]
    [InlineData("1e3s")]
    [InlineData("20ss")]
    [InlineData("10001d")]
    [InlineData("99999999999999999999999999s")]
    [InlineData("2026-03-01")]
    [InlineData("2026-03-01T12:00:20")]
    [InlineData("tomorrow")]
    public void Anything_else_is_not_a_deadline(string text) => Assert.False(Deadline.TryParse(text, out _));
}
