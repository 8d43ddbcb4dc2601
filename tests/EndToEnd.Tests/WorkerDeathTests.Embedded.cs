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
        var (command, detached) = (await MakePipeAsync(folder, "command"), await MakePipeAsync(folder, "detached"));
        await using var silo = Program.Start(
            "ProvingMarket.Silo.dll", "--storage", "memory", "--gateway-port", port.ToString(CultureInfo.InvariantCulture), "--web-port", "0");
        await silo.LineAsync(line => line.Contains("Open requests resumed", StringComparison.Ordinal));
        await using var session = await MarketSession.StartAsync(port, backend: null);
        await using var worker = Program.Start(
            "market.dll", "prover", "run", "--gateway", $"127.0.0.1:{port}", "--id", MarketSession.Prover, "--account", MarketSession.ProverAccount,
            "--circuits", RealProof.Catalog.Folder, "--backend", "command", "--command", "/bin/sh", "--arg", "-c",
            "--arg", $"setsid sh -c 'exec 3>{detached}; echo alive >&3; exec sleep 1000' & exec 3>{command}; echo alive >&3; exec sleep 1000", "--arg", "{workdir}");
        await session.PrepareAsync(proof.Circuit).WaitAsync(Patience);
        await session.RequestAsync("worker-dies", proof);
        StreamReader[] lives = [await OpenAsync(command), await OpenAsync(detached)];
        var ends = lives.Select(life => life.ReadToEndAsync()).ToArray();
        Assert.All(ends, end => Assert.False(end.IsCompleted));

        await worker.KillAsync();

        // A pipe ends when the last process is dead that has it open for writing.
        Assert.All(await Task.WhenAll(ends).WaitAsync(Patience), Assert.Empty);
        foreach (var life in lives) life.Dispose();
    }

    private static async Task<string> MakePipeAsync(TemporaryFolder folder, string name)
    {
        var path = Path.Combine(folder.Path, name);
        using var made = Process.Start("mkfifo", [path]);
        await made.WaitForExitAsync();
        Assert.Equal(0, made.ExitCode);
        return path;
    }

    /// <summary>Opens a pipe that a process writes to, and reads that it is alive.</summary>
    private static async Task<StreamReader> OpenAsync(string pipe)
    {
        var reader = await Task.Run(() => new StreamReader(new FileStream(pipe, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))).WaitAsync(Patience);
        Assert.Equal("alive", await reader.ReadLineAsync().WaitAsync(Patience));
        return reader;
    }
}
