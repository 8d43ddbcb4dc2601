using ProvingMarket.Client.Backends.Processes;

namespace ProvingMarket.Client.Tests.Backends;

public class PlainLineTests
{
    [Theory]
    [InlineData("Assert Failed. Error in template Main_1 line: 12\n", 300, "Assert Failed. Error in template Main_1 line: 12")]
    [InlineData("first\r\n\t second third", 300, "first second third")]
    [InlineData("\u001b[2J\u202ename\u0000", 300, "?[2J?name?")]
    [InlineData("Stra\u00dfe \u4e2d\u6587 \ud83d\ude00!", 300, "Stra\u00dfe \u4e2d\u6587 \ud83d\ude00!")]
    [InlineData("a\u0301\u0302", 300, "a??")]
    [InlineData("0123456789", 4, "0123")]
    [InlineData("012\ud83d\ude00", 4, "012")]
    [InlineData(" \n ", 4, "")]
    public void A_text_becomes_one_line_of_what_is_printed(string text, int most, string line) => Assert.Equal(line, PlainLine.Of(text, most));
}
