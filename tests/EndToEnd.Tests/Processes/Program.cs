using System.Diagnostics;
using System.Threading.Channels;

namespace ProvingMarket.EndToEnd.Tests.Processes;

/// <summary>One of our programs as a process of its own, with its output line by line.</summary>
internal sealed class Program : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _output = [];

    private Program(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Received(line.Data);
        process.ErrorDataReceived += (_, line) => Received(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _ = CompleteAsync();
    }

    /// <summary>Everything printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output) return string.Join('\n', _output);
        }
    }

    /// <summary>True when the process has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Starts <c>dotnet assembly arguments</c> from the tests' folder.</summary>
    public static Program Start(string assembly, params IEnumerable<string> arguments) =>
        Start(assembly, [], arguments);

    /// <summary>Starts <c>dotnet assembly arguments</c> from the tests' folder, with further environment variables.</summary>
    public static Program Start(string assembly, IEnumerable<(string Name, string Value)> environment, params IEnumerable<string> arguments) =>
        StartFile("dotnet", environment, [Path.Combine(AppContext.BaseDirectory, assembly), .. arguments]);

    /// <summary>Starts <c>dotnet assembly arguments</c> so that Ctrl-C reaches it, also when the tests run in the background of a shell, which makes them and
    /// all they start ignore it.</summary>
    public static Program StartInterruptible(string assembly, params IEnumerable<string> arguments) =>
        StartFile("env", ["--default-signal=INT", "dotnet", Path.Combine(AppContext.BaseDirectory, assembly), .. arguments]);

    /// <summary>Starts any program.</summary>
    public static Program StartFile(string file, params IEnumerable<string> arguments) => StartFile(file, [], arguments);

    private static Program StartFile(string file, IEnumerable<(string Name, string Value)> environment, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        // As the tests themselves: a process of seconds does not gain by it.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new Program(Process.Start(start)!);
    }

    /// <summary>Waits for a line; fails when the process ends or nothing comes.</summary>
    public async Task<string> LineAsync(Func<string, bool> wanted)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            while (await _lines.Reader.WaitToReadAsync(limit.Token))
            {
                while (_lines.Reader.TryRead(out var line))
                {
                    if (wanted(line)) return line;
                }
            }
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"The line did not come. Output:\n{Output}", e);
        }
        throw new InvalidOperationException($"The process ended before the line came. Output:\n{Output}");
    }

    /// <summary>Waits for the end and gives the exit code; fails with what was printed when it does not come.</summary>
    public async Task<int> ExitAsync(TimeSpan? within = null)
    {
        using var limit = new CancellationTokenSource(within ?? Patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"The process did not end. Output:\n{Output}", e);
        }
        return _process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM: the process is asked to stop.</summary>
    public Task TerminateAsync() => SignalAsync("-TERM");

    /// <summary>SIGINT: Ctrl-C.</summary>
    public Task InterruptAsync() => SignalAsync("-INT");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>No more lines come when the process has ended and all it has printed has been read.</summary>
    private async Task CompleteAsync()
    {
        await _process.WaitForExitAsync();
        _lines.Writer.TryComplete();
    }

    private void Received(string? line)
    {
        if (line is null) return;
        lock (_output) _output.Add(line);
        _lines.Writer.TryWrite(line);
    }
}
