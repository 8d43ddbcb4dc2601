using System.Diagnostics;
using System.Text.Json;
using ProvingMarket.Cli.Commands;

namespace ProvingMarket.Cli.Tests;

public sealed class SimFaultsCommandTests
{
    [Fact]
    public async Task A_search_that_finds_nothing_exits_0_and_says_what_it_did()
    {
        var (exitCode, output, error) = await Run("--seeds", "1..3", "--lifecycles", "10");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith("seeds        1..3, 10 lifecycles each", output, StringComparison.Ordinal);
        Assert.Contains("violations   0", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_JSON_has_the_documented_names()
    {
        var (exitCode, output, _) = await Run("--seeds", "4..5", "--lifecycles", "10", "--json");
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(0, exitCode);
        Assert.Equal(
            "firstSeed lastSeed lifecyclesPerRun mechanism runs steps virtualSeconds lifecycles faults violations seconds seedsPerSecond",
            string.Join(' ', report.EnumerateObject().Select(p => p.Name)));
        Assert.Equal(2, report.GetProperty("runs").GetInt32());
        Assert.Equal(11, report.GetProperty("faults").EnumerateObject().Count());
        Assert.True(report.GetProperty("lifecycles").EnumerateObject().Sum(end => end.Value.GetInt64()) >= 10);
    }

    [Fact]
    public async Task A_seed_is_the_same_in_every_process()
    {
        var first = await RunProcess("--seed", "7", "--trace", "--lifecycles", "15");
        var second = await RunProcess("--seed", "7", "--trace", "--lifecycles", "15");
        Assert.Equal(0, first.ExitCode);
        Assert.Equal(first, second);
        Assert.Matches(@"\n\d+ steps, hash [0-9a-f]+\s*$", first.Output);

        var (_, other, _) = await Run("--seed", "8", "--trace", "--lifecycles", "15");
        Assert.NotEqual(HashOf(first.Output), HashOf(other));
    }

    [Theory]
    [InlineData("Give either --seeds A..B or --seed N.")]
    [InlineData("Give either --seeds A..B or --seed N.", "--seeds", "1..2", "--seed", "1")]
    [InlineData("--seeds must be A..B", "--seeds", "5..1")]
    [InlineData("--seeds must be A..B", "--seeds", "5")]
    [InlineData("--seed must be 0 or more", "--seed", "-1")]
    [InlineData("--trace needs --seed N", "--seeds", "1..2", "--trace")]
    [InlineData("Give either --trace or --json.", "--seed", "1", "--trace", "--json")]
    [InlineData("--lifecycles must be 1 to 1000000", "--seed", "1", "--lifecycles", "0")]
    [InlineData("--mechanism must be one of cooperative, dutch-auction, elected-race, order-book, race, random-election, sealed-bid-auction; was 'lottery'", "--seed", "1", "--mechanism", "lottery")]
    public async Task Unusable_arguments_exit_2(string complaint, params string[] arguments)
    {
        var (exitCode, output, error) = await Run(arguments);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(complaint, error, StringComparison.Ordinal);
    }

    private static string HashOf(string output) => output.TrimEnd().Split(' ')[^1];

    private static async Task<(int ExitCode, string Output, string Error)> Run(params string[] arguments)
    {
        await using StringWriter output = new(), error = new();
        var exitCode = await MarketCommand.RunAsync(["sim", "faults", .. arguments], output, error);
        return (exitCode, output.ToString(), error.ToString());
    }

    private static async Task<(int ExitCode, string Output)> RunProcess(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (string[])[typeof(MarketCommand).Assembly.Location, "sim", "faults", .. arguments]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
