using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;

namespace ProvingMarket.Grains.Requests;

/// <summary>What was submitted: written once, before anything else happens.</summary>
[GenerateSerializer, Immutable, Alias("pm.StoredRequest")]
internal sealed record StoredRequest
{
    /// <summary>The body.</summary>
    [Id(0)] public required ProofRequestSpec Spec { get; init; }

    /// <summary>Its digest.</summary>
    [Id(1)] public required string Digest { get; init; }

    /// <summary>The program as it was then.</summary>
    [Id(2)] public required ProgramSummary Program { get; init; }

    /// <summary>The plan made on submission.</summary>
    [Id(3)] public required RoutePlan Plan { get; init; }

    /// <summary>When it was submitted.</summary>
    [Id(4)] public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>The table that decided the plan; null when the requester named the mechanism.</summary>
    [Id(5)] public RouteDecision? Decision { get; init; }
}
