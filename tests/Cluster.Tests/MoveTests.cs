using ProvingMarket.Domain.Requests;
using ProvingMarket.EndToEnd.Tests;
using ProvingMarket.EndToEnd.Tests.Processes;

namespace ProvingMarket.Cluster.Tests;

/// <summary>A market that outgrows its machine: its state moves from Orleans.Embedded on SQLite into a cluster of Microsoft Orleans on PostgreSQL.</summary>
public sealed class MoveTests
{
    private const string Account = "requester";
    private const string Prover = "swift";

    [ClusterFact]
    public async Task Requests_that_are_open_on_one_machine_are_fulfilled_by_the_cluster_and_no_credit_is_lost()
    {
        using var folder = new TemporaryFolder();
        var proof = new RealProof();
        await proof.InitializeAsync();
        using var files = new RealProofFiles(proof);
        var (data, archive) = (Path.Combine(folder.Path, "data"), Path.Combine(folder.Path, "market.jsonl"));
        var market = new EmbeddedMarket(data);

        // One request is at work under a lease, one waits for somebody.
        await using (var silo = await market.StartSiloAsync())
        {
            await market.DoneAsync("account", "deposit", "--account", Account, "--entry", "first", "--amount", "100");
            await market.DoneAsync("account", "deposit", "--account", "swift-account", "--entry", "first", "--amount", "50");
            await using var worker = market.StartStuckWorker(Prover, "swift-account", files);
            await worker.LineAsync(line => line.Contains("is connected", StringComparison.Ordinal));
            await market.DoneAsync("prover", "stake", "--id", Prover, "--entry", "first", "--amount", "20");
            await market.DoneAsync("request", "submit", Request(files, bond: "5"), "--id", "at-work", "--account", Account);
            await market.DoneAsync("request", "submit", Request(files, bond: "500"), "--id", "too-dear", "--account", Account);
            await AssignedAsync(market, "at-work");
            await silo.KillAsync();
            await worker.KillAsync();
        }

        await using var cluster = await MarketCluster.CreateAsync();
        var exported = await EmbeddedMarket.OfflineAsync("state", "export", "--from", data, "--to", archive);
        var imported = await EmbeddedMarket.OfflineAsync("state", "import", "--from", archive, "--to", cluster.Database);
        Assert.Equal(exported.Split("sha256 ")[1], imported.Split("sha256 ")[1]);

        await cluster.StartSiloAsync();
        await cluster.StartSiloAsync();
        cluster.StartWorker(Prover, "swift-account", files, slots: 2);
        Assert.Contains($"at-work is {RequestPhase.Fulfilled}, Won, proved by {Prover}, 10 credits paid", await DoneAsync(cluster, "request", "wait", "at-work"), StringComparison.Ordinal);
        Assert.Contains($"too-dear is {RequestPhase.Open}", await DoneAsync(cluster, "request", "status", "too-dear"), StringComparison.Ordinal);
        await DoneAsync(cluster, "request", "cancel", "too-dear");

        // The deposit that is repeated after the move is still the same one.
        Assert.Contains("has 90 credits available", await DoneAsync(cluster, "account", "deposit", "--account", Account, "--entry", "first", "--amount", "100"), StringComparison.Ordinal);
        await using var wait = cluster.Market("request", "wait", "too-dear");
        Assert.Equal(1, await wait.ExitAsync());
        Assert.Contains($"{Account} has 90 credits available and 0 held", await DoneAsync(cluster, "account", "balance", "--account", Account), StringComparison.Ordinal);
        Assert.Contains("swift-account has 40 credits available and 0 held", await DoneAsync(cluster, "account", "balance", "--account", "swift-account"), StringComparison.Ordinal);
    }

    private static async Task AssignedAsync(EmbeddedMarket market, string request)
    {
        var limit = DateTimeOffset.UtcNow.AddMinutes(1);
        while (!(await market.DoneAsync("request", "status", request)).Contains($"is {RequestPhase.Assigned}", StringComparison.Ordinal))
            Assert.True(DateTimeOffset.UtcNow < limit, $"Nobody takes {request}.");
    }

    private static async Task<string> DoneAsync(MarketCluster cluster, params string[] arguments)
    {
        await using var market = cluster.Market(arguments);
        var exitCode = await market.ExitAsync(TimeSpan.FromMinutes(3));
        return exitCode == 0 ? market.Output : throw new InvalidOperationException($"market {string.Join(' ', arguments)} ended with {exitCode}: {market.Output}\n{cluster.Output}");
    }

    private static string Request(RealProofFiles files, string bond) => files.Request("10m", "12m", $$"""{ "bond": "{{bond}}" }""");
}
