using Microsoft.Extensions.Logging;

namespace ProvingMarket.Client.Backends.Command;

internal static partial class CommandLog
{
    [LoggerMessage(1, LogLevel.Debug, "{Backend} proved {ProgramId} in {Elapsed}")]
    public static partial void Proved(ILogger logger, string backend, string programId, TimeSpan elapsed);

    [LoggerMessage(2, LogLevel.Warning, "{Backend} made no proof of {ProgramId} after {Elapsed}: {Reason}: {Detail}")]
    public static partial void NotProved(
        ILogger logger, string backend, string programId, TimeSpan elapsed, ProverFailureReason reason, string detail);

    [LoggerMessage(3, LogLevel.Information, "Removing the jobs of worker {AreaId}, which died")]
    public static partial void Sweeping(ILogger logger, string areaId);

    [LoggerMessage(4, LogLevel.Warning, "The folder {Folder} cannot be removed: {Detail}")]
    public static partial void NotRemoved(ILogger logger, string folder, string detail);

    [LoggerMessage(5, LogLevel.Warning, "Commands are not ended when this worker is killed, only by the next worker: {Detail}")]
    public static partial void NotGuarded(ILogger logger, string detail);
}
