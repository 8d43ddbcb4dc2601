using System.Globalization;
using ProvingMarket.Client.Backends;
using ProvingMarket.Domain.Requests;
using ProvingMarket.EndToEnd.Tests.Processes;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>The silo as a server: settings, restart, and what happens to open requests.</summary>
public sealed class SiloProcessTests(RealProof proof) : IClassFixture<RealProof>
{
    [Theory]
    [InlineData("--gateway-port", "99999", "Silo:GatewayPort must be 0 to 65535, was '99999'")]
    [InlineData("--storage", "floppy", "Silo:Storage must be one of")]
    [InlineData("--gateway-address", "0.0.0.0", "Silo:GatewaySecret must be set")]
    [InlineData("--nonsense", "1", "--nonsense")]
    public async Task Bad_flags_are_refused_with_exit_code_2_and_the_settings_name(string flag, string value, string message)
    {
        await using var silo = Program.Start("ProvingMarket.Silo.dll", flag, value);

        Assert.Equal(2, await silo.ExitAsync());
        Assert.Contains(message, silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_shows_examples()
    {
        await using var silo = Program.Start("ProvingMarket.Silo.dll", "--help");

        Assert.Equal(0, await silo.ExitAsync());
        Assert.Contains("Examples:", silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_and_restarted_it_continues_an_open_request()
    {
        using var folder = new TemporaryFolder();
        var port = Ports.Free();
        var gate = new GatedBackend(new CannedBackend(proof.Proof));
        await using var first = await StartAsync(folder, port);
        await using var session = await MarketSession.StartAsync(port, gate);
        await session.PrepareAsync(proof.Circuit);
        var handle = await session.RequestAsync("open-over-a-crash", proof);
        await gate.Proving;

        await first.KillAsync();
        await using var second = await StartAsync(folder, port);
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

    private static Program Start(TemporaryFolder folder, int port) => Program.Start(
        "ProvingMarket.Silo.dll", "--data-folder", folder.Path, "--gateway-port", port.ToString(CultureInfo.InvariantCulture));

    private static async Task<Program> StartAsync(TemporaryFolder folder, int port)
    {
        var silo = Start(folder, port);
        await silo.LineAsync(line => line.Contains("Open requests resumed", StringComparison.Ordinal));
        return silo;
    }

    /// <summary>Holds proofs back until it is opened.</summary>
    private sealed class GatedBackend(IProverBackend inner) : IProverBackend
    {
        private readonly TaskCompletionSource _proving = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Proving => _proving.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public string Name => inner.Name;

        public void Open() => _open.SetResult();

        public ValueTask PrepareAsync(IProgress<string>? progress, CancellationToken cancellationToken) => inner.PrepareAsync(progress, cancellationToken);

        public async Task<ProverResult> ProveAsync(ProverJob job, CancellationToken cancellationToken)
        {
            _proving.TrySetResult();
            await _open.Task.WaitAsync(cancellationToken);
            return await inner.ProveAsync(job, cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
