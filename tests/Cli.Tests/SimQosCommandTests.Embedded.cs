using System.Text.Json;
using ProvingMarket.Cli.Commands;

namespace ProvingMarket.Cli.Tests;

public sealed class SimQosCommandTests : IDisposable
{
    private static readonly string[] Small = ["--policy", "order-book,random-election,oracle", "--population", "daily-rollup", "--requests", "50"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("qos");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_study_is_printed_as_JSON_with_the_documented_names_and_as_a_page()
    {
        var html = Path.Combine(_folder.FullName, "study.html");
        var (exitCode, output, error) = await Run([.. Small, "--json", "--html", html]);
        Assert.Equal(0, exitCode);
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(
            "firstSeed lastSeed requests warmUp provers workload policies populations breakEven worlds steps",
            string.Join(' ', report.EnumerateObject().Select(property => property.Name)));
        var population = Assert.Single(report.GetProperty("populations").EnumerateArray());
        Assert.Equal("daily-rollup", population.GetProperty("population").GetString());
        Assert.Equal(3, population.GetProperty("policies").GetArrayLength());
        var loss = population.GetProperty("policies")[0].GetProperty("loss");
        Assert.True(loss.GetProperty("low").GetDouble() <= loss.GetProperty("value").GetDouble());
        Assert.Equal(["1/2 ", "2/2 "], error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..4]).Order());
        Assert.StartsWith("<!DOCTYPE html>", await File.ReadAllTextAsync(html), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sizes_come_from_the_column_of_a_file()
    {
        var (exitCode, output, _) = await Run([.. Small, "--workload", FileOf("kind,cycles\na,10\nb,30\n"), "--column", "cycles"]);
        Assert.Equal(0, exitCode);
        Assert.Contains("sizes.csv, cycles: 2 sizes", output, StringComparison.Ordinal);
        Assert.Contains("population daily-rollup", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--population must be all or of mixed, arbitrage-bot", "--population", "everybody")]
    [InlineData("was lottery", "--policy", "race,lottery")]
    [InlineData("--policy oracle needs at least one mechanism beside it.", "--policy", "oracle")]
    [InlineData("--policy oracle needs at least one mechanism beside it.", "--policy", "routed,oracle")]
    [InlineData("--requests must be 50 to 100000, was 49", "--requests", "49")]
    [InlineData("Give either --seeds A..B or --seed N.", "--seed", "1", "--seeds", "1..2")]
    [InlineData("--seeds must be A..B", "--seeds", "2..1")]
    [InlineData("--seeds must be A..B with 0 <= A <= B, for example 1..100, and at most 1000 of them, was 1..2000", "--seeds", "1..2000")]
    [InlineData("--seed must be 0 to 9223372036854775806, was -1", "--seed", "-1")]
    [InlineData("--seed must be 0 to 9223372036854775806, was x", "--seed", "x")]
    [InlineData("--requests must be 50 to 100000, was lots", "--requests", "lots")]
    [InlineData("--column needs --workload.", "--column", "size")]
    [InlineData("--experiment tuning has requesters of its own", "--experiment", "tuning", "--population", "bridge")]
    [InlineData("--experiment tuning needs a mechanism as --policy", "--experiment", "tuning", "--policy", "routed")]
    [InlineData("was nonsense", "--experiment", "tuning", "--policy", "nonsense")]
    [InlineData("nowhere.csv does not exist.", "--workload", "nowhere.csv")]
    public async Task Unusable_arguments_exit_2(string complaint, params string[] arguments)
    {
        var (exitCode, output, error) = await Run(arguments);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(complaint, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_is_no_size_is_named_by_line_and_field()
    {
        var (exitCode, output, error) = await Run("--workload", FileOf("size\n1\nlarge\n"));
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("line 3: size: must be a number above 0 and at most 1e18, was 'large'", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_cannot_be_written_is_said_after_the_report()
    {
        var (exitCode, output, error) = await Run([.. Small, "--html", Path.Combine(_folder.FullName, "no", "such", "folder.html")]);
        Assert.Equal(2, exitCode);
        Assert.Contains("population daily-rollup", output, StringComparison.Ordinal);
        Assert.Contains("--html:", error, StringComparison.Ordinal);
    }

    private string FileOf(string text)
    {
        var path = Path.Combine(_folder.FullName, "sizes.csv");
        File.WriteAllText(path, text);
        return path;
    }

    private static async Task<(int ExitCode, string Output, string Error)> Run(params string[] arguments)
    {
        await using StringWriter output = new(), error = new();
        var exitCode = await MarketCommand.RunAsync(["sim", "qos", .. arguments], output, error);
        return (exitCode, output.ToString(), error.ToString());
    }
}
