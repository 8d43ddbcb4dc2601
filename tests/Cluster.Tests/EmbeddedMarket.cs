using System.Globalization;
using ProvingMarket.EndToEnd.Tests.Processes;

namespace ProvingMarket.Cluster.Tests;

/// <summary>A market on one machine, on Orleans.Embedded and SQLite: the same programs, built for the other engine beside these tests.</summary>
internal sealed class EmbeddedMarket(string dataFolder)
{
    private static readonly string Programs = Path.Combine(AppContext.BaseDirectory, "embedded");

    private readonly int _port = Ports.Free();

    private string Gateway => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}");

    /// <summary>Starts its silo.</summary>
    public async Task<Program> StartSiloAsync()
    {
        var silo = Program.Start(
            Path.Combine(Programs, "ProvingMarket.Silo.dll"), "--data-folder", dataFolder, "--gateway-port", _port.ToString(CultureInfo.InvariantCulture), "--web-port", "0");
        await silo.LineAsync(line => line.Contains("Open requests resumed", StringComparison.Ordinal));
        return silo;
    }

    /// <summary>Starts a worker that takes work and never delivers it.</summary>
    public Program StartStuckWorker(string prover, string account, RealProofFiles proof) => Market([.. proof.StuckWorker(prover, account), "--gateway", Gateway]);

    /// <summary>Runs a command of this market to its end.</summary>
    public Task<string> DoneAsync(params string[] arguments) => OfflineAsync([.. arguments, "--gateway", Gateway]);

    /// <summary>Runs a command that needs no silo to its end.</summary>
    public static async Task<string> OfflineAsync(params string[] arguments)
    {
        await using var market = Market(arguments);
        var exitCode = await market.ExitAsync(TimeSpan.FromMinutes(2));
        return exitCode == 0 ? market.Output : throw new InvalidOperationException($"market {string.Join(' ', arguments)} ended with {exitCode}: {market.Output}");
    }

    private static Program Market(params string[] arguments) => Program.Start(Path.Combine(Programs, "market.dll"), arguments);
}
