using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProvingMarket.Client;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Provers;
using ProvingMarket.Proofs;

namespace ProvingMarket.Cli.Demo;

/// <summary>The workers of the demonstration, all connected over TCP: some hosted here, some in processes of their own.</summary>
internal sealed class DemoProvers(IPEndPoint gateway, string circuits) : IAsyncDisposable
{
    private readonly List<IHost> _hosts = [];
    private readonly Dictionary<string, Process> _processes = [];

    /// <summary>Starts a worker in this process.</summary>
    /// <param name="prover">The prover.</param>
    /// <param name="backend">What it proves with.</param>
    /// <param name="slots">How many proofs it makes at once.</param>
    /// <param name="systems">What it looks at its own proofs with before it delivers them; with none, that is left to the market.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    public async Task HostAsync(string prover, IProverBackend backend, int slots, ProofSystems systems, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddErrors();
        builder.UseProvingMarketGateway(gateway);
        builder.Services.AddSingleton(backend);
        builder.Services.AddSingleton(systems);
        builder.Services.AddProverWorker(options =>
        {
            options.ProverId = prover;
            options.Account = DemoCast.AccountOf(prover);
            options.CircuitsFolder = circuits;
            options.Slots = slots;
            options.AskPerUnit = DemoCast.AskOf(prover);
            options.MilliUnitsPerSecond = DemoCast.MilliUnitsPerSecond;
            options.DrainTimeout = TimeSpan.FromSeconds(1);
        });
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync(cancellationToken);
    }

    /// <summary>Starts a worker as a process: <c>market prover run</c>.</summary>
    public int Spawn(string prover)
    {
        var start = new ProcessStartInfo { FileName = Environment.ProcessPath!, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(typeof(DemoProvers).Assembly.Location);
        foreach (var argument in (string[])
            ["prover", "run", "--gateway", gateway.ToString(), "--id", prover, "--account", DemoCast.AccountOf(prover), "--circuits", circuits, "--slots", "1",
             "--ask", DemoCast.AskOf(prover).ToString(), "--speed", DemoCast.MilliUnitsPerSecond.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }
        var process = Process.Start(start) ?? throw new InvalidOperationException($"The process of prover {prover} did not start.");
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(prover, process);
        return process.Id;
    }

    /// <summary>Kills a worker's process with SIGKILL, with the processes it started.</summary>
    public async Task KillAsync(string prover)
    {
        var process = _processes[prover];
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.Values)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
        await Task.WhenAll(_hosts.Select(async host =>
        {
            await host.StopAsync();
            host.Dispose();
        }));
    }
}
