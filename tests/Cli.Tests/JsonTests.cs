using System.CommandLine;
using System.Text.Json;
using ProvingMarket.Cli.Commands;

namespace ProvingMarket.Cli.Tests;

/// <summary>Every command that answers something answers with one JSON object when it is asked to.</summary>
public sealed class JsonTests : IDisposable
{
    /// <summary>It answers nothing: it runs until it is stopped.</summary>
    private const string Worker = "prover run";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("market-json-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Every_command_that_answers_has_the_flag_and_says_the_same_of_it()
    {
        var commands = Leaves(MarketCommand.Create(), "").ToArray();

        Assert.Equal([Worker], commands.Where(leaf => Json(leaf.Command) is null).Select(leaf => leaf.Path));
        Assert.Single(commands.Select(leaf => Json(leaf.Command)).OfType<Option>().Select(option => option.Description).Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_verified_ledger_is_one_object()
    {
        var file = Path.Combine(_folder.FullName, "ledger.jsonl");
        await using (var writer = new StreamWriter(file)) await Ledger.LedgerFile.WriteAsync(writer, []);

        var totals = await RunAsync("ledger", "verify", file, "--json");

        Assert.Equal((0, "0"), (totals.GetProperty("entries").GetInt64(), totals.GetProperty("available").GetString()));
        Assert.Equal(64, totals.GetProperty("sha256").GetString()!.Length);
    }

    private static async Task<JsonElement> RunAsync(params string[] line)
    {
        await using StringWriter output = new(), error = new();
        Assert.Equal((ExitCodes.Success, ""), (await MarketCommand.RunAsync(line, output, error), error.ToString()));
        using var document = JsonDocument.Parse(output.ToString());
        return document.RootElement.Clone();
    }

    private static Option? Json(Command command) => command.Options.FirstOrDefault(option => option.Name == "--json");

    private static IEnumerable<(string Path, Command Command)> Leaves(Command command, string path) => command.Subcommands.Count == 0
        ? [(path, command)]
        : command.Subcommands.SelectMany(child => Leaves(child, path.Length == 0 ? child.Name : $"{path} {child.Name}"));
}
