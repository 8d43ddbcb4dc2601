using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Qos;

namespace ProvingMarket.Domain.Requests;

/// <summary>A request for a proof: what is to be proved, what matters and what is not negotiable.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProofRequestSpec")]
public sealed record ProofRequestSpec
{
    /// <summary>Chosen by the client, so that a retry is the same request. The same id with another body is refused.</summary>
    [Id(0)] public required string RequestId { get; init; }

    /// <summary>The account that pays.</summary>
    [Id(1)] public required string Account { get; init; }

    /// <summary>The program to prove.</summary>
    [Id(2)] public required string ProgramId { get; init; }

    /// <summary>The public inputs the proof must have, in the proof system's format (snarkjs: a JSON array of decimal strings).</summary>
    [Id(3)] public required Bytes PublicInputs { get; init; }

    /// <summary>The input or witness for the prover, at most <see cref="MarketLimits.InputBytes"/>. Only lease holders see it.</summary>
    [Id(4)] public required Bytes Input { get; init; }

    /// <summary>The most to pay; held on submission, what is not spent is refunded.</summary>
    [Id(5)] public required Credits MaxPrice { get; init; }

    /// <summary>The proof is wanted by then; afterwards the reward decays.</summary>
    [Id(6)] public required DateTimeOffset SoftDeadline { get; init; }

    /// <summary>The proof is worthless after that.</summary>
    [Id(7)] public required DateTimeOffset HardDeadline { get; init; }

    /// <summary>What matters.</summary>
    [Id(8)] public QosWeights Weights { get; init; } = new();

    /// <summary>What is not negotiable, beside price and deadlines.</summary>
    [Id(9)] public RequestConstraints Constraints { get; init; } = new();

    /// <summary>The mechanism, when the requester names it; the market chooses when it is null.</summary>
    [Id(10)] public MechanismChoice? Mechanism { get; init; }

    /// <summary>What to fall back to, in this order, when the mechanism fails before the hard deadline. The time until then is shared evenly.</summary>
    [Id(11)] public ImmutableArray<RequestFallback> Fallbacks { get; init; } = [];

    /// <summary>The time from the submission after which the proof is worth half to the requester, by which its speed is judged; null for the program's
    /// median solo proving time.</summary>
    [Id(12)] public TimeSpan? HalfLife { get; init; }
}

/// <summary>Who may prove a request, and how many must be able to.</summary>
[GenerateSerializer, Immutable, Alias("pm.RequestConstraints")]
public sealed record RequestConstraints
{
    /// <summary>At least so many provers must be admitted side by side, 1–64.</summary>
    [Id(0)] public int MinRedundancy { get; init; } = 1;

    /// <summary>Hardware tags every prover must have, for example <c>gpu</c>.</summary>
    [Id(1)] public ImmutableArray<string> Hardware { get; init; } = [];

    /// <summary>When not empty, only these provers.</summary>
    [Id(2)] public ImmutableArray<string> AllowedProvers { get; init; } = [];

    /// <summary>Never these provers.</summary>
    [Id(3)] public ImmutableArray<string> DeniedProvers { get; init; } = [];

    /// <summary>Least stake a prover must have.</summary>
    [Id(4)] public Credits MinStake { get; init; }
}
