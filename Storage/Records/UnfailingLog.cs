using Microsoft.Extensions.Logging;

namespace ProvingMarket.Storage.Records;

/// <summary>
/// A log that never fails: a disk that is full, or an exception that cannot be shown, must not keep a call from ending, a record from being written or a client from connecting again.
/// What cannot be logged is lost.
/// </summary>
/// <param name="log">The log, which may fail.</param>
internal sealed class UnfailingLog(ILogger log) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        try
        {
            return log.BeginScope(state);
        }
        catch (Exception)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return log.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            log.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
        }
    }
}
