using System.Text.RegularExpressions;

namespace ProvingMarket.Samples.Tests;

/// <summary>What the pages show is what is compiled and run: every line of their C#, in its order, stands in one file of the samples.</summary>
public sealed partial class DocumentedCodeTests
{
    private static readonly string[] Sources = [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Extending"), "*.cs").Select(Normal)];

    [Theory]
    [InlineData("backends.md")]
    [InlineData("embedding.md")]
    public void Code_on_the_page_is_code_of_the_samples(string page)
    {
        var blocks = Block().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", page))).Select(match => match.Groups["code"].Value).ToArray();

        Assert.True(blocks.Length >= 2, $"{blocks.Length}");
        foreach (var block in blocks)
        {
            // Three dots stand for what is left out.
            var parts = block.Split('…').Select(Trimmed).Where(part => part.Length > 0).ToArray();
            Assert.True(Sources.Any(source => InOrder(source, parts)), block);
        }
    }

    private static bool InOrder(string source, string[] parts)
    {
        var from = 0;
        foreach (var part in parts)
        {
            var at = source.IndexOf(part, from, StringComparison.Ordinal);
            if (at < 0) return false;
            from = at + part.Length;
        }
        return true;
    }

    private static string Normal(string file) => Trimmed(File.ReadAllText(file));

    private static string Trimmed(string code) => Space().Replace(code, " ").Trim();

    [GeneratedRegex(@"```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
