using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ProvingMarket.Cli.Audit;
using ProvingMarket.Cli.Commands;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;

namespace ProvingMarket.Cli.Tests;

public sealed class AuditCommandTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("market-audit-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void What_was_written_is_read_again()
    {
        var written = AuditFile.Write(Won());
        var (evidence, problem) = AuditFile.Read(written);
        Assert.Null(problem);
        Assert.Equal(written, AuditFile.Write(evidence!));
    }

    [Fact]
    public async Task A_file_from_which_everything_follows_is_audited_without_a_market()
    {
        var (exitCode, output, error) = await RunAsync("--file", Write(Won()));
        Assert.Equal((ExitCodes.Success, ""), (exitCode, error));
        Assert.Equal(["stage 0, race: 5 entries, computed again", "r1 is Fulfilled, Won: everything follows", ""], output.Split('\n'));
    }

    [Theory]
    [InlineData("\"value\": \"7000000\"", "\"value\": \"9000000\"", "stage 0, entry 3 (Paid): the hash does not follow")]
    [InlineData("\"prover\"", "\"other\"", "stage 0, entry 1 (Leased): the hash does not follow")]
    [InlineData("\"maxPrice\": 10000000,\n    \"phase\"", "\"maxPrice\": 11000000,\n    \"phase\"", "stage 0, entry 0 (Opened): the order pays up to 10 credits, expected 11")]
    [InlineData("\"captured\": 7000000", "\"captured\": 7000001", "settlement: the request pays 7.000001 credits out of its hold, expected 7")]
    [InlineData("\"account\": \"prover-account\"", "\"account\": \"mallory\"", "settlement: the reward of prover to prover-account is 0 credits in the settlement, expected 7")]
    public async Task What_was_changed_is_named(string from, string to, string complaint)
    {
        var text = Encoding.UTF8.GetString(AuditFile.Write(Won()));
        var at = text.IndexOf(from, StringComparison.Ordinal);
        Assert.True(at >= 0, text);
        var file = Path.Combine(_folder.FullName, "changed.json");
        await File.WriteAllTextAsync(file, text[..at] + to + text[(at + from.Length)..]);

        var (exitCode, output, _) = await RunAsync("--file", file);

        Assert.Equal(ExitCodes.Refused, exitCode);
        Assert.Contains(complaint, output, StringComparison.Ordinal);
        Assert.Contains("not everything follows", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removed_tail_is_named_by_the_entry_that_is_missing()
    {
        var evidence = Won();
        var file = Write(evidence with { Stages = [evidence.Stages[0] with { Transcript = evidence.Stages[0].Transcript[..^1] }] });
        var (exitCode, output, _) = await RunAsync("--file", file);
        Assert.Equal(ExitCodes.Refused, exitCode);
        Assert.Contains("stage 0, entry 4 (missing): the run has not ended", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_mechanism_this_program_does_not_know_the_chain_is_checked_and_that_is_said()
    {
        var (exitCode, output, _) = await RunAsync("--file", Write(Won("a-third-partys")));
        Assert.Equal(ExitCodes.Success, exitCode);
        Assert.Contains("stage 0, a-third-partys: 5 entries; this program does not know the mechanism", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_told_as_JSON_too()
    {
        var evidence = Won();
        var file = Write(evidence with { Settlement = null });
        var (exitCode, output, _) = await RunAsync("--file", file, "--json");
        Assert.Equal(ExitCodes.Refused, exitCode);
        using var json = JsonDocument.Parse(output);
        Assert.False(json.RootElement.GetProperty("follows").GetBoolean());
        Assert.Equal("Outcome", json.RootElement.GetProperty("stages")[0].GetProperty("depth").GetString());
        Assert.Contains("nothing is settled", json.RootElement.GetProperty("findings")[0].GetProperty("finding").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_audited_is_unusable()
    {
        var file = Write(Won());
        await UnusableAsync("either REQUEST or --file");
        await UnusableAsync("either REQUEST or --file", "r1", "--file", file);
        await UnusableAsync("--out must be left out", "--file", file, "--out", file);
        await UnusableAsync("exists already", "r1", "--gateway", "127.0.0.1:1", "--out", file);
        await UnusableAsync("must be given", "r1");
        await UnusableAsync("REQUEST", "no id", "--gateway", "127.0.0.1:1");
        await UnusableAsync("does not exist", "--file", file + "x");
        var text = await File.ReadAllTextAsync(file);
        foreach (var (from, to) in new[] { ("\"version\": 1", "\"version\": 2"), ("\"stages\"", "\"phases\""), ("\"Leased\"", "9"), ("\"order\": {", "\"order\": 7, \"x\": {") })
        {
            await File.WriteAllTextAsync(file, text.Replace(from, to, StringComparison.Ordinal));
            await UnusableAsync("cannot be used", "--file", file);
        }
    }

    /// <summary>Every value of a file, in turn, is taken out or becomes something that does not belong there.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("null")]
    [InlineData("[null]")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"x\": null}")]
    [InlineData("\"\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"9999-12-31T23:59:59.9999999+00:00\"")]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    [InlineData("1e400")]
    public async Task A_file_that_nobody_wrote_is_refused_or_unusable_but_no_bug_of_the_program(string? value)
    {
        const string Place = "\"the place\"";
        var text = Encoding.UTF8.GetString(AuditFile.Write(Won()));
        var places = PlacesOf(JsonNode.Parse(text)!).Count();
        var file = Path.Combine(_folder.FullName, "hostile.json");
        for (var place = 0; place < places; place++)
        {
            var root = JsonNode.Parse(text)!;
            var node = PlacesOf(root).ElementAt(place);
            var path = node.GetPath();
            if (value is not null) node.ReplaceWith(JsonValue.Create("the place"));
            else if (node.Parent is JsonObject parent) parent.Remove(node.GetPropertyName());
            else node.Parent!.AsArray().Remove(node);
            await File.WriteAllTextAsync(file, root.ToJsonString().Replace(Place, value, StringComparison.Ordinal));

            var (exitCode, _, error) = await RunAsync("--file", file);

            Assert.True(exitCode is ExitCodes.Success or ExitCodes.Refused or ExitCodes.Unusable, $"{path}: {error}");
        }
    }

    [Theory]
    [InlineData("{\"pi_a\": [], \"protocol\": \"groth16\"}", "was another file")]
    [InlineData("[1, 2]", "was another file")]
    [InlineData("{\"format\": \"proving-market state\", \"version\": 1}", "was \"proving-market state\" 1")]
    [InlineData("{\"format\": \"proving-market audit\", \"version\": 2}", "was \"proving-market audit\" 2")]
    public async Task A_file_of_another_kind_is_told_as_that(string content, string complaint)
    {
        var file = Path.Combine(_folder.FullName, "other.json");
        await File.WriteAllTextAsync(file, content);
        await UnusableAsync($"{file} cannot be used: it must be a proving-market audit file of version 1, as --out writes it, {complaint}", "--file", file);
    }

    [Fact]
    public async Task Amounts_whose_sum_no_amount_can_hold_follow_from_nothing()
    {
        var evidence = Won();
        var credit = evidence.Settlement!.Credits[0] with { Amount = new Credits(long.MaxValue) };
        var (exitCode, output, error) = await RunAsync("--file", Write(evidence with { Settlement = evidence.Settlement with { Credits = [credit, credit] } }));
        Assert.Equal((ExitCodes.Refused, ""), (exitCode, error));
        Assert.Contains("settlement: an amount or a time in it cannot be counted with", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_settlement_without_a_stage_follows_from_nothing()
    {
        var (exitCode, output, error) = await RunAsync("--file", Write(Won() with { Stages = [] }));
        Assert.Equal((ExitCodes.Refused, ""), (exitCode, error));
        Assert.Contains("settlement: the request is settled, and no stage of it was begun", output, StringComparison.Ordinal);
    }

    private static IEnumerable<JsonNode> PlacesOf(JsonNode node)
    {
        var within = node switch
        {
            JsonObject fields => fields.Select(field => field.Value),
            JsonArray elements => elements,
            _ => [],
        };
        return within.OfType<JsonNode>().SelectMany(child => PlacesOf(child).Prepend(child));
    }

    private async Task UnusableAsync(string complaint, params string[] arguments)
    {
        var (exitCode, _, error) = await RunAsync(arguments);
        Assert.Equal(ExitCodes.Unusable, exitCode);
        Assert.Contains(complaint, error, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var exitCode = await MarketCommand.RunAsync(["audit", .. arguments], output, error);
        return (exitCode, output.ToString(), error.ToString());
    }

    private string Write(RequestEvidence evidence)
    {
        var file = Path.Combine(_folder.FullName, "audit.json");
        File.WriteAllBytes(file, AuditFile.Write(evidence));
        return file;
    }

    /// <summary>A race that one prover has won.</summary>
    private static RequestEvidence Won(string mechanism = "race")
    {
        var choice = new MechanismChoice { Name = mechanism, Parameters = new MechanismChoice { Name = "" }.Parameters.Add("reward", "7") };
        var order = new RunOrder
        {
            RequestId = "r1",
            Stage = 0,
            Mechanism = choice,
            Program = new ProgramSummary { ProgramId = new string('a', 64), ProofSystem = "groth16", Name = "preimage", Work = new WorkUnits(1500), PublicInputs = 2 },
            PublicInputs = Bytes.Utf8("""["1","2"]"""),
            MaxPrice = Credits.Whole(10),
            SoftDeadline = At.AddMinutes(1),
            HardDeadline = At.AddMinutes(2),
            Constraints = new RequestConstraints(),
            Account = "alice",
        };
        var run = RunRules.Joined(RunRules.Joining(RunRules.Opened(order, Credits.Zero, At), "prover", "s"), "prover", "s", "prover-account", At);
        run = RaceRules.Verified(run, new RacePrize { Reward = Credits.Whole(7) }, new AcceptedProof
        {
            ProverId = "prover", Proof = Bytes.Utf8("proof"), ReceivedAt = At.AddSeconds(1), VerifiedAt = At.AddSeconds(2),
        });
        var report = run.Report!;
        return new RequestEvidence
        {
            RequestId = "r1",
            Account = "alice",
            MaxPrice = order.MaxPrice,
            Phase = RequestPhase.Fulfilled,
            Outcome = ReasonCode.Won,
            Stages = [new StageEvidence { Stage = 0, Mechanism = choice, TranscriptHash = report.TranscriptHash, Order = order, Transcript = run.Transcript }],
            Settlement = SettlementRules.Of("r1", "alice", order.MaxPrice, report, new SlashSplit(), At),
        };
    }
}
