using System.Globalization;
using ProvingMarket.Domain.Requests;
using ProvingMarket.EndToEnd.Tests.Processes;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>The silo is killed with SIGKILL right after each of its durable writes, one after another, over real processes: whatever was
/// acknowledged is there, the request is fulfilled, and every credit is where it belongs.</summary>
public sealed class CrashSweepTests(RealProof proof) : IClassFixture<RealProof>
{
    [Fact]
    public async Task Killed_after_any_write_nothing_is_lost()
    {
        var writes = await LifeWithCrashAsync(crashAtWrite: 0);
        Assert.InRange(writes, 15, 60);
        for (var write = 1; write <= writes; write++) await LifeWithCrashAsync(write);
    }

    /// <summary>A whole life from an empty folder, with one crash. Returns how many writes the first silo made.</summary>
    private async Task<int> LifeWithCrashAsync(int crashAtWrite)
    {
        using var folder = new TemporaryFolder();
        var port = Ports.Free();
        await using var first = StartSilo(folder, port, crashAtWrite);
        await first.LineAsync(line => line == "started");
        await using var session = await MarketSession.StartAsync(port, new CannedBackend(proof.Proof));
        var revived = ReviveAsync(first, folder, port);
        var ended = await LiveAsync(session, $"request-{crashAtWrite}").WaitAsync(TimeSpan.FromMinutes(1));
        Assert.True(ended.Phase == RequestPhase.Fulfilled, $"crash at write {crashAtWrite}: {ended.Phase} {ended.Outcome}\n{first.Output}");
        await session.AuditAsync(fulfilled: 1);

        var writes = first.Output.Split('\n').Count(line => line.StartsWith("write ", StringComparison.Ordinal));
        if (!first.HasExited) await first.KillAsync();
        await (await revived).DisposeAsync();
        return writes;
    }

    /// <summary>Starts the silo again when it has died, at the same address and on the same data.</summary>
    private static async Task<Program> ReviveAsync(Program silo, TemporaryFolder folder, int port)
    {
        await silo.ExitAsync(TimeSpan.FromMinutes(2));
        return StartSilo(folder, port, crashAtWrite: 0);
    }

    private async Task<RequestStatus> LiveAsync(MarketSession session, string requestId)
    {
        await session.PrepareAsync(proof.Circuit);
        var handle = await session.RequestAsync(requestId, proof);
        var outcome = await handle.WaitAsync();
        return outcome.Status!;
    }

    private static Program StartSilo(TemporaryFolder folder, int port, int crashAtWrite) =>
        Program.Start("ProvingMarket.CrashingSilo.dll", folder.Path, port.ToString(CultureInfo.InvariantCulture), crashAtWrite.ToString(CultureInfo.InvariantCulture));
}
