using Microsoft.Extensions.Logging;

namespace ProvingMarket.Cli.Demo;

/// <summary>What the hosts of the demonstration log: errors, on standard error, for standard output is the demonstration's own.</summary>
internal static class DemoLog
{
    /// <summary>Adds it.</summary>
    public static void AddErrors(this ILoggingBuilder logging) =>
        logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Error);
}
