using System.Diagnostics;
using ProvingMarket.Client.Backends.Processes;

namespace ProvingMarket.Client.Backends.Command;

/// <summary>One execution of the command, from its start until none of its processes is left.</summary>
internal sealed class CommandRun(CommandOptions options, TimeProvider time, JobFolder folder)
{
    private const int SignalBase = 128;

    public async Task<ProverResult> ExecuteAsync(ProcessStartInfo description, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        ProcessWatch watch;
        int exitCode;
        string lastWords;

        await using (var child = ChildProcess.Start(description))
        {
            child.Input.Close();
            var output = new OutputTail();
            var pumped = output.PumpAsync(child.Output);
            watch = ProcessWatch.Start(child, (long)options.MemoryLimitMegabytes << 20, FindTooLarge, time);
            await using (watch)
            {
                await using var registration = either.Token.UnsafeRegister(static state => ((ChildProcess)state!).Kill(), child);
                exitCode = await child.Exited;
            }

            // Also after success: what the command left running has no business any more, and holds the pipes.
            MarkedProcesses.KillAll(folder.Mark);
            await child.DrainAsync(pumped);
            lastWords = child.Errors.ToString() is { Length: > 0 } errors ? errors : output.ToString();
        }

        var result = watch.Violation
            ?? (exitCode == 0 ? ReadOutputs()
            : cancellationToken.IsCancellationRequested ? Failure(ProverFailureReason.Cancelled, "cancelled while proving")
            : limit.IsCancellationRequested ? Failure(ProverFailureReason.TimedOut, $"no proof within TimeLimit = {options.TimeLimit}: {lastWords}")
            : exitCode > SignalBase && !OperatingSystem.IsWindows() ? Failure(ProverFailureReason.Crashed, $"ended by signal {exitCode - SignalBase}: {lastWords}")
            : Failure(ProverFailureReason.ExitedWithError, $"ended with exit code {exitCode}: {lastWords}"));
        return result with { PeakMemoryBytes = watch.PeakMemoryBytes };
    }

    private static ProverFailure Failure(ProverFailureReason reason, string message) => new(reason, message);

    private ProverFailure? FindTooLarge() =>
        TooLarge(folder.Proof, options.MaxProofBytes, nameof(CommandOptions.MaxProofBytes))
        ?? TooLarge(folder.PublicInputs, options.MaxPublicInputsBytes, nameof(CommandOptions.MaxPublicInputsBytes));

    private static ProverFailure? TooLarge(string path, int limit, string setting) =>
        new FileInfo(path) is { Exists: true, Length: var length } && length > limit
            ? Failure(ProverFailureReason.OutputTooLarge, $"{Path.GetFileName(path)} has {length} bytes, {setting} is {limit}")
            : null;

    private ProverResult ReadOutputs()
    {
        if (FindTooLarge() is { } tooLarge)
            return tooLarge;
        if (new[] { folder.Proof, folder.PublicInputs }.FirstOrDefault(path => !HasContent(path)) is { } missing)
            return Failure(ProverFailureReason.OutputMissing, $"the command ended with exit code 0 and left no {Path.GetFileName(missing)}");
        return new ProverSuccess(File.ReadAllBytes(folder.Proof), File.ReadAllBytes(folder.PublicInputs));
    }

    // A link could lead anywhere, and reading a pipe would block; neither is a proof.
    private static bool HasContent(string path) => new FileInfo(path) is { Exists: true, Length: > 0, LinkTarget: null };
}
