using System.Globalization;
using ProvingMarket.Domain.Requests;
using ProvingMarket.EndToEnd.Tests.Processes;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.PostgreSqlFixture;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>The silo is killed with SIGKILL right after each of its writes, one after another, over real processes; in SQLite, where grains do not wait for the disk, with those before it on the
/// disk or not: whatever was acknowledged is there, the request is fulfilled, and every credit is where it belongs.</summary>
public sealed class CrashSweepTests(RealProof proof) : IClassFixture<RealProof>
{
    [Fact]
    public Task Killed_after_any_write_nothing_is_lost() => SweepAsync(() => Task.FromResult(""), every: 1);

    [Fact]
    public async Task Killed_after_any_third_write_nothing_is_lost_on_PostgreSQL()
    {
        var server = await PostgreSqlServer.SharedAsync();
        await SweepAsync(server.CreateDatabaseAsync, every: 3);
    }

    private async Task SweepAsync(Func<Task<string>> createDatabase, int every)
    {
        var writes = await LifeWithCrashAsync(await createDatabase(), crashAtWrite: 0);
        Assert.InRange(writes, 15, 60);
        for (var write = 1; write <= writes; write += every) await LifeWithCrashAsync(await createDatabase(), write);
    }

    /// <summary>A whole life from nothing, with one crash, in SQLite or in a database. Returns how many writes the first silo made.</summary>
    private async Task<int> LifeWithCrashAsync(string database, int crashAtWrite)
    {
        using var folder = new TemporaryFolder();
        var port = Ports.Free();
        await using var first = StartSilo(folder, database, port, crashAtWrite);
        var revived = ReviveAsync(first, folder, database, port);
        // The first writes are made while it starts: then the second silo is the first that answers.
        await await Task.WhenAny(StartedAsync(first), revived);
        await using var session = await MarketSession.StartAsync(port, new CannedBackend(proof.Proof));
        var ended = await LiveAsync(session, $"request-{crashAtWrite}").WaitAsync(TimeSpan.FromMinutes(1));
        Assert.True(ended.Phase == RequestPhase.Fulfilled, $"crash at write {crashAtWrite}: {ended.Phase} {ended.Outcome}\n{first.Output}");
        await session.AuditAsync(fulfilled: 1);

        var writes = first.Output.Split('\n').Count(line => line.StartsWith("write ", StringComparison.Ordinal));
        if (!first.HasExited) await first.KillAsync();
        await (await revived).DisposeAsync();
        return writes;
    }

    /// <summary>Starts the silo again when it has died, at the same address and on the same data.</summary>
    private static async Task<Program> ReviveAsync(Program silo, TemporaryFolder folder, string database, int port)
    {
        await silo.ExitAsync(TimeSpan.FromMinutes(2));
        var again = StartSilo(folder, database, port, crashAtWrite: 0);
        await again.LineAsync(line => line == "started");
        return again;
    }

    /// <summary>Never comes when it dies before.</summary>
    private static async Task StartedAsync(Program silo)
    {
        try
        {
            await silo.LineAsync(line => line == "started");
        }
        catch (InvalidOperationException)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan);
        }
    }

    private async Task<RequestStatus> LiveAsync(MarketSession session, string requestId)
    {
        await session.PrepareAsync(proof.Circuit);
        var handle = await session.RequestAsync(requestId, proof);
        var outcome = await handle.WaitAsync();
        return outcome.Status!;
    }

    private static Program StartSilo(TemporaryFolder folder, string database, int port, int crashAtWrite) => Program.Start(
        "ProvingMarket.CrashingSilo.dll", folder.Path, port.ToString(CultureInfo.InvariantCulture), crashAtWrite.ToString(CultureInfo.InvariantCulture), database);
}
