using System.ComponentModel;
using System.Diagnostics;

namespace ProvingMarket.Client.Backends.Processes;

/// <summary>A child process with its standard streams in our hands. Disposing kills it with its descendants and waits for its end.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>How long to wait for the rest of a dead process's output when a descendant may still hold the pipe.</summary>
    private static readonly TimeSpan s_drainLimit = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly Stream _errorStream;
    private readonly Task _errorsPumped;
    private int _killed;

    private ChildProcess(Process process)
    {
        _process = process;
        Id = process.Id;
        Input = process.StandardInput.BaseStream;
        Output = process.StandardOutput.BaseStream;
        Errors = new OutputTail();
        _errorStream = process.StandardError.BaseStream;
        _errorsPumped = Errors.PumpAsync(_errorStream);
        Exited = WaitAsync();
    }

    public int Id { get; }

    public Stream Input { get; }

    public Stream Output { get; }

    /// <summary>The end of what it wrote to standard error.</summary>
    public OutputTail Errors { get; }

    /// <summary>Its exit code, once it has ended; 128 + n after signal n.</summary>
    public Task<int> Exited { get; }

    /// <summary>Whether this process was told to die by us.</summary>
    public bool Killed => Volatile.Read(ref _killed) != 0;

    /// <exception cref="ProverBackendException">It cannot be started.</exception>
    public static ChildProcess Start(ProcessStartInfo description)
    {
        description.UseShellExecute = false;
        description.CreateNoWindow = true;
        description.RedirectStandardInput = description.RedirectStandardOutput = description.RedirectStandardError = true;
        try
        {
            return new ChildProcess(Process.Start(description)!);
        }
        catch (Win32Exception exception)
        {
            throw new ProverBackendException(
                ProverFailureReason.BackendMissing, $"'{description.FileName}' cannot be started: {exception.Message}", exception);
        }
    }

    /// <summary>Kills it and its descendants. May be repeated, from any thread, and after its end.</summary>
    public void Kill()
    {
        if (Interlocked.Exchange(ref _killed, 1) != 0 || Exited.IsCompleted)
            return;

        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended in between, or a descendant did.
        }
    }

    /// <summary>Waits until its last words are in <see cref="Errors"/>.</summary>
    public Task DrainErrorsAsync() => DrainAsync(Task.CompletedTask);

    /// <summary>Waits until its last words are in <see cref="Errors"/>, and until its output has been read to the end.</summary>
    /// <param name="outputPumped">Over when that has been read.</param>
    public async Task DrainAsync(Task outputPumped)
    {
        await Exited;
        await Task.WhenAny(Task.WhenAll(_errorsPumped, outputPumped), Task.Delay(s_drainLimit));
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await DrainErrorsAsync();

        // The process leaves streams open that somebody has asked it for.
        await Input.DisposeAsync();
        await Output.DisposeAsync();
        await _errorStream.DisposeAsync();
        _process.Dispose();
    }

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }
}
