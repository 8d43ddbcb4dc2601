using System.Diagnostics;
using System.Globalization;
using ProvingMarket.EndToEnd.Tests.Processes;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>A worker that dies without a chance to tidy up.</summary>
public sealed class WorkerDeathTests(RealProof proof) : IClassFixture<RealProof>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Its_commands_die_with_it_and_so_does_what_they_have_started()
    {
        using var folder = new TemporaryFolder();
        var port = Ports.Free();
        var (command, detached) = (Path.Combine(folder.Path, "command"), Path.Combine(folder.Path, "detached"));
        await using var silo = Program.Start(
            "ProvingMarket.Silo.dll", "--storage", "memory", "--gateway-port", port.ToString(CultureInfo.InvariantCulture), "--web-port", "0");
        await silo.LineAsync(line => line.Contains("Open requests resumed", StringComparison.Ordinal));
        await using var session = await MarketSession.StartAsync(port, backend: null);
        await using var worker = Program.Start(
            "market.dll", "prover", "run", "--gateway", $"127.0.0.1:{port}", "--id", MarketSession.Prover, "--account", MarketSession.ProverAccount,
            "--circuits", RealProof.Catalog.Folder, "--backend", "command", "--command", "/bin/sh", "--arg", "-c",
            "--arg", $"setsid sh -c 'echo $$ > {detached}; exec sleep 1000' & echo $$ > {command}; exec sleep 1000", "--arg", "{workdir}");
        await session.PrepareAsync(proof.Circuit).WaitAsync(Patience);
        await session.RequestAsync("worker-dies", proof);
        var processes = new[] { await ReadIdAsync(command), await ReadIdAsync(detached) };
        Assert.All(processes, process => Assert.True(IsAlive(process)));

        await worker.KillAsync();

        await UntilAsync(() => !processes.Any(IsAlive), "the command and what it has started are gone");
    }

    private static async Task<int> ReadIdAsync(string path)
    {
        var text = "";
        await UntilAsync(() => File.Exists(path) && (text = File.ReadAllText(path)).EndsWith('\n'), $"{path} is written");
        return int.Parse(text, CultureInfo.InvariantCulture);
    }

    private static bool IsAlive(int process)
    {
        try
        {
            // "pid (name) state …": one that nobody has reaped yet is dead.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        var started = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(started.Elapsed < Patience, $"waited {Patience} until {what}");
            await Task.Delay(10);
        }
    }
}
