namespace ProvingMarket.Benchmarks.Lifecycle.Growth;

/// <summary>What one size costs.</summary>
/// <param name="What">What there are so many of.</param>
/// <param name="Count">How many.</param>
internal sealed record GrowthRow(string What, int Count)
{
    /// <summary>Half of the lifecycles made meanwhile took less; null when none were made.</summary>
    public double? P50Milliseconds { get; init; }

    public double? P99Milliseconds { get; init; }

    /// <summary>Processor time of a lifecycle made meanwhile.</summary>
    public double? MicrosecondsEach { get; init; }

    /// <summary>Managed memory that each of them keeps, after a full collection.</summary>
    public double? HeapBytesEach { get; init; }

    /// <summary>Processor time that each of them takes in a second in which nothing is asked of it.</summary>
    public double? IdleMicrosecondsPerSecondEach { get; init; }

    /// <summary>With the latencies of a sample.</summary>
    public GrowthRow With(Sample sample) => this with
    {
        P50Milliseconds = Math.Round(sample.P50Milliseconds, 2), P99Milliseconds = Math.Round(sample.P99Milliseconds, 2), MicrosecondsEach = Math.Round(sample.MicrosecondsEach),
    };
}
