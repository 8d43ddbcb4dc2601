namespace ProvingMarket.Benchmarks.Lifecycle;

/// <summary>What one run gave.</summary>
internal sealed record Sample
{
    /// <summary>Lifecycles that ended within the measured time.</summary>
    public required long Measured { get; init; }

    /// <summary>Lifecycles altogether, warm-up included: what the audit must find.</summary>
    public required long Total { get; init; }

    public required double Seconds { get; init; }

    public required double P50Milliseconds { get; init; }

    public required double P99Milliseconds { get; init; }

    public required double MaxMilliseconds { get; init; }

    /// <summary>Processor time of everything that took part, within the measured time.</summary>
    public required double ProcessorSeconds { get; init; }

    /// <summary>Managed memory allocated within the measured time, in .NET processes.</summary>
    public required double AllocatedBytes { get; init; }

    public double Rate => Measured / Seconds;

    public double MicrosecondsEach => ProcessorSeconds * 1e6 / Math.Max(1, Measured);

    public double BytesEach => AllocatedBytes / Math.Max(1, Measured);
}

/// <summary>What a process has used so far.</summary>
internal readonly record struct Usage(double ProcessorSeconds, double AllocatedBytes)
{
    /// <summary>This process now.</summary>
    public static Usage Now() => new(Environment.CpuUsage.TotalTime.TotalSeconds, GC.GetTotalAllocatedBytes(precise: true));

    public static Usage operator -(Usage later, Usage earlier) =>
        new(later.ProcessorSeconds - earlier.ProcessorSeconds, later.AllocatedBytes - earlier.AllocatedBytes);

    public static Usage operator +(Usage one, Usage other) =>
        new(one.ProcessorSeconds + other.ProcessorSeconds, one.AllocatedBytes + other.AllocatedBytes);
}
