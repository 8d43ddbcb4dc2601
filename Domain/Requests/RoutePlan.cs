using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;

namespace ProvingMarket.Domain.Requests;

/// <summary>How a request is to be served: its stages in order, and why.</summary>
[GenerateSerializer, Immutable, Alias("pm.RoutePlan")]
public sealed record RoutePlan
{
    /// <summary>The stages; the first is the primary run, the others follow when it fails.</summary>
    [Id(0)] public required ImmutableArray<MechanismChoice> Stages { get; init; }

    /// <summary>Why this plan, in words.</summary>
    [Id(1)] public required string Explanation { get; init; }
}
