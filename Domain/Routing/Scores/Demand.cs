using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Routing.Scores;

/// <summary>A run that looked for provers not long ago, as far as it matters to who could have taken it.</summary>
[GenerateSerializer, Immutable, Alias("pm.Demand")]
public sealed record Demand
{
    /// <summary>The program.</summary>
    [Id(0)] public required ProgramSummary Program { get; init; }

    /// <summary>Who may prove.</summary>
    [Id(1)] public required RequestConstraints Constraints { get; init; }

    /// <summary>The bond a lease takes.</summary>
    [Id(2)] public required Credits Bond { get; init; }

    /// <summary>The most that is paid.</summary>
    [Id(3)] public required Credits MaxPrice { get; init; }

    /// <summary>The time from the first search to the deadline.</summary>
    [Id(4)] public required TimeSpan Until { get; init; }
}
