using Microsoft.Extensions.Logging;

namespace Orleans.Embedded.Tests;

/// <summary>Keeps what is logged, so that tests can wait for it.</summary>
internal sealed class LogSink : ILoggerProvider, ILogger
{
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<(string Part, TaskCompletionSource<string> Found)> _waiting = [];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = formatter(state, exception);
        lock (_gate)
        {
            _lines.Add(line);
            foreach (var (part, found) in _waiting)
            {
                if (line.Contains(part, StringComparison.Ordinal)) found.TrySetResult(line);
            }
        }
    }

    /// <summary>Waits for a line that contains a text, or finds one that was logged already.</summary>
    internal Task<string> WaitForAsync(string part)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_lines.Find(line => line.Contains(part, StringComparison.Ordinal)) is { } logged) return Task.FromResult(logged);
            _waiting.Add((part, found));
        }

        return found.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public void Dispose()
    {
    }
}
