using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Interfaces.Requests;

/// <summary>Why a request was served as it was.</summary>
[GenerateSerializer, Immutable, Alias("pm.RequestExplanation")]
public sealed record RequestExplanation
{
    /// <summary>The plan.</summary>
    [Id(0)] public RoutePlan? Plan { get; init; }

    /// <summary>The table that decided it; null when the requester named the mechanism.</summary>
    [Id(1)] public RouteDecision? Decision { get; init; }

    /// <summary>Where it stands, and what happened.</summary>
    [Id(2)] public RequestStatus? Status { get; init; }

    /// <summary>What it got; null while it is open, when it was cancelled, and when its mechanism was named.</summary>
    [Id(3)] public RealisedService? Realised { get; init; }

    /// <summary>Why there is no explanation.</summary>
    [Id(4)] public Refusal? Refusal { get; init; }

    /// <summary>The best of what was not run, once it is known what was realised; null before, and when nothing else could have served it.</summary>
    [Id(5)] public Counterfactual? BestOther { get; init; }

    /// <summary>What the router is asked of this request: its limits and what matters to it, from its submission on. Null when there is no explanation.</summary>
    [Id(6)] public RouteQuestion? Question { get; init; }

    /// <summary>For a request whose mechanism was named, how the market would serve its like if it were submitted now and named none: what it expects of every mechanism, and why the
    /// others are ruled out. Null for a routed one. The request does not know it; clients ask the router.</summary>
    [Id(7)] public RouteAnswer? Alternative { get; init; }
}
