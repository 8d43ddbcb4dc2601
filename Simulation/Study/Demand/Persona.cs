using ProvingMarket.Domain.Qos;

namespace ProvingMarket.Simulation.Study.Demand;

/// <summary>A kind of requester: what matters to it, and how much time and money it has. Times are in median solo proving times of the program that it
/// asks for, prices in reference prices, so that a persona means the same for small and for large jobs.</summary>
internal sealed record Persona
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Who it is, in a sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>What matters to it.</summary>
    public required QosWeights Weights { get; init; }

    /// <summary>How many of 100 requests of the mixed population are its.</summary>
    public required int Share { get; init; }

    /// <summary>The time to its soft deadline.</summary>
    public required double Soft { get; init; }

    /// <summary>The time to its hard deadline; with an epoch the least time.</summary>
    public required double Hard { get; init; }

    /// <summary>After which time a proof is worth half to it.</summary>
    public required double HalfLife { get; init; }

    /// <summary>The most it pays.</summary>
    public required double Ceiling { get; init; }

    /// <summary>When not null, its hard deadlines are at multiples of this time (for the median job) and not when it asks; the soft one is just before.</summary>
    public double? Epoch { get; init; }

    /// <summary>True when some provers will not work for it.</summary>
    public bool IsCensored { get; init; }
}
