using System.Diagnostics.Metrics;

namespace ProvingMarket.Simulation.Worlds;

/// <summary>Meters that nobody listens to.</summary>
internal sealed class SilentMeters : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        foreach (var meter in _meters) meter.Dispose();
    }
}
