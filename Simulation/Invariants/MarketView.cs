using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>What invariants look at.</summary>
/// <param name="records">What is durable.</param>
/// <param name="report">Told of violations: invariant, expected, found.</param>
internal sealed class MarketView(MarketRecords records, Action<string, string, string> report)
{
    /// <summary>What is durable.</summary>
    public MarketRecords Records => records;

    /// <summary>The silo's clock.</summary>
    public DateTimeOffset Now { get; set; }

    /// <summary>When the last fault was injected that can hold up the market's work.</summary>
    public DateTimeOffset DisturbedAt { get; set; } = DateTimeOffset.MinValue;

    /// <summary>Reports a violation.</summary>
    public void Report(string invariant, string expected, string found) => report(invariant, expected, found);
}
