using System.Diagnostics;
using System.Runtime;
using System.Runtime.InteropServices;

namespace ProvingMarket.Benchmarks.Lifecycle.Reports;

/// <summary>What was measured on.</summary>
internal sealed record Machine
{
    private const int Block = 128 * 1024;
    private const int Blocks = 100;

    public required string Processor { get; init; }

    public required int Processors { get; init; }

    public required double MemoryGigabytes { get; init; }

    public required string System { get; init; }

    public required string Runtime { get; init; }

    public required string GarbageCollector { get; init; }

    /// <summary>Median time to write and flush 128 KiB: no group of writes can be durable sooner.</summary>
    public required double FlushMilliseconds { get; init; }

    public static Machine Describe() => new()
    {
        Processor = ProcessorName(),
        Processors = Environment.ProcessorCount,
        MemoryGigabytes = Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9, 1),
        System = RuntimeInformation.OSDescription,
        Runtime = RuntimeInformation.FrameworkDescription,
        GarbageCollector = GCSettings.IsServerGC ? "server" : GCSettings.LatencyMode == GCLatencyMode.Interactive ? "workstation, concurrent" : "workstation",
        FlushMilliseconds = MeasureFlush(),
    };

    public override string ToString() => FormattableString.Invariant(
        $"{Processors} processors, {Processor}, {MemoryGigabytes} GB, {System}; {Runtime}, {GarbageCollector} GC; 128 KiB flushed in {FlushMilliseconds:N2} ms");

    private static string ProcessorName() =>
        File.Exists("/proc/cpuinfo") && File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) is { } line
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..]
            : RuntimeInformation.ProcessArchitecture.ToString();

    private static double MeasureFlush()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.DeleteOnClose, Block * Blocks);
        var data = new byte[Block];
        var taken = new double[Blocks];
        for (var i = 0; i < Blocks; i++)
        {
            var start = Stopwatch.GetTimestamp();
            RandomAccess.Write(file, data, (long)i * Block);
            RandomAccess.FlushToDisk(file);
            taken[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(taken);
        return taken[Blocks / 2];
    }
}
