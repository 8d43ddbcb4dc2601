using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ProvingMarket.Grains.Tests.Mechanisms.SealedBidAuction;

/// <summary>All spans and all measurements of this process as text, while it lives.</summary>
internal sealed class TelemetryText : IDisposable
{
    private readonly ConcurrentQueue<string> _seen = new();
    private readonly ActivityListener _spans;
    private readonly MeterListener _measurements = new();

    public TelemetryText()
    {
        _spans = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span => _seen.Enqueue(
                $"{span.DisplayName} {span.StatusDescription} {Join(span.TagObjects)} {string.Join(' ', span.Events.Select(one => $"{one.Name} {Join(one.Tags)}"))} {Join(span.Baggage)}"),
        };
        ActivitySource.AddActivityListener(_spans);
        _measurements.InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        _measurements.SetMeasurementEventCallback<long>(Note);
        _measurements.SetMeasurementEventCallback<int>(Note);
        _measurements.SetMeasurementEventCallback<double>(Note);
        _measurements.Start();
    }

    public void Dispose()
    {
        _spans.Dispose();
        _measurements.Dispose();
    }

    public override string ToString()
    {
        _measurements.RecordObservableInstruments();
        return string.Join('\n', _seen);
    }

    private static string Join<T>(IEnumerable<KeyValuePair<string, T>> tags) => string.Join(' ', tags.Select(tag => $"{tag.Key}={tag.Value}"));

    // Amounts are looked for where they could be attributed: a gauge of the process that happens to show the same digits is no bid.
    private void Note<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
        _seen.Enqueue($"{instrument.Name} {(instrument.Meter.Name.StartsWith("System.", StringComparison.Ordinal) ? "" : $"{value}")} {Join(tags.ToArray())}");
}
