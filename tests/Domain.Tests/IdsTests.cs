namespace ProvingMarket.Domain.Tests;

public sealed class IdsTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("Request_1.2-3:4")]
    [InlineData("0")]
    public void Accepts(string id) => Assert.Null(Ids.Check("requestId", id));

    [Fact]
    public void Accepts_the_longest_and_refuses_one_more()
    {
        Assert.Null(Ids.Check("requestId", new string('x', MarketLimits.IdLength)));
        var refusal = Ids.Check("requestId", new string('x', MarketLimits.IdLength + 1));
        Assert.Equal(Refusal.Of(ReasonCode.FieldTooLarge, "requestId", "at most 100 characters", "101 characters"), refusal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Refuses_nothing(string? id) => Assert.Equal(Refusal.Of(ReasonCode.FieldMissing, "account", "an id"), Ids.Check("account", id));

    [Fact]
    public void Refuses_every_other_character()
    {
        for (var c = '\0'; c < 300; c++)
        {
            var allowed = c < 128 && (char.IsAsciiLetterOrDigit(c) || ".-_:".Contains(c));
            var id = $"a{c}b";
            var expected = allowed ? null : Refusal.Of(ReasonCode.FieldMalformed, "account", "letters, digits, '.', '_', '-' and ':'", id);
            Assert.Equal(expected, Ids.Check("account", id));
        }
    }

    [Fact]
    public void A_digest_is_64_lower_case_hexadecimal_digits()
    {
        var digest = string.Concat(Enumerable.Repeat("0123456789abcdef", 4));
        Assert.Null(Ids.CheckSha256("programId", digest));
        foreach (var bad in new[] { digest[1..], digest + "0", digest.ToUpperInvariant(), digest[1..] + "g", digest[1..] + " " })
            Assert.Equal(Refusal.Of(ReasonCode.FieldMalformed, "programId", "64 lower-case hexadecimal digits", bad), Ids.CheckSha256("programId", bad));
        Assert.Equal(Refusal.Of(ReasonCode.FieldMissing, "programId", "a SHA-256 digest"), Ids.CheckSha256("programId", null));
        Assert.Equal(Refusal.Of(ReasonCode.FieldMissing, "programId", "a SHA-256 digest"), Ids.CheckSha256("programId", ""));
    }
}
