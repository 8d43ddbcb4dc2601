using System.Collections.Immutable;
using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;

namespace ProvingMarket.Grains.Interfaces.Mechanisms;

/// <summary>Chooses how a request is served: a stateless worker keyed <see cref="GrainKeys.Single"/>. Everything may be repeated.</summary>
[Alias("pm.IMechanismRouterGrain")]
public interface IMechanismRouterGrain : IGrainWithIntegerKey
{
    /// <summary>Called by requests: the plan. A named mechanism is taken as it is; refuses an unknown one, unknown or invalid parameters, and a batch for a
    /// mechanism that proves single statements (<see cref="ReasonCode.BatchNotServed"/>). Without one the market chooses; refuses with
    /// <see cref="ReasonCode.MechanismMissing"/> when none of its mechanisms can be chosen.</summary>
    [Alias("Route")]
    Task<RouteAnswer> RouteAsync(RouteQuery query);

    /// <summary>Called by anyone: what the market would expect of a request and how it would serve it, without submitting it. Nothing is tried out. A
    /// batch has a plan and no table: forecasts are of single statements.</summary>
    [Alias("Quote")]
    Task<RouteAnswer> QuoteAsync(RouteQuestion question);

    /// <summary>Called by anyone: the mechanisms of this market with their parameters.</summary>
    [Alias("ListMechanisms"), ReadOnly]
    Task<ImmutableArray<MechanismListing>> ListMechanismsAsync();
}

/// <summary>What the router needs to know of a request.</summary>
[GenerateSerializer, Immutable, Alias("pm.RouteQuery")]
public sealed record RouteQuery
{
    /// <summary>The mechanism named by the requester; null when the market is to choose.</summary>
    [Id(0)] public MechanismChoice? Mechanism { get; init; }

    /// <summary>What the requester wants to fall back to from the mechanism it has named.</summary>
    [Id(1)] public ImmutableArray<RequestFallback> Fallbacks { get; init; } = [];

    /// <summary>The request.</summary>
    [Id(2)] public required RouteQuestion Question { get; init; }
}

/// <summary>Answer of the router.</summary>
[GenerateSerializer, Immutable, Alias("pm.RouteAnswer")]
public sealed record RouteAnswer
{
    /// <summary>The plan; null when refused.</summary>
    [Id(0)] public RoutePlan? Plan { get; init; }

    /// <summary>Why not.</summary>
    [Id(1)] public Refusal? Refusal { get; init; }

    /// <summary>The table that decided; null when the requester named the mechanism, and for a batch.</summary>
    [Id(2)] public RouteDecision? Decision { get; init; }
}

/// <summary>A mechanism as listed.</summary>
[GenerateSerializer, Immutable, Alias("pm.MechanismListing")]
public sealed record MechanismListing
{
    /// <summary>Its name.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>What it does, in a sentence.</summary>
    [Id(1)] public required string Summary { get; init; }

    /// <summary>Its parameters.</summary>
    [Id(2)] public required ImmutableArray<MechanismParameter> Parameters { get; init; }
}
