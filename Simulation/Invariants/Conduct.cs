using System.Collections.Immutable;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>How those in a world behave, as far as promises depend on it.</summary>
internal sealed record Conduct
{
    /// <summary>The provers that do what the market's own worker does.</summary>
    public ImmutableHashSet<string> Honest { get; init; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <summary>True when no call, write or process fails.</summary>
    public bool IsCalm { get; init; }
}
