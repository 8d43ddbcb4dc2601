using System.Diagnostics;
using System.Text;
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
    [InlineData("--seed must be 0 to 9223372036854775806", "--seed", "-1")]
    [InlineData("--trace needs --seed N", "--seeds", "1..2", "--trace")]
    [InlineData("Give either --trace or --json.", "--seed", "1", "--trace", "--json")]
    [InlineData("--lifecycles must be 1 to 1000000", "--seed", "1", "--lifecycles", "0")]
    [InlineData("--lifecycles must be 1 to 1000000, was many", "--seed", "1", "--lifecycles", "many")]
    [InlineData("--seed must be 0 to 9223372036854775806, was abc", "--seed", "abc")]
    [InlineData("--seeds must be A..B with 0 <= A <= B, for example 1..100, was 1..x", "--seeds", "1..x")]
    [InlineData("--mechanism must be one of cooperative, dutch-auction, elected-race, order-book, race, random-election, sealed-bid-auction, was lottery", "--seed", "1", "--mechanism", "lottery")]
    public async Task Unusable_arguments_exit_2(string complaint, params string[] arguments)
    {
        var (exitCode, output, error) = await Run(arguments);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(complaint, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_that_is_interrupted_exits_130_and_says_how_far_it_came()
    {
        await using StringWriter output = new(), error = new();

        var exitCode = await MarketCommand.RunAsync(["sim", "faults", "--seeds", "1..7", "--lifecycles", "10"], output, error, new CancellationToken(canceled: true));

        Assert.Equal((130, "Interrupted: 0 of 7 seeds were run."), (exitCode, error.ToString().Trim()));
        Assert.Contains("runs         0 in", output.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A run may be long: it ends in its middle.</summary>
    [Fact]
    public async Task A_traced_run_that_is_interrupted_ends_in_its_middle()
    {
        using var interrupt = new CancellationTokenSource();
        await using var output = new InterruptingWriter(interrupt, line: 100);
        await using var error = new StringWriter();

        var exitCode = await MarketCommand.RunAsync(["sim", "faults", "--seed", "1", "--trace", "--lifecycles", "20000"], output, error, interrupt.Token);

        Assert.Equal((130, "Interrupted."), (exitCode, error.ToString().Trim()));
        Assert.InRange(output.Lines, 100, 1_000);
    }

    private sealed class InterruptingWriter(CancellationTokenSource interrupt, int line) : TextWriter
    {
        public int Lines { get; private set; }

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            if (value == '\n' && ++Lines == line) interrupt.Cancel();
        }
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
