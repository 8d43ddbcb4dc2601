using System.Collections.Immutable;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Routing;

/// <summary>The table that decided how a request is served, kept with it: what was expected of every instance, who was eligible, and what was chosen why.
/// Numbers are whole, so that what is stored is small and the same everywhere.</summary>
[GenerateSerializer, Immutable, Alias("pm.RouteDecision")]
public sealed record RouteDecision
{
    /// <summary>What was expected of each instance, the chosen one first, the others by their scores.</summary>
    [Id(0)] public required ImmutableArray<InstanceForecast> Table { get; init; }

    /// <summary>Why the first was chosen, in words.</summary>
    [Id(1)] public required string Reason { get; init; }

    /// <summary>True when it was tried out although another was expected to be a little better.</summary>
    [Id(2)] public bool IsExploring { get; init; }

    /// <summary>How many provers met every constraint.</summary>
    [Id(3)] public required int Eligible { get; init; }

    /// <summary>How many did not, by the first limit they failed.</summary>
    [Id(4)] public ImmutableSortedDictionary<ReasonCode, int> LeftOut { get; init; } = ImmutableSortedDictionary<ReasonCode, int>.Empty;

    /// <summary>Changes of one limit that would have let further provers in, the smallest first. Tried are the lists of provers, hardware, stake, deadline and price, and
    /// redundancy when not as many as are wanted side by side can be had.</summary>
    [Id(5)] public ImmutableArray<Relaxation> Relaxations { get; init; } = [];

    /// <summary>The half-life by which speed is judged.</summary>
    [Id(6)] public required TimeSpan HalfLife { get; init; }

    /// <summary>The price by which cost is judged.</summary>
    [Id(7)] public required Credits Reference { get; init; }

    /// <summary>What was expected of the primary run, for learning; null when nobody was eligible.</summary>
    [Id(8)] public RouteBasis? Basis { get; init; }

    /// <summary>What mattered to the requester.</summary>
    [Id(9)] public required QosWeights Weights { get; init; }

    /// <summary>Those of the allowed provers who were not connected or did not serve the program; the first eight.</summary>
    [Id(10)] public ImmutableArray<string> Absent { get; init; } = [];

    /// <summary>What was chosen.</summary>
    public InstanceForecast? Chosen => Table.IsEmpty ? null : Table[0];
}

/// <summary>What is expected of a request served by one instance, with the fallbacks that would follow it.</summary>
[GenerateSerializer, Immutable, Alias("pm.InstanceForecast")]
public sealed record InstanceForecast
{
    /// <summary>The instance.</summary>
    [Id(0)] public required string Instance { get; init; }

    /// <summary>Why it cannot serve the request; null when it can.</summary>
    [Id(1)] public Refusal? Limit { get; init; }

    /// <summary>P(a valid proof by the soft deadline), in millionths.</summary>
    [Id(2)] public int SoftPpm { get; init; }

    /// <summary>P(a valid proof by the hard deadline), in millionths.</summary>
    [Id(3)] public int HardPpm { get; init; }

    /// <summary>The median time to a valid proof, if one comes.</summary>
    [Id(4)] public TimeSpan LatencyP50 { get; init; }

    /// <summary>The time within which nine of ten proofs come, if they come.</summary>
    [Id(5)] public TimeSpan LatencyP90 { get; init; }

    /// <summary>The median price, if a proof comes.</summary>
    [Id(6)] public Credits PriceP50 { get; init; }

    /// <summary>The price that nine of ten proofs do not exceed.</summary>
    [Id(7)] public Credits PriceP90 { get; init; }

    /// <summary>How many independent provers are expected to hold the work, in thousandths.</summary>
    [Id(8)] public int ProversMilli { get; init; }

    /// <summary>The score by which it competes, in millionths: the weighted mean of its utilities, safety by nines.</summary>
    [Id(9)] public int ScorePpm { get; init; }

    /// <summary>The loss of quality of service that is expected to be realised, in millionths.</summary>
    [Id(10)] public int LossPpm { get; init; }

    /// <summary>Whether it can serve the request.</summary>
    public bool IsFeasible => Limit is null;
}

/// <summary>An answer of the router: how a request is served, or would be, and why.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Decision">The table that decided.</param>
public readonly record struct RouteResult(RoutePlan Plan, RouteDecision Decision);
