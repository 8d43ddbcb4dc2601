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

    /// <summary>Which causes of failure each stage after the first answers, in their order; every cause when one has none, or is not listed.</summary>
    [Id(2)] public ImmutableArray<RequestFallback> Fallbacks { get; init; } = [];

    /// <summary>When each stage ends, in thousandths of the time from the submission to the hard deadline; when empty, a stage has its even share of the time
    /// that is left.</summary>
    [Id(3)] public ImmutableArray<int> EndsPermille { get; init; } = [];

    /// <summary>Whether a later stage answers a cause.</summary>
    public bool Answers(int stage, FailureCause cause) => stage > Fallbacks.Length || Fallbacks[stage - 1].Answers(cause);
}
