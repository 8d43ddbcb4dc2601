using System.Diagnostics;
using System.Globalization;
using ProvingMarket.Client.Backends.Processes;

namespace ProvingMarket.Client.Backends.Snarkjs;

/// <summary>Finds Node.js and refuses one that is too old.</summary>
internal static class NodeVersion
{
    private const int Oldest = 18;
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromSeconds(20);

    /// <summary>Absolute path of a usable <c>node</c>.</summary>
    /// <exception cref="ProverBackendException">There is none.</exception>
    public static async Task<string> RequireAsync(string nodeExecutable, CancellationToken cancellationToken)
    {
        var path = Executables.Resolve(nodeExecutable, nameof(SnarkjsOptions.NodeExecutable));
        var answer = (await AskAsync(path, cancellationToken)).Trim();
        if (Major(answer) is not { } major)
            throw Unsupported($"'{path} --version' answers '{answer}', which is no version of Node.js");

        return major >= Oldest ? path : throw Unsupported($"{path} is Node.js {answer}, and {Oldest} or newer is needed");

        static ProverBackendException Unsupported(string why) =>
            new(ProverFailureReason.BackendUnsupported, $"{nameof(SnarkjsOptions.NodeExecutable)}: {why}");
    }

    /// <summary>20 for <c>v20.20.2</c>; null for what is not a version.</summary>
    internal static int? Major(string version) =>
        version.StartsWith('v') && int.TryParse(version.AsSpan(1).ToString().Split('.')[0], CultureInfo.InvariantCulture, out var major) ? major : null;

    private static async Task<string> AskAsync(string path, CancellationToken cancellationToken)
    {
        await using var child = ChildProcess.Start(new ProcessStartInfo(path, ["--version"]));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_timeLimit);
        await using (limit.Token.UnsafeRegister(static state => ((ChildProcess)state!).Kill(), child))
        {
            child.Input.Close();
            var output = new OutputTail();
            await output.PumpAsync(child.Output);
            await child.Exited;
            cancellationToken.ThrowIfCancellationRequested();
            return output.ToString();
        }
    }
}
