using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Routing;

/// <summary>What the router is asked: a request, as far as it matters to how it is served.</summary>
[GenerateSerializer, Immutable, Alias("pm.RouteQuestion")]
public sealed record RouteQuestion
{
    /// <summary>The request's id: what little is random in routing comes from it.</summary>
    [Id(0)] public required string RequestId { get; init; }

    /// <summary>The account that pays.</summary>
    [Id(1)] public required string Account { get; init; }

    /// <summary>The program.</summary>
    [Id(2)] public required ProgramSummary Program { get; init; }

    /// <summary>The price ceiling.</summary>
    [Id(3)] public required Credits MaxPrice { get; init; }

    /// <summary>From the submission to the soft deadline.</summary>
    [Id(4)] public required TimeSpan UntilSoft { get; init; }

    /// <summary>From the submission to the hard deadline.</summary>
    [Id(5)] public required TimeSpan UntilHard { get; init; }

    /// <summary>What matters.</summary>
    [Id(6)] public required QosWeights Weights { get; init; }

    /// <summary>What is not negotiable.</summary>
    [Id(7)] public required RequestConstraints Constraints { get; init; }

    /// <summary>The time after which the proof is worth half to the requester; null for the program's median solo proving time.</summary>
    [Id(8)] public TimeSpan? HalfLife { get; init; }

    /// <summary>How many statements a batch has; 0 for a single statement.</summary>
    [Id(9)] public int Statements { get; init; }
}

/// <summary>Makes questions.</summary>
public static class RouteQuestions
{
    /// <summary>What the router is asked about a request submitted now.</summary>
    public static RouteQuestion Of(ProofRequestSpec spec, ProgramSummary program, DateTimeOffset now) => new()
    {
        RequestId = spec.RequestId,
        Account = spec.Account,
        Program = program,
        MaxPrice = spec.MaxPrice,
        UntilSoft = spec.SoftDeadline - now,
        UntilHard = spec.HardDeadline - now,
        Weights = spec.Weights,
        Constraints = spec.Constraints,
        HalfLife = spec.HalfLife,
        Statements = spec.Statements.Length,
    };
}
