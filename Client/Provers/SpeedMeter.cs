using ProvingMarket.Domain;

namespace ProvingMarket.Client.Provers;

/// <summary>The throughput of one slot by program: what was measured, else what was declared. Not thread-safe.</summary>
internal sealed class SpeedMeter(long declaredMilliUnitsPerSecond, TimeSpan lifetime)
{
    private const double WeightOfTheLatest = 0.3;

    private readonly Dictionary<string, Measurement> _measured = [];

    /// <summary>A proof took so long.</summary>
    public void Finished(string programId, WorkUnits work, TimeSpan took, DateTimeOffset now)
    {
        var latest = work.Milli / Math.Max(took.TotalSeconds, 0.001);
        var known = Fresh(programId, now);
        Note(programId, known is { } before ? (WeightOfTheLatest * latest) + ((1 - WeightOfTheLatest) * before.MilliUnitsPerSecond) : latest, now);
    }

    /// <summary>A proof was stopped after so long and was not done: the slot is slower than work by time. Says nothing when it was expected to
    /// take longer anyway.</summary>
    public void Unfinished(string programId, WorkUnits work, TimeSpan sofar, DateTimeOffset now)
    {
        if (sofar <= Expect(programId, work, now)) return;
        Note(programId, work.Milli / sofar.TotalSeconds, now);
    }

    /// <summary>How long a proof of this much work is expected to take.</summary>
    public TimeSpan Expect(string programId, WorkUnits work, DateTimeOffset now)
    {
        var seconds = work.Milli / (Fresh(programId, now)?.MilliUnitsPerSecond ?? declaredMilliUnitsPerSecond);
        return seconds >= TimeSpan.MaxValue.TotalSeconds ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds);
    }

    private Measurement? Fresh(string programId, DateTimeOffset now) =>
        _measured.TryGetValue(programId, out var known) && now - known.At < lifetime ? known : null;

    private void Note(string programId, double speed, DateTimeOffset now) => _measured[programId] = new Measurement(speed, now);

    private readonly record struct Measurement(double MilliUnitsPerSecond, DateTimeOffset At);
}
