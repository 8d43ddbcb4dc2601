using Microsoft.Extensions.Logging;
using Orleans.Runtime.Activations;
using Orleans.Runtime.Calls;

namespace Orleans.Runtime;

/// <content>What grains get wrong, in the log.</content>
internal sealed partial class Silo
{
    /// <summary>Notes a failed call: a caller that waits receives the exception, so only a one-way call's failure is worth a warning.</summary>
    /// <param name="call">The call.</param>
    /// <param name="error">The failure.</param>
    internal void LogCallFailed(GrainCall call, Exception error)
    {
        if (call.Method.IsOneWay) LogOneWayFailed(_logger, error, call);
        else LogAwaitedFailed(_logger, error, call);
    }

    /// <summary>Notes a grain that did not activate.</summary>
    /// <param name="activation">The activation.</param>
    /// <param name="error">Why.</param>
    internal void LogActivationFailed(Activation activation, Exception error) => LogNotActivated(_logger, error, activation);

    /// <summary>Notes a grain that failed while it ended.</summary>
    /// <param name="activation">The activation.</param>
    /// <param name="error">Why.</param>
    internal void LogDeactivationFailed(Activation activation, Exception error) => LogNotDeactivated(_logger, error, activation);

    /// <summary>Notes a timer's callback that failed.</summary>
    /// <param name="activation">The activation.</param>
    /// <param name="error">Why.</param>
    internal void LogTimerFailed(Activation activation, Exception error) => LogTimer(_logger, error, activation);

    /// <summary>Notes a reminder that could not be delivered.</summary>
    /// <param name="grainId">The grain.</param>
    /// <param name="name">The reminder.</param>
    /// <param name="error">Why.</param>
    internal void LogReminderFailed(GrainId grainId, string name, Exception error) => LogReminder(_logger, error, name, grainId);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Call} failed.")]
    private static partial void LogAwaitedFailed(ILogger logger, Exception error, GrainCall call);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The one-way call {Call} failed.")]
    private static partial void LogOneWayFailed(ILogger logger, Exception error, GrainCall call);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Activation} did not activate.")]
    private static partial void LogNotActivated(ILogger logger, Exception error, Activation activation);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Activation} failed while deactivating.")]
    private static partial void LogNotDeactivated(ILogger logger, Exception error, Activation activation);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A timer of {Activation} failed; it goes on ticking.")]
    private static partial void LogTimer(ILogger logger, Exception error, Activation activation);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The reminder {Name} of {GrainId} failed; it comes again after its period.")]
    private static partial void LogReminder(ILogger logger, Exception error, string name, GrainId grainId);
}
