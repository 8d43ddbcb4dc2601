namespace ProvingMarket.Domain.Tests;

public sealed class IdHashTests
{
    // Test vectors of FNV-1a, 64 bits (RFC 9923, appendix C).
    [Theory]
    [InlineData("", 0xcbf29ce484222325UL)]
    [InlineData("a", 0xaf63dc4c8601ec8cUL)]
    [InlineData("foobar", 0x85944171f73967e8UL)]
    public void It_is_FNV_1a(string id, ulong hash) => Assert.Equal(hash, IdHash.Of(id));

    [Fact]
    public void A_long_id_of_any_characters_is_hashed_as_its_UTF_8()
    {
        var id = string.Concat(Enumerable.Repeat("é€𝄞", 100));
        var hash = 0xcbf29ce484222325UL;
        foreach (var b in System.Text.Encoding.UTF8.GetBytes(id)) hash = unchecked((hash ^ b) * 0x100000001b3UL);
        Assert.Equal(hash, IdHash.Of(id));
    }
}
