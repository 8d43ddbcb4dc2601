using System.Globalization;
using System.Net;
using ProvingMarket.Domain.Requests;
using ProvingMarket.EndToEnd.Tests.Processes;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>A silo on SQLite: restart, what happens to open requests, and who may use its folder.</summary>
public sealed class SiloRestartTests(RealProof proof) : IClassFixture<RealProof>
{
    /// <summary>Also when the next one writes records otherwise: members by name, or by number.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Killed_and_restarted_it_continues_an_open_request(bool wasNamed, bool isNamed)
    {
        using var folder = new TemporaryFolder();
        var port = Ports.Free();
        var gate = new GatedBackend(new CannedBackend(proof.Proof));
        await using var first = await StartAsync(folder, port, wasNamed);
        await using var session = await MarketSession.StartAsync(port, gate);
        await session.PrepareAsync(proof.Circuit);
        var handle = await session.RequestAsync("open-over-a-crash", proof);
        await gate.Proving;

        await first.KillAsync();
        await using var second = await StartAsync(folder, port, isNamed);
        gate.Open();

        var outcome = await handle.WaitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(RequestPhase.Fulfilled, outcome.Status!.Phase);
        Assert.Equal(proof.Proof.Proof, outcome.Proof.Memory.ToArray());
        await session.AuditAsync(fulfilled: 1);
    }

    [Fact]
    public async Task Two_silos_cannot_use_one_data_folder()
    {
        using var folder = new TemporaryFolder();
        await using var first = await StartAsync(folder, Ports.Free());

        await using var second = Start(folder, Ports.Free());

        Assert.NotEqual(0, await second.ExitAsync());
        Assert.Contains("market.db", second.Output, StringComparison.Ordinal);
        Assert.False(first.HasExited);
    }

    [Fact]
    public async Task It_has_no_dashboard()
    {
        var port = Ports.Free();
        await using var silo = Program.Start("ProvingMarket.Silo.dll", "--storage", "memory", "--gateway-port", "0", "--web-port", port.ToString(CultureInfo.InvariantCulture));
        await silo.LineAsync(line => line.Contains("Now listening on", StringComparison.Ordinal));
        using var http = new HttpClient();

        using var response = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/dashboard/"));

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static Program Start(TemporaryFolder folder, int port, bool isNamed = false) => Program.Start(
        "ProvingMarket.Silo.dll", [("Silo__RecordNames", $"{isNamed}")],
        "--data-folder", folder.Path, "--gateway-port", port.ToString(CultureInfo.InvariantCulture), "--web-port", "0");

    private static async Task<Program> StartAsync(TemporaryFolder folder, int port, bool isNamed = false)
    {
        var silo = Start(folder, port, isNamed);
        await silo.LineAsync(line => line.Contains("Open requests resumed", StringComparison.Ordinal));
        return silo;
    }
}
