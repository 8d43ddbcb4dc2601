using System.Collections.Immutable;
using Orleans.Simulation;
using ProvingMarket.Simulation.Invariants;

namespace ProvingMarket.Simulation.Running;

/// <summary>What became of one seed.</summary>
public sealed record SeedReport
{
    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>Steps made.</summary>
    public required long Steps { get; init; }

    /// <summary>Virtual time that went by.</summary>
    public required TimeSpan VirtualTime { get; init; }

    /// <summary>Hash of everything that happened and of what is durable in the end: the same for the same seed and code. Null unless the run was traced.</summary>
    public string? TraceHash { get; init; }

    /// <summary>How many requests ended in which phase; <c>Refused</c> are submissions that were refused. <c>BatchFulfilled</c> and <c>BatchInPart</c>
    /// are among the others: batches of which all statements were proved, and of which only some were. <c>Deleted</c> are those of them whose records have been deleted.</summary>
    public required IReadOnlyDictionary<string, long> Ends { get; init; }

    /// <summary>Faults injected, by kind.</summary>
    public required ImmutableDictionary<FaultKind, long> Faults { get; init; }

    /// <summary>Violations; the run ends with the step that has the first.</summary>
    public required ImmutableArray<Violation> Violations { get; init; }
}
