using System.Globalization;
using ProvingMarket.Domain.Requests;
using ProvingMarket.EndToEnd.Tests.Processes;
using ProvingMarket.PostgreSqlFixture;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>A market with an open request moves from SQLite to PostgreSQL and back, by the commands an operator uses, and goes on each time.</summary>
public sealed class StateMoveTests(RealProof proof) : IClassFixture<RealProof>
{
    private const string Market = "market.dll";

    [Fact]
    public async Task An_open_request_is_continued_after_each_move_and_no_credit_is_lost()
    {
        using var folder = new TemporaryFolder();
        var (first, second, archive, back) = (Path.Combine(folder.Path, "first"), Path.Combine(folder.Path, "second"), Path.Combine(folder.Path, "there.jsonl"), Path.Combine(folder.Path, "back.jsonl"));
        var server = await PostgreSqlServer.SharedAsync();
        var database = await server.CreateDatabaseAsync();
        var port = Ports.Free();
        var gate = new GatedBackend(new CannedBackend(proof.Proof));
        var silo = await StartAsync(port, "--data-folder", first);
        await using var session = await MarketSession.StartAsync(port, gate);
        await session.PrepareAsync(proof.Circuit);
        var handle = await session.RequestAsync("open-over-two-moves", proof);
        await gate.Proving;

        // A silo that runs is not exported.
        var (exitCode, output) = await RunAsync("state", "export", "--from", first, "--to", archive);
        Assert.True(exitCode == 1 && output.Contains("in use", StringComparison.Ordinal), $"{exitCode}: {output}");
        await silo.KillAsync();
        await silo.DisposeAsync();

        var exported = await DoneAsync("state", "export", "--from", first, "--to", archive);
        var imported = await DoneAsync("state", "import", "--from", archive, "--to", database);
        Assert.Equal(exported.Split("sha256 ")[1], imported.Split("sha256 ")[1]);
        Assert.Contains("watch of watch.page", exported, StringComparison.Ordinal);
        silo = await StartAsync(port, "--storage", "postgresql", "--postgresql", database);
        (exitCode, output) = await RunAsync("state", "export", "--from", database, "--to", back);
        Assert.True(exitCode == 1 && output.Contains("in use by a silo", StringComparison.Ordinal), $"{exitCode}: {output}");
        var status = await handle.GetStatusAsync();
        Assert.False(status!.Phase.IsFinal(), $"{status.Phase}");
        await silo.KillAsync();
        await silo.DisposeAsync();

        await DoneAsync("state", "export", "--from", database, "--to", back);
        await DoneAsync("state", "import", "--from", back, "--to", second);
        (exitCode, _) = await RunAsync("state", "import", "--from", back, "--to", second);
        Assert.Equal(1, exitCode);
        await using var last = await StartAsync(port, "--data-folder", second);
        gate.Open();

        var outcome = await handle.WaitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(RequestPhase.Fulfilled, outcome.Status!.Phase);
        Assert.Equal(proof.Proof.Proof, outcome.Proof.Memory.ToArray());
        await session.AuditAsync(fulfilled: 1);
    }

    private static async Task<string> DoneAsync(params string[] arguments)
    {
        var (exitCode, output) = await RunAsync(arguments);
        Assert.True(exitCode == 0, $"{exitCode}: {output}");
        return output;
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        await using var market = Program.Start(Market, arguments);
        return (await market.ExitAsync(), market.Output);
    }

    private static async Task<Program> StartAsync(int port, params string[] storage)
    {
        var silo = Program.Start("ProvingMarket.Silo.dll", ["--gateway-port", port.ToString(CultureInfo.InvariantCulture), "--web-port", "0", .. storage]);
        var resumed = await silo.LineAsync(line => line.Contains("Open requests resumed", StringComparison.Ordinal));
        Assert.NotNull(resumed);
        return silo;
    }
}
