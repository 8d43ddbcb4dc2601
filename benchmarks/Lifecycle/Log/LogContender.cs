using System.Diagnostics;

namespace ProvingMarket.Benchmarks.Lifecycle.Log;

/// <summary>A lifecycle without a market: its five durable steps as records of a log, and nothing else. Nothing durable can be faster on this disk.</summary>
internal sealed class LogContender : IContender
{
    private const int Steps = 5;
    private const int RecordBytes = 512;

    private readonly TemporaryFolder _folder = new();
    private readonly GroupCommitLog _log;

    public LogContender() => _log = new GroupCommitLog(Path.Combine(_folder.Path, "steps.log"));

    public Task<Sample> MeasureAsync(int concurrency, Timing timing) => ClosedLoop.RunAsync(concurrency, timing, LifecycleAsync, Usage.Now);

    public Task AuditAsync(long lifecycles) => _log.Length == lifecycles * Steps * RecordBytes
        ? Task.CompletedTask
        : throw new AuditException($"The log has {_log.Length} bytes, expected are {lifecycles * Steps * RecordBytes}.");

    public ValueTask DisposeAsync()
    {
        _log.Dispose();
        return _folder.DisposeAsync();
    }

    private async Task<long> LifecycleAsync(int loop)
    {
        var began = Stopwatch.GetTimestamp();
        for (var step = 0; step < Steps; step++) await _log.AppendAsync(new byte[RecordBytes]);
        return began;
    }
}
