using System.Globalization;
using System.Text.Json;
using ProvingMarket.EndToEnd.Tests.Processes;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>A market that is used by nothing but the <c>market</c> command: money, a worker, requests from files.</summary>
public sealed class RequestCommandTests(RealProof proof) : IClassFixture<RealProof>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RealProofFiles _files = new(proof);

    public void Dispose()
    {
        _files.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_request_is_submitted_followed_and_delivered()
    {
        var port = Ports.Free();
        await using var silo = await StartSiloAsync(port);
        var file = _files.Request("2m", "3m");
        await DoneAsync(port, "account", "deposit", "--account", "alice", "--entry", "first", "--amount", "10");

        var submitted = Json(await DoneAsync(port, "request", "submit", file, "--id", "r1", "--account", "alice", "--json"));
        Assert.Equal("r1", submitted.GetProperty("requestId").GetString());
        Assert.Contains("10 credits held", submitted.GetProperty("timeline").ToString(), StringComparison.Ordinal);

        // The same request again is the same request, and other deadlines are another.
        Assert.Contains("and is followed, not submitted again", await DoneAsync(port, "request", "submit", file, "--id", "r1", "--account", "alice"), StringComparison.Ordinal);
        await RefusedAsync(port, "RequestIdConflict", "request", "submit", _files.Request("2m", "4m"), "--id", "r1", "--account", "alice");
        await RefusedAsync(port, "BalanceInsufficient", "request", "submit", file, "--id", "r2", "--account", "alice");

        await using var worker = StartWorker(port);
        var delivered = Path.Combine(_folder.Path, "delivered.json");
        var output = await DoneAsync(port, "request", "wait", "r1", "--proof", delivered);
        Assert.Contains("r1 is Fulfilled, Won, proved by carol-1, 10 credits paid", output, StringComparison.Ordinal);
        Assert.Equal(proof.Proof.Proof.ToArray(), await File.ReadAllBytesAsync(delivered));
        await RefusedAsync(port, "RequestEnded", "request", "cancel", "r1");
        await AuditAsync(port);
        Assert.Contains("carol has 10 credits available", await DoneAsync(port, "account", "balance", "--account", "carol"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_names_no_mechanism_is_quoted_routed_and_explained()
    {
        var port = Ports.Free();
        await using var silo = await StartSiloAsync(port);
        var file = _files.RoutedRequest();
        await DoneAsync(port, "account", "deposit", "--account", "alice", "--entry", "first", "--amount", "10");
        await RefusedAsync(port, "nobody is eligible now", "quote", file, "--account", "alice");

        await DoneAsync(port, "request", "submit", file, "--id", "r1", "--account", "alice");
        var before = await DoneAsync(port, "request", "explain", "r1");
        Assert.Contains("eligible: 0", before, StringComparison.Ordinal);
        Assert.Contains("speed is judged by a half-life of 30 s", before, StringComparison.Ordinal);

        await using var worker = StartWorker(port);
        Assert.Contains("r1 is Fulfilled, Won, proved by carol-1", await DoneAsync(port, "request", "wait", "r1"), StringComparison.Ordinal);
        Assert.Contains("realised: a proof after", await DoneAsync(port, "request", "explain", "r1"), StringComparison.Ordinal);
        var json = Json(await DoneAsync(port, "request", "explain", "r1", "--json"));
        Assert.Equal(0, json.GetProperty("decision").GetProperty("eligible").GetInt32());
        Assert.True(json.GetProperty("realised").GetProperty("isDelivered").GetBoolean());
        await RefusedAsync(port, "RequestUnknown", "request", "explain", "nobody");

        // The prover sees what came of it.
        var score = Json(await DoneAsync(port, "prover", "score", "carol-1", "--json"));
        Assert.Equal((true, 1), (score.GetProperty("isLive").GetBoolean(), score.GetProperty("completed").GetInt32()));
        Assert.Contains("carol-1", await DoneAsync(port, "prover", "score", "carol-1"), StringComparison.Ordinal);
        await RefusedAsync(port, "ProverUnknown", "prover", "score", "nobody");
    }

    /// <summary>Saving what is delivered means waiting for it, and what is saved is what snarkjs reads.</summary>
    [Fact]
    public async Task What_is_delivered_is_saved_and_snarkjs_accepts_it()
    {
        var port = Ports.Free();
        await using var silo = await StartSiloAsync(port);
        await DoneAsync(port, "account", "deposit", "--account", "alice", "--entry", "first", "--amount", "10");
        await using var worker = StartWorker(port);
        var (saved, inputs) = (Path.Combine(_folder.Path, "proof.json"), Path.Combine(_folder.Path, "public.json"));

        var output = await DoneAsync(port, "request", "submit", _files.Request("2m", "3m"), "--id", "r1", "--account", "alice", "--proof", saved, "--public", inputs);

        Assert.Contains("r1 is Fulfilled", output, StringComparison.Ordinal);
        var (exitCode, verdict) = await Snarkjs.VerifyAsync(_files.VerificationKey, inputs, saved);
        Assert.True(exitCode == 0 && verdict.Contains("OK!", StringComparison.Ordinal), $"{exitCode}: {verdict}");

        // Nothing is asked of the market when it could not be saved.
        var (unusable, complaint) = await RunAsync(port, "request", "submit", _files.Request("2m", "3m"), "--id", "r2", "--account", "alice", "--public", Path.Combine(_folder.Path, "no", "such", "public.json"));
        Assert.Equal(2, unusable);
        Assert.Contains("--public must be a file in a folder that exists", complaint, StringComparison.Ordinal);
        await RefusedAsync(port, "RequestUnknown: ID must be a submitted request, was r2", "request", "status", "r2");
    }

    /// <summary>A prover is allowed whom nobody knows: the explanation says who is missing, who could be allowed, and what the market would have done.</summary>
    [Fact]
    public async Task A_request_that_names_its_mechanism_is_explained()
    {
        var port = Ports.Free();
        await using var silo = await StartSiloAsync(port);
        await DoneAsync(port, "account", "deposit", "--account", "alice", "--entry", "first", "--amount", "20");
        await using var worker = StartWorker(port);
        await worker.LineAsync(line => line.Contains("Connected", StringComparison.OrdinalIgnoreCase));
        await DoneAsync(port, "request", "submit", _files.RequestOf("carol-01"), "--id", "r1", "--account", "alice");
        // Routers know of a prover when they have looked, about once a second.
        string text;
        var limit = DateTimeOffset.UtcNow.AddMinutes(1);
        do text = await DoneAsync(port, "request", "explain", "r1");
        while (!text.Contains("among allowedProvers", StringComparison.Ordinal) && DateTimeOffset.UtcNow < limit);

        Assert.Contains("the requester named race", text, StringComparison.Ordinal);
        Assert.Contains("weights: speed 1, cost 1, safety 1, censorship resistance 1", text, StringComparison.Ordinal);
        Assert.Contains("of allowedProvers not connected, or without the program: carol-01; the smallest change that would let others in (1): carol-1 among allowedProvers", text, StringComparison.Ordinal);
        var other = Json(await DoneAsync(port, "request", "explain", "r1", "--json")).GetProperty("alternative").GetProperty("decision");
        Assert.Equal("carol-01", Assert.Single(other.GetProperty("absent").EnumerateArray()).GetString());
        Assert.All(other.GetProperty("table").EnumerateArray(), row => Assert.NotEqual("", row.GetProperty("limit").GetString()));

        // Its like without the mistake: now there are forecasts, beside what was named.
        await DoneAsync(port, "request", "submit", _files.RequestOf("carol-1"), "--id", "r2", "--account", "alice", "--wait");
        text = await DoneAsync(port, "request", "explain", "r2");
        Assert.Contains("the requester named race", text, StringComparison.Ordinal);
        Assert.Contains("left to the market, its like would be served now by", text, StringComparison.Ordinal);
        Assert.Contains(Json(await DoneAsync(port, "request", "explain", "r2", "--json")).GetProperty("alternative").GetProperty("decision").GetProperty("table").EnumerateArray(), row => row.GetProperty("isFeasible").GetBoolean());
        Assert.DoesNotContain("among allowedProvers", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Money_moves_are_answered_as_objects_and_refused_in_the_words_of_the_flags()
    {
        var port = Ports.Free();
        await using var silo = await StartSiloAsync(port);
        await using var worker = StartWorker(port);
        await worker.LineAsync(line => line.Contains("Connected", StringComparison.OrdinalIgnoreCase));

        Assert.Equal(("carol", "12.5", "0"), Balance(await DoneAsync(port, "account", "deposit", "--account", "carol", "--entry", "first", "--amount", "12.5", "--json")));
        Assert.Equal(("carol", "10", "0"), Balance(await DoneAsync(port, "account", "withdraw", "--account", "carol", "--entry", "out", "--amount", "2.5", "--json")));
        var staked = Json(await DoneAsync(port, "prover", "stake", "--id", "carol-1", "--entry", "first", "--amount", "4", "--json"));
        Assert.Equal(("carol-1", "first", "4"), (staked.GetProperty("proverId").GetString(), staked.GetProperty("entry").GetString(), staked.GetProperty("staked").GetString()));
        var leaving = Json(await DoneAsync(port, "prover", "unstake", "--id", "carol-1", "--entry", "leaving", "--amount", "1", "--json"));
        Assert.Equal(("1", false), (leaving.GetProperty("amount").GetString(), leaving.GetProperty("isPaid").GetBoolean()));
        Assert.True(leaving.GetProperty("freeAt").GetDateTimeOffset() > DateTimeOffset.UtcNow);
        Assert.Equal(("carol", "6", "0"), Balance(await DoneAsync(port, "account", "balance", "--account", "carol", "--json")));

        await RefusedAsync(port, "BalanceInsufficient: --amount must be at most the available 6 credits, was 7", "account", "withdraw", "--account", "carol", "--entry", "more", "--amount", "7");
        await RefusedAsync(port, "EntryConflict: --amount must be Deposit of 12.5 credits, as applied before under first, was", "account", "deposit", "--account", "carol", "--entry", "first", "--amount", "13");
        await RefusedAsync(port, "ProverUnknown: --id must be a registered prover, was nobody", "prover", "stake", "--id", "nobody", "--entry", "first", "--amount", "1");
        await RefusedAsync(port, "BalanceInsufficient: maxPrice must be at most the available 0 credits, was 10", "request", "submit", _files.Request("2m", "3m"), "--id", "r1", "--account", "alice");

        static (string?, string?, string?) Balance(string output) =>
            Json(output) is var balance ? (balance.GetProperty("account").GetString(), balance.GetProperty("available").GetString(), balance.GetProperty("held").GetString()) : default;
    }

    [Fact]
    public async Task A_request_that_nobody_takes_is_cancelled_and_the_money_comes_back()
    {
        var port = Ports.Free();
        await using var silo = await StartSiloAsync(port);
        await DoneAsync(port, "account", "deposit", "--account", "alice", "--entry", "first", "--amount", "10");
        await DoneAsync(port, "request", "submit", _files.Request("2m", "3m"), "--id", "r1", "--account", "alice");
        Assert.Contains("r1 is Open", await DoneAsync(port, "request", "status", "r1"), StringComparison.Ordinal);

        Assert.Contains("r1 is Cancelled, CancelledByRequester, 0 credits paid", await DoneAsync(port, "request", "cancel", "r1"), StringComparison.Ordinal);
        await RefusedAsync(port, "CancelledByRequester", "request", "wait", "r1");
        Assert.Contains("r1 is Cancelled, CancelledByRequester: everything follows", await DoneAsync(port, "audit", "r1"), StringComparison.Ordinal);
        Assert.Contains("alice has 10 credits available and 0 held", await DoneAsync(port, "account", "balance", "--account", "alice"), StringComparison.Ordinal);
        await RefusedAsync(port, "RequestUnknown", "request", "status", "r2");
    }

    [Theory]
    [InlineData("submit")]
    [InlineData("wait")]
    public async Task A_command_that_follows_a_request_is_interrupted_and_the_request_goes_on(string command)
    {
        var port = Ports.Free();
        await using var silo = await StartSiloAsync(port);
        await DoneAsync(port, "account", "deposit", "--account", "alice", "--entry", "first", "--amount", "10");
        string[] submit = ["request", "submit", _files.Request("2m", "3m"), "--id", "r1", "--account", "alice"];
        if (command == "wait") await DoneAsync(port, submit);
        string[] follow = command == "wait" ? ["request", "wait", "r1"] : [.. submit, "--wait"];
        await using var following = Program.StartInterruptible("market.dll", [.. follow, "--gateway", Gateway(port)]);
        await following.LineAsync(line => line.Contains("Open", StringComparison.Ordinal));

        await following.InterruptAsync();

        Assert.Equal(130, await following.ExitAsync());
        Assert.DoesNotContain("   at ", following.Output, StringComparison.Ordinal);
        Assert.Contains("r1 is Open", await DoneAsync(port, "request", "status", "r1"), StringComparison.Ordinal);
    }

    /// <summary>The sample batch, proved by snarkjs in four workers of a committee of four, of whom each statement has two.</summary>
    [Fact]
    public async Task A_batch_is_proved_by_a_committee_of_processes_and_audited()
    {
        var port = Ports.Free();
        await using var silo = await StartSiloAsync(port);
        await DoneAsync(port, "account", "deposit", "--account", "alice", "--entry", "first", "--amount", "8");
        var workers = Enumerable.Range(1, 4).Select(n => Program.Start(
            "market.dll", "prover", "run", "--id", $"member-{n}", "--account", $"account-{n}", "--circuits", _files.Circuits, "--circuit", _files.Circuit, "--gateway", Gateway(port))).ToArray();
        try
        {
            for (var n = 1; n <= 4; n++)
            {
                await workers[n - 1].LineAsync(line => line.Contains("Connected", StringComparison.OrdinalIgnoreCase));
                await DoneAsync(port, "account", "deposit", "--account", $"account-{n}", "--entry", "first", "--amount", "1");
                await DoneAsync(port, "prover", "stake", "--id", $"member-{n}", "--entry", "first", "--amount", "1");
            }
            var batch = Path.Combine(AppContext.BaseDirectory, "samples", "requests", "batch.json");
            Assert.Contains("cooperative: made for batches", await DoneAsync(port, "quote", batch, "--account", "alice"), StringComparison.Ordinal);
            var output = await DoneAsync(port, "request", "submit", batch, "--id", "b1", "--account", "alice", "--wait", "--proof", Path.Combine(_folder.Path, "proof.json"));
            Assert.Contains("b1 is Fulfilled, Won", output, StringComparison.Ordinal);
            Assert.Contains("4 of 4 statements proved", output, StringComparison.Ordinal);
        }
        finally
        {
            foreach (var worker in workers) await worker.DisposeAsync();
        }

        var proved = Json(await DoneAsync(port, "request", "status", "b1", "--json")).GetProperty("proved").EnumerateArray().ToArray();
        Assert.Equal([0, 1, 2, 3], proved.Select(statement => statement.GetProperty("statement").GetInt32()).Order());
        Assert.Equal(4, Enumerable.Range(0, 4).Select(n => File.ReadAllText(Path.Combine(_folder.Path, $"proof.{n}.json"))).Distinct(StringComparer.Ordinal).Count());
        Assert.Contains("b1 is Fulfilled, Won: everything follows", await DoneAsync(port, "audit", "b1"), StringComparison.Ordinal);
        Assert.Contains("alice has 0 credits available and 0 held", await DoneAsync(port, "account", "balance", "--account", "alice"), StringComparison.Ordinal);
        for (var n = 1; n <= 4; n++)
        {
            // Two credits for each statement that it has proved.
            var earned = 2 * proved.Count(statement => statement.GetProperty("proverId").GetString() == $"member-{n}");
            Assert.Contains($"account-{n} has {earned} credits available", await DoneAsync(port, "account", "balance", "--account", $"account-{n}"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_file_that_is_no_request_is_unusable()
    {
        var file = Path.Combine(_folder.Path, "wrong.json");
        await File.WriteAllTextAsync(file, """{"program":"poseidon-preimage","maxPrice":"10","surprise":1}""");

        var (exitCode, output) = await RunAsync(1, "request", "submit", file, "--id", "r1", "--account", "alice");

        Assert.Equal(2, exitCode);
        Assert.Contains("input", output, StringComparison.Ordinal);
    }

    /// <summary>Whoever has the file needs no market; whoever pays himself more in it is found.</summary>
    private async Task AuditAsync(int port)
    {
        var file = Path.Combine(_folder.Path, "audit.json");
        Assert.Contains("stage 0, race: 5 entries, computed again", await DoneAsync(port, "audit", "r1", "--out", file), StringComparison.Ordinal);
        await RefusedAsync(port, "RequestUnknown", "audit", "nobody");
        Assert.Equal((0, true), await FollowsAsync(file));
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("\"value\": \"10000000\"", "\"value\": \"10000001\"", StringComparison.Ordinal));
        Assert.Equal((1, false), await FollowsAsync(file));
    }

    private static async Task<(int ExitCode, bool Follows)> FollowsAsync(string file)
    {
        await using var market = Program.Start("market.dll", "audit", "--file", file, "--json");
        var exitCode = await market.ExitAsync(TimeSpan.FromMinutes(2));
        return (exitCode, Json(market.Output).GetProperty("follows").GetBoolean());
    }

    private static async Task<Program> StartSiloAsync(int port)
    {
        var silo = Program.Start("ProvingMarket.Silo.dll", "--storage", "memory", "--gateway-port", port.ToString(CultureInfo.InvariantCulture), "--silo-port", "0", "--web-port", "0");
        await silo.LineAsync(line => line.Contains("Open requests resumed", StringComparison.Ordinal));
        return silo;
    }

    private Program StartWorker(int port) => Program.Start("market.dll", [.. _files.Worker("carol-1", "carol"), "--gateway", Gateway(port)]);

    private static async Task<string> DoneAsync(int port, params string[] arguments)
    {
        var (exitCode, output) = await RunAsync(port, arguments);
        Assert.True(exitCode == 0, $"{exitCode}: {output}");
        return output;
    }

    private static async Task RefusedAsync(int port, string code, params string[] arguments)
    {
        var (exitCode, output) = await RunAsync(port, arguments);
        Assert.True(exitCode == 1 && output.Contains(code, StringComparison.Ordinal), $"{exitCode}: {output}");
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(int port, params string[] arguments)
    {
        await using var market = Program.Start("market.dll", [.. arguments, "--gateway", Gateway(port)]);
        return (await market.ExitAsync(TimeSpan.FromMinutes(2)), market.Output);
    }

    private static string Gateway(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    private static JsonElement Json(string output)
    {
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }
}
