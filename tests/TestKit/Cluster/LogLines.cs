using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ProvingMarket.TestKit.Cluster;

/// <summary>Keeps the last warnings and errors of the market's own code, to be shown when a test fails.</summary>
public sealed class LogLines : ILoggerProvider
{
    private const int Most = 200;

    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = [];

    /// <summary>The errors.</summary>
    public IReadOnlyCollection<string> Errors => [.. _lines.Where(line => line.Level >= LogLevel.Error).Select(line => line.Text)];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        // Nothing is held.
    }

    public override string ToString() => string.Join(Environment.NewLine, _lines.Select(line => line.Text));

    private void Add(LogLevel level, string text)
    {
        _lines.Enqueue((level, text));
        while (_lines.Count > Most) _lines.TryDequeue(out _);
    }

    private sealed class Logger(LogLines lines, string category) : ILogger
    {
        private readonly string _name = category[(category.LastIndexOf('.') + 1)..];
        private readonly bool _isOurs = category.StartsWith("ProvingMarket.", StringComparison.Ordinal);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => _isOurs && logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) lines.Add(logLevel, $"{logLevel} {_name}: {formatter(state, exception)} {exception?.GetType().Name}: {exception?.Message}");
        }
    }
}
