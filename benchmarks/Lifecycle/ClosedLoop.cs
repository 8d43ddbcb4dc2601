using System.Diagnostics;

namespace ProvingMarket.Benchmarks.Lifecycle;

/// <summary>So many lifecycles at once; who has finished one begins the next. The clock of a lifecycle runs from before its first call until it is known
/// to be settled.</summary>
internal static class ClosedLoop
{
    /// <summary>Runs the loops through warm-up and measurement, and lets what is under way end.</summary>
    /// <param name="concurrency">How many at once.</param>
    /// <param name="timing">How long.</param>
    /// <param name="lifecycle">One lifecycle of a loop; returns when it began, which may be earlier when it finishes what another loop began.</param>
    /// <param name="usage">What has been used so far, by everybody who takes part.</param>
    /// <param name="onMeasuring">Called when the measured time begins (true) and ends (false).</param>
    public static async Task<Sample> RunAsync(
        int concurrency, Timing timing, Func<int, Task<long>> lifecycle, Func<Usage> usage, Action<bool>? onMeasuring = null)
    {
        using var stop = new CancellationTokenSource();
        var loops = Enumerable.Range(0, concurrency).Select(loop => Task.Run(() => LoopAsync(loop, lifecycle, stop.Token))).ToArray();
        var all = Task.WhenAll(loops);

        await UntilAsync(timing.WarmUp, all);
        onMeasuring?.Invoke(true);
        var (before, start) = (usage(), Stopwatch.GetTimestamp());
        await UntilAsync(timing.Measured, all);
        var (used, end) = (usage() - before, Stopwatch.GetTimestamp());
        onMeasuring?.Invoke(false);
        await stop.CancelAsync();

        var ended = (await all).SelectMany(list => list).ToList();
        var latencies = ended.Where(one => one.At >= start && one.At < end).Select(one => one.Took).Order().ToArray();
        if (latencies.Length == 0) throw new InvalidOperationException($"No lifecycle ended within {timing.Measured}; measure for longer.");
        return new Sample
        {
            Measured = latencies.Length,
            Total = ended.Count,
            Seconds = Stopwatch.GetElapsedTime(start, end).TotalSeconds,
            P50Milliseconds = Milliseconds(latencies, 0.5),
            P99Milliseconds = Milliseconds(latencies, 0.99),
            MaxMilliseconds = Milliseconds(latencies, 1),
            ProcessorSeconds = used.ProcessorSeconds,
            AllocatedBytes = used.AllocatedBytes,
        };
    }

    private static async Task<List<(long At, long Took)>> LoopAsync(int loop, Func<int, Task<long>> lifecycle, CancellationToken stop)
    {
        var ended = new List<(long, long)>(10_000);
        while (!stop.IsCancellationRequested)
        {
            var began = await lifecycle(loop);
            var now = Stopwatch.GetTimestamp();
            ended.Add((now, now - began));
        }
        return ended;
    }

    /// <summary>Waits, but not longer than until a loop fails: loops end by failing only, as long as nobody stops them.</summary>
    private static async Task UntilAsync(TimeSpan time, Task loops)
    {
        if (await Task.WhenAny(Task.Delay(time), loops) == loops) await loops;
    }

    private static double Milliseconds(long[] sorted, double quantile) => sorted[(int)(quantile * (sorted.Length - 1))] * 1e3 / Stopwatch.Frequency;
}
