using Microsoft.Extensions.Logging;

namespace ProvingMarket.Client.Backends.Snarkjs;

internal static partial class SnarkjsLog
{
    [LoggerMessage(1, LogLevel.Information, "Installing snarkjs {Version} into {Folder}")]
    public static partial void Installing(ILogger logger, string version, string folder);

    [LoggerMessage(2, LogLevel.Information, "Installed snarkjs {Version} in {Elapsed}")]
    public static partial void Installed(ILogger logger, string version, TimeSpan elapsed);

    [LoggerMessage(3, LogLevel.Debug, "Node process {ProcessId} is ready after {Elapsed}")]
    public static partial void Ready(ILogger logger, int processId, TimeSpan elapsed);

    [LoggerMessage(4, LogLevel.Debug, "Proved {ProgramId} in {Elapsed} (process {ProcessId})")]
    public static partial void Proved(ILogger logger, string programId, TimeSpan elapsed, int processId);

    [LoggerMessage(5, LogLevel.Warning, "No proof of {ProgramId} after {Elapsed}: {Reason}: {Detail}")]
    public static partial void NotProved(ILogger logger, string programId, TimeSpan elapsed, ProverFailureReason reason, string detail);

    [LoggerMessage(6, LogLevel.Debug, "Node process {ProcessId} is gone and will be replaced when needed")]
    public static partial void Gone(ILogger logger, int processId);
}
