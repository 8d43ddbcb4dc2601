using System.Diagnostics;

namespace Orleans.Embedded.Tests.Processes;

/// <summary>This assembly in a process of its own. Disposing it kills the process as kill -9 does.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    internal int Id => _process.Id;

    internal static ChildProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);

        var process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, line) => Trace.WriteLine(line.Data);
        process.BeginErrorReadLine();
        return new ChildProcess(process);
    }

    /// <summary>Reads the next line that the process prints; null when it has ended.</summary>
    internal async Task<string?> ReadLineAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        return await _process.StandardOutput.ReadLineAsync(patience.Token);
    }

    /// <summary>Kills the process and waits until it is gone.</summary>
    internal async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
