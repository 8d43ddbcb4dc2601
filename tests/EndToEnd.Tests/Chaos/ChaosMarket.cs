using System.Globalization;
using ProvingMarket.EndToEnd.Tests.Processes;

namespace ProvingMarket.EndToEnd.Tests.Chaos;

/// <summary>A silo on SQLite and workers, each a process that may be killed and comes back at once.</summary>
internal sealed class ChaosMarket : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RealProofFiles _proof;
    private readonly Program[] _workers;
    private Program _silo = null!;

    private ChaosMarket(RealProof proof, int workers) => (_proof, _workers) = (new RealProofFiles(proof), new Program[workers]);

    public int Port { get; } = Ports.Free();

    public string DataFolder => Path.Combine(_folder.Path, "data");

    public string LedgerFile => Path.Combine(_folder.Path, "ledger.jsonl");

    public IEnumerable<string> Provers => Enumerable.Range(0, _workers.Length).Select(ProverOf);

    public int SiloKills { get; private set; }

    public int WorkerKills { get; private set; }

    public static string AccountOf(string prover) => $"{prover}-account";

    public static async Task<ChaosMarket> StartAsync(RealProof proof, int workers)
    {
        var market = new ChaosMarket(proof, workers);
        await market.StartSiloAsync();
        for (var worker = 0; worker < workers; worker++) market.StartWorker(worker);
        return market;
    }

    /// <summary>kill -9, and up again: what was killed is started with the same id, on the same data, at the same address.</summary>
    public async Task KillAsync(int? worker)
    {
        var program = worker is { } one ? _workers[one] : _silo;
        await program.KillAsync();
        await program.DisposeAsync();
        if (worker is { } killed)
        {
            WorkerKills++;
            StartWorker(killed);
        }
        else
        {
            SiloKills++;
            await StartSiloAsync();
        }
    }

    /// <summary>Workers drain, then the silo ends.</summary>
    public async Task StopAsync()
    {
        foreach (var program in _workers.Append(_silo))
        {
            await program.TerminateAsync();
            Assert.True(await program.ExitAsync() == 0, program.Output);
        }
    }

    /// <summary>Runs a command that needs no silo to its end.</summary>
    public static async Task<string> DoneAsync(params string[] arguments)
    {
        await using var market = Program.Start("market.dll", arguments);
        var exitCode = await market.ExitAsync(TimeSpan.FromMinutes(2));
        Assert.True(exitCode == 0, $"market {string.Join(' ', arguments)}: {exitCode}: {market.Output}");
        return market.Output;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers) await worker.DisposeAsync();
        await _silo.DisposeAsync();
        _proof.Dispose();
        _folder.Dispose();
    }

    private static string ProverOf(int worker) => string.Create(CultureInfo.InvariantCulture, $"prover-{worker}");

    private async Task StartSiloAsync()
    {
        _silo = Program.Start(
            "ProvingMarket.Silo.dll", "--data-folder", DataFolder, "--gateway-port", Port.ToString(CultureInfo.InvariantCulture), "--web-port", "0");
        await _silo.LineAsync(line => line.Contains("Open requests resumed", StringComparison.Ordinal));
    }

    // One is slower than the others, so that races have losers and windows run out.
    private void StartWorker(int worker) => _workers[worker] = Program.Start(
        "market.dll",
        [
            .. _proof.Worker(ProverOf(worker), AccountOf(ProverOf(worker)), seconds: worker == 0 ? "2" : "0.2"),
            "--gateway", $"127.0.0.1:{Port}", "--slots", "4", "--ask", "0.1", "--standing-ask",
        ]);
}
