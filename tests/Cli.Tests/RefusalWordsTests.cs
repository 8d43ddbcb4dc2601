using ProvingMarket.Cli.Commands;

namespace ProvingMarket.Cli.Tests;

/// <summary>A refusal names what the user wrote, an option or a field of the file, and not what the program calls it inside.</summary>
public sealed class RefusalWordsTests : IDisposable
{
    private static readonly string[] Gateway = ["--gateway", "127.0.0.1:1"];
    private static readonly string[] Worker = ["prover", "run", .. Gateway, "--id", "p", "--account", "a"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("market-words-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("--id must be letters, digits, '.', '_', '-' and ':', was 'p p'", "prover", "run", "--account", "a", "--id", "p p")]
    [InlineData("--account must be letters, digits, '.', '_', '-' and ':', was 'a/b'", "prover", "run", "--id", "p", "--account", "a/b")]
    [InlineData("--hardware must be letters, digits, '.', '_', '-' and ':', was 'big gpu'", "prover", "run", "--id", "p", "--account", "a", "--hardware", "big gpu")]
    [InlineData("--circuits: ArtefactsMissing: /nowhere must be an existing folder of circuits", "prover", "run", "--id", "p", "--account", "a", "--circuits", "/nowhere")]
    [InlineData("--circuit: must name circuits of ", "prover", "run", "--id", "p", "--account", "a", "--circuit", "nonsense")]
    [InlineData("--ask must be above 0 with --standing-ask, was 0", "prover", "run", "--id", "p", "--account", "a", "--standing-ask")]
    [InlineData("--arg[0] '{inptu}': ", "prover", "run", "--id", "p", "--account", "a", "--backend", "command", "--command", "/bin/sh", "--arg", "{inptu}")]
    [InlineData("--schema", "state", "export", "--from", "Host=127.0.0.1;Port=1;Username=u", "--to", "/tmp/never.jsonl", "--schema", "a-name-of-a-schema-that-is-longer-than-the-63-bytes-of-its-database")]
    public async Task Options_are_called_as_they_are_written(string complaint, params string[] line)
    {
        var (exitCode, error) = await RunAsync(line[0] == "prover" ? [.. line, .. Gateway] : line);

        Assert.True(exitCode == ExitCodes.Unusable, $"{exitCode}: {error}");
        Assert.StartsWith(complaint, error, StringComparison.Ordinal);
        Assert.DoesNotContain("Options", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"mechanism":{"name":"race","parameters":{"":"1"}}}""", "FieldMissing: mechanism.parameters must be an id")]
    [InlineData("""{"mechanism":{"name":"race","parameters":{"reward":"LONG"}}}""", "FieldTooLarge: mechanism.parameters.reward must be at most 100 characters")]
    [InlineData("""{"program":"0"}""", "ProgramUnknown: program must be a program id")]
    [InlineData("""{"halfLife":"31d"}""", "OutOfRange: halfLife must be 1ms to 30d, was 31d")]
    [InlineData("""{"requestId":"","submitted":"no id"}""", "FieldMissing: --id must be an id, here or as requestId in the file")]
    [InlineData("""{"account":"a/b"}""", "FieldMalformed: account must be ")]
    public async Task Fields_are_called_as_they_are_written(string changes, string complaint)
    {
        var isWithoutId = changes.Contains("no id", StringComparison.Ordinal);
        var file = WriteRequest(changes);
        var (exitCode, error) = await RunAsync(["request", "submit", file, .. Gateway, .. isWithoutId ? [] : (string[])["--id", "r1"], .. changes.Contains("a/b", StringComparison.Ordinal) ? [] : (string[])["--account", "alice"]]);

        Assert.True(exitCode == ExitCodes.Unusable, $"{exitCode}: {error}");
        Assert.StartsWith(complaint, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_option_that_overrides_the_file_is_named_instead_of_the_field()
    {
        var (_, error) = await RunAsync(["request", "submit", WriteRequest("{}"), .. Gateway, "--id", "r/1", "--account", "alice"]);
        Assert.StartsWith("FieldMalformed: --id must be ", error, StringComparison.Ordinal);

        (_, error) = await RunAsync(["request", "submit", WriteRequest("{}"), .. Gateway, "--id", "r1", "--account", "al ice"]);
        Assert.StartsWith("FieldMalformed: --account must be ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("it is not in PATH", "no-such-prover-anywhere")]
    [InlineData("there is no file", "/nowhere/prove")]
    [InlineData("is a folder", "FOLDER")]
    [InlineData("not executable", "FILE")]
    public async Task A_command_that_cannot_be_run_is_refused_at_the_start(string why, string command)
    {
        var file = Path.Combine(_folder.FullName, "prove");
        await File.WriteAllTextAsync(file, "#!/bin/sh\n");
        if (command == "FILE" && OperatingSystem.IsWindows()) return;
        var given = command switch { "FOLDER" => _folder.FullName, "FILE" => file, _ => command };

        var (exitCode, error) = await RunAsync([.. Worker, "--backend", "command", "--command", given, "--arg", "{workdir}"]);

        Assert.True(exitCode == ExitCodes.Unusable, $"{exitCode}: {error}");
        Assert.StartsWith($"BackendMissing: --command '{given}' ", error, StringComparison.Ordinal);
        Assert.Contains(why, error, StringComparison.Ordinal);
        Assert.DoesNotContain("Waiting", error, StringComparison.Ordinal);
    }

    private string WriteRequest(string changes)
    {
        var fields = System.Text.Json.Nodes.JsonNode.Parse($$"""
            { "program": "poseidon-preimage", "input": "{{Path.Combine(AppContext.BaseDirectory, "circuits", "poseidon-preimage", "inputs", "1.json")}}", "maxPrice": "2", "softDeadline": "30s", "hardDeadline": "50s" }
            """)!.AsObject();
        foreach (var (name, value) in System.Text.Json.Nodes.JsonNode.Parse(changes.Replace("LONG", new string('1', 101), StringComparison.Ordinal))!.AsObject().ToArray())
        {
            if (name is not ("submitted" or "requestId")) fields[name] = value!.DeepClone();
        }
        var file = Path.Combine(_folder.FullName, "request.json");
        File.WriteAllText(file, fields.ToJsonString());
        return file;
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(string[] line)
    {
        // What should have been refused waits for a market that is not there.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await using StringWriter error = new();
        return (await MarketCommand.RunAsync(line, TextWriter.Null, error, patience.Token), error.ToString().Trim());
    }
}
