using System.Text.Json.Nodes;
using ProvingMarket.Cli.Commands;
using ProvingMarket.Cli.Demo;

namespace ProvingMarket.Cli.Tests;

/// <summary>A file that is sent again under its id is the request it was, although its durations lead elsewhere by then; one that asks for anything else is refused by the name of that.</summary>
public sealed class RequestSentAgainTests : IDisposable
{
    private static readonly string[] Account = ["--account", "alice"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("market-again-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task It_is_followed_when_only_the_time_has_passed_and_refused_by_the_field_that_differs()
    {
        await using var silo = await DemoSilo.StartAsync(_folder.CreateSubdirectory("data").FullName, CancellationToken.None);
        string[] gateway = ["--gateway", silo.Gateway.ToString()];
        await DoneAsync(["account", "deposit", .. Account, "--entry", "first", "--amount", "100"]);

        var file = Write("file", "1m", "2m");
        var (first, said) = await DoneAsync(["request", "submit", file, "--id", "r1", .. Account, "--json"]);
        Assert.Empty(said);
        var (again, notice) = await DoneAsync(["request", "submit", file, "--id", "r1", .. Account, "--json"]);
        Assert.Equal("r1", JsonNode.Parse(again)!["requestId"]!.GetValue<string>());
        var at = JsonNode.Parse(first)!["timeline"]![0]!["at"]!.GetValue<DateTimeOffset>();
        Assert.StartsWith($"r1 was submitted at {at:O} and is followed, not submitted again", notice, StringComparison.Ordinal);

        await RefusedAsync("r1 with another softDeadline, hardDeadline", Write("longer", "1m", "3m"));
        await RefusedAsync("r1 with another maxPrice", Write("dearer", "1m", "2m", price: "3"));
        await RefusedAsync("r1 with another softDeadline, hardDeadline", Write("fixed", $"{DateTimeOffset.UtcNow.AddMinutes(1):O}", $"{DateTimeOffset.UtcNow.AddMinutes(2):O}"));

        // What the market has not taken is not taken by being sent again.
        var poor = Write("poor", "1m", "2m", price: "1000");
        foreach (var _ in (int[])[1, 2]) Assert.Contains("BalanceInsufficient", (await RunAsync(["request", "submit", poor, "--id", "r2", .. Account, .. gateway])).Error, StringComparison.Ordinal);

        async Task<(string Output, string Error)> DoneAsync(string[] line)
        {
            var (exitCode, output, error) = await RunAsync([.. line, .. gateway]);
            Assert.True(exitCode == ExitCodes.Success, $"{exitCode}: {error}");
            return (output, error);
        }

        async Task RefusedAsync(string complaint, string refused)
        {
            var (exitCode, output, error) = await RunAsync(["request", "submit", refused, "--id", "r1", .. Account, .. gateway]);
            Assert.Equal((ExitCodes.Refused, ""), (exitCode, output));
            Assert.StartsWith("RequestIdConflict: --id must be a new id", error, StringComparison.Ordinal);
            Assert.Contains(complaint, error, StringComparison.Ordinal);
        }
    }

    private string Write(string name, string soft, string hard, string price = "2")
    {
        var path = Path.Combine(_folder.FullName, $"{name}.json");
        File.WriteAllText(path, new JsonObject
        {
            ["program"] = "poseidon-preimage",
            ["input"] = Path.Combine(AppContext.BaseDirectory, "circuits", "poseidon-preimage", "inputs", "1.json"),
            ["maxPrice"] = price,
            ["softDeadline"] = soft,
            ["hardDeadline"] = hard,
        }.ToJsonString());
        return path;
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] line)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using StringWriter output = new(), error = new();
        var exitCode = await MarketCommand.RunAsync(line, output, error, patience.Token);
        return (exitCode, output.ToString().Trim(), error.ToString().Trim());
    }
}
