using System.Collections.Immutable;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms;

/// <summary>What a request orders from a mechanism: one run over one stage of its plan. All of it is fixed when the run starts.
/// The input is not part of it: runs are written often and fetch the input from the request when a prover takes a lease.</summary>
[GenerateSerializer, Immutable, Alias("pm.RunOrder")]
public sealed record RunOrder
{
    /// <summary>The request.</summary>
    [Id(0)] public required string RequestId { get; init; }

    /// <summary>The stage of the request's plan, from 0.</summary>
    [Id(1)] public required int Stage { get; init; }

    /// <summary>The mechanism and its parameters.</summary>
    [Id(2)] public required MechanismChoice Mechanism { get; init; }

    /// <summary>The program to prove.</summary>
    [Id(3)] public required ProgramSummary Program { get; init; }

    /// <summary>The public inputs every accepted proof must have, in the proof system's format; empty for a batch.</summary>
    [Id(4)] public required Bytes PublicInputs { get; init; }

    /// <summary>The most the requester pays, over all provers.</summary>
    [Id(5)] public required Credits MaxPrice { get; init; }

    /// <summary>Until then the full reward is paid.</summary>
    [Id(6)] public required DateTimeOffset SoftDeadline { get; init; }

    /// <summary>Proofs that arrive later are refused.</summary>
    [Id(7)] public required DateTimeOffset HardDeadline { get; init; }

    /// <summary>Who may prove.</summary>
    [Id(8)] public required RequestConstraints Constraints { get; init; }

    /// <summary>Provers excluded by earlier stages.</summary>
    [Id(9)] public ImmutableArray<string> Excluded { get; init; } = [];

    /// <summary>The requester's account.</summary>
    [Id(10)] public required string Account { get; init; }

    /// <summary>The statements of a batch that are to be proved; empty for a single one.</summary>
    [Id(11)] public ImmutableArray<RunStatement> Statements { get; init; } = [];

    /// <summary>What provers have lost of their bonds in earlier stages: whoever delivers now has a share of it (<see cref="SettlementRules.RescueOf"/>).</summary>
    [Id(12)] public ImmutableArray<LostBond> LostBefore { get; init; } = [];

    /// <summary>True for a batch.</summary>
    public bool IsBatch => !Statements.IsEmpty;
}

/// <summary>A statement of a batch, as a run knows it.</summary>
[GenerateSerializer, Immutable, Alias("pm.RunStatement")]
public sealed record RunStatement
{
    /// <summary>Its place in the request's list, from 0.</summary>
    [Id(0)] public required int Statement { get; init; }

    /// <summary>The public inputs its proof must have.</summary>
    [Id(1)] public required Bytes PublicInputs { get; init; }
}

/// <summary>What a prover has lost of its bond on a request, to be shared if somebody else proves it.</summary>
[GenerateSerializer, Immutable, Alias("pm.LostBond")]
public sealed record LostBond
{
    /// <summary>The prover.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>Its account; empty when that is not known.</summary>
    [Id(1)] public required string Account { get; init; }

    /// <summary>How much.</summary>
    [Id(2)] public required Credits Amount { get; init; }
}
