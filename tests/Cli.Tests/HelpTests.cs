using System.CommandLine;
using ProvingMarket.Cli.Commands;

namespace ProvingMarket.Cli.Tests;

/// <summary>What the help of every command says.</summary>
public sealed class HelpTests
{
    /// <summary>The commands that do something, by their names as one types them.</summary>
    public static TheoryData<string> Commands => [.. Doing(MarketCommand.Create(), "")];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task It_names_every_exit_code_and_an_example(string command)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(ExitCodes.Success, await MarketCommand.RunAsync([.. command.Split(' '), "--help"], output, error));
        Assert.Equal("", error.ToString());
        var help = output.ToString().Split('\n').Select(line => line.TrimEnd()).ToArray();
        var exitCodes = help.SkipWhile(line => line != "Exit codes:").Skip(1).TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal)).ToArray();
        Assert.Contains(exitCodes, line => line.StartsWith("  0  ", StringComparison.Ordinal));
        Assert.Contains(exitCodes, line => line.StartsWith("  2  ", StringComparison.Ordinal));
        Assert.Contains("  3  the program itself failed", exitCodes);
        Assert.Contains(help, line => line.StartsWith($"  market {command}", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Doing(Command command, string path) => command.Subcommands.Count == 0
        ? [path]
        : command.Subcommands.SelectMany(sub => Doing(sub, $"{path} {sub.Name}".TrimStart()));
}
