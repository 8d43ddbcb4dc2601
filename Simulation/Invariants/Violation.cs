using System.Globalization;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>A promise of the market that was broken.</summary>
public sealed record Violation
{
    /// <summary>The seed of the run.</summary>
    public required long Seed { get; init; }

    /// <summary>The step of the run after which it was found.</summary>
    public required long Step { get; init; }

    /// <summary>The virtual time.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The invariant's name.</summary>
    public required string Invariant { get; init; }

    /// <summary>What should have been.</summary>
    public required string Expected { get; init; }

    /// <summary>What was.</summary>
    public required string Found { get; init; }

    /// <summary>One line for people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"seed {Seed}, step {Step}, {At:HH:mm:ss.fff}: {Invariant}: expected {Expected}; found {Found}");
}
