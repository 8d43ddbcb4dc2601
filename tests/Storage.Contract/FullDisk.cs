using Microsoft.Extensions.Logging;

namespace ProvingMarket.Storage.Contract;

/// <summary>A log of warnings and errors that cannot be written to any more.</summary>
public sealed class FullDisk : ILoggerProvider, ILogger
{
    private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when somebody has tried.</summary>
    public Task Written => _written.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;

        _written.TrySetResult();
        throw new IOException("No space left on device");
    }

    public void Dispose()
    {
    }
}
