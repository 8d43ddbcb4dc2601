using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Orleans.Simulation;
using ProvingMarket.Simulation.Invariants;

namespace ProvingMarket.Simulation.Running;

/// <summary>What became of many seeds.</summary>
public sealed record FaultReport
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>The first seed.</summary>
    public required long FirstSeed { get; init; }

    /// <summary>The last seed.</summary>
    public required long LastSeed { get; init; }

    /// <summary>Requests made in each run.</summary>
    public required int LifecyclesPerRun { get; init; }

    /// <summary>The mechanism that all requests named; null for all of them.</summary>
    public string? Mechanism { get; init; }

    /// <summary>Runs made.</summary>
    public required int Runs { get; init; }

    /// <summary>Steps made, over all runs.</summary>
    public required long Steps { get; init; }

    /// <summary>Virtual seconds that went by, over all runs.</summary>
    public required double VirtualSeconds { get; init; }

    /// <summary>How many requests ended in which phase.</summary>
    public required ImmutableSortedDictionary<string, long> Lifecycles { get; init; }

    /// <summary>Faults injected, by kind.</summary>
    public required ImmutableSortedDictionary<string, long> Faults { get; init; }

    /// <summary>All violations, by seed.</summary>
    public required ImmutableArray<Violation> Violations { get; init; }

    /// <summary>Seconds it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Runs a second.</summary>
    public double SeedsPerSecond => Seconds > 0 ? Math.Round(Runs / Seconds, 2) : 0;

    /// <summary>How a seed is run again, step by step.</summary>
    public static string ReplayCommand(long seed, int lifecycles, string? mechanism) => string.Create(
        CultureInfo.InvariantCulture,
        $"market sim faults --seed {seed} --trace{(lifecycles == FaultSearch.StandardLifecycles ? "" : $" --lifecycles {lifecycles}")}{(mechanism is null ? "" : $" --mechanism {mechanism}")}");

    /// <summary>Adds up reports.</summary>
    public static FaultReport Of(long first, long last, int lifecycles, IReadOnlyCollection<SeedReport> seeds, TimeSpan took) => new()
    {
        FirstSeed = first,
        LastSeed = last,
        LifecyclesPerRun = lifecycles,
        Runs = seeds.Count,
        Steps = seeds.Sum(seed => seed.Steps),
        VirtualSeconds = Math.Round(seeds.Sum(seed => seed.VirtualTime.TotalSeconds)),
        Lifecycles = Sum(seeds.SelectMany(seed => seed.Ends)),
        Faults = Sum(Enum.GetNames<FaultKind>().Select(kind => KeyValuePair.Create(kind, 0L))
            .Concat(seeds.SelectMany(seed => seed.Faults).Select(fault => KeyValuePair.Create(fault.Key.ToString(), fault.Value)))),
        Violations = [.. seeds.SelectMany(seed => seed.Violations).OrderBy(violation => violation.Seed)],
        Seconds = Math.Round(took.TotalSeconds, 2),
    };

    /// <summary>The report as JSON: the properties of this record and of <see cref="Violation"/> in camel case.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>The report for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var culture = CultureInfo.InvariantCulture;
        text.AppendLine(culture, $"seeds        {FirstSeed}..{LastSeed}, {LifecyclesPerRun} lifecycles each");
        text.AppendLine(culture, $"runs         {Runs} in {Seconds:0.0} s, {SeedsPerSecond:0.0} seeds/s");
        text.AppendLine(culture, $"steps        {Steps:N0} over {TimeSpan.FromSeconds(VirtualSeconds).TotalHours:0.0} virtual hours");
        text.AppendLine(culture, $"lifecycles   {string.Join(", ", Lifecycles.Select(end => string.Create(culture, $"{end.Key} {end.Value:N0}")))}");
        text.AppendLine(culture, $"faults       {string.Join(", ", Faults.Select(fault => string.Create(culture, $"{fault.Key} {fault.Value:N0}")))}");
        text.AppendLine(culture, $"violations   {Violations.Length}");
        foreach (var seed in Violations.GroupBy(violation => violation.Seed))
        {
            foreach (var violation in seed) text.AppendLine(culture, $"  {violation}");
            text.AppendLine(culture, $"  replay: {ReplayCommand(seed.Key, LifecyclesPerRun, Mechanism)}");
        }
        return text.ToString();
    }

    private static ImmutableSortedDictionary<string, long> Sum(IEnumerable<KeyValuePair<string, long>> counts) => counts
        .GroupBy(count => count.Key, StringComparer.Ordinal)
        .ToImmutableSortedDictionary(group => group.Key, group => group.Sum(count => count.Value), StringComparer.Ordinal);
}
