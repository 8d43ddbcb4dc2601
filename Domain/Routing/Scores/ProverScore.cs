using System.Collections.Immutable;

namespace ProvingMarket.Domain.Routing.Scores;

/// <summary>How the market sees a prover: what it measured against what was declared, why it was chosen or not, and what would win it more work.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProverScore")]
public sealed record ProverScore
{
    /// <summary>The prover.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>Whether its worker is connected and takes work.</summary>
    [Id(1)] public required bool IsLive { get; init; }

    /// <summary>The probability that it keeps its next lease, in millionths: what draws and forecasts count with.</summary>
    [Id(2)] public required int ReputationPpm { get; init; }

    /// <summary>Until when it gets no lease after repeated misses; null when it may have some.</summary>
    [Id(3)] public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>Leases completed, ever.</summary>
    [Id(4)] public long Completed { get; init; }

    /// <summary>Leases missed, ever.</summary>
    [Id(5)] public long Missed { get; init; }

    /// <summary>Leases not taken up in time, ever.</summary>
    [Id(6)] public long Lapsed { get; init; }

    /// <summary>What it declares and what was measured.</summary>
    [Id(7)] public required ImmutableArray<Commitment> Commitments { get; init; }

    /// <summary>Where it stands among those who serve the same programs.</summary>
    [Id(8)] public required ImmutableArray<Standing> Standings { get; init; }

    /// <summary>What its registry shard has counted.</summary>
    [Id(9)] public required ProverTally Tally { get; init; }

    /// <summary>What became of its invitations.</summary>
    [Id(10)] public required InvitationTally Invitations { get; init; }

    /// <summary>How many of the remembered runs it is among the first for, as it is.</summary>
    [Id(11)] public required int Reached { get; init; }

    /// <summary>Single changes that would make it more, the most effective first: of each kind the smallest that gains at least half of what the kind can.</summary>
    [Id(12)] public required ImmutableArray<Improvement> Improvements { get; init; }
}

/// <summary>Something a prover commits to.</summary>
[GenerateSerializer, Immutable, Alias("pm.Commitment")]
public sealed record Commitment
{
    /// <summary>What.</summary>
    [Id(0)] public required CommitmentKind Kind { get; init; }

    /// <summary>What was declared, with its unit; empty when nothing was.</summary>
    [Id(1)] public required string Declared { get; init; }

    /// <summary>What was measured, with its unit; empty when nothing was.</summary>
    [Id(2)] public required string Measured { get; init; }

    /// <summary>Whether it is kept; null when that is not known or cannot be measured.</summary>
    [Id(3)] public bool? IsKept { get; init; }
}

/// <summary>Kinds of commitments.</summary>
public enum CommitmentKind
{
    /// <summary>Proofs at the same time.</summary>
    Capacity,
    /// <summary>Work a second of a slot; once measured often enough, the measurement counts.</summary>
    Speed,
    /// <summary>The least price for one work unit.</summary>
    Price,
    /// <summary>The 95th percentile from lease to proof.</summary>
    LatencyP95,
    /// <summary>The part of the time its worker is connected.</summary>
    Availability,
    /// <summary>Hardware tags.</summary>
    Hardware,
    /// <summary>Proof systems, by the programs it serves.</summary>
    ProofSystems,
}

/// <summary>Where a prover stands among those who serve a program.</summary>
[GenerateSerializer, Immutable, Alias("pm.Standing")]
public sealed record Standing
{
    /// <summary>The program's name.</summary>
    [Id(0)] public required string Program { get; init; }

    /// <summary>Connected provers that serve it, without this one.</summary>
    [Id(1)] public required int Others { get; init; }

    /// <summary>Those of them that ask less.</summary>
    [Id(2)] public required int Cheaper { get; init; }

    /// <summary>Those of them that are faster.</summary>
    [Id(3)] public required int Faster { get; init; }

    /// <summary>What it asks for a proof.</summary>
    [Id(4)] public required Credits Price { get; init; }

    /// <summary>The time it is expected to take for one.</summary>
    [Id(5)] public required TimeSpan Time { get; init; }

    /// <summary>How a proof by it alone would be judged if all qualities mattered alike, on the scales requests are judged by, in millionths.</summary>
    [Id(6)] public required int ScorePpm { get; init; }
}

/// <summary>A change by which a prover would be among the first for more runs.</summary>
[GenerateSerializer, Immutable, Alias("pm.Improvement")]
public sealed record Improvement
{
    /// <summary>What is changed.</summary>
    [Id(0)] public required ImprovementKind Kind { get; init; }

    /// <summary>The change in words.</summary>
    [Id(1)] public required string Change { get; init; }

    /// <summary>How large it is, in per cent of what there is; 100 for something that is not there at all.</summary>
    [Id(2)] public required int Percent { get; init; }

    /// <summary>How many more of the remembered runs it would be among the first for.</summary>
    [Id(3)] public required int Gains { get; init; }
}

/// <summary>Kinds of changes.</summary>
public enum ImprovementKind
{
    /// <summary>A lower ask.</summary>
    Price,
    /// <summary>Faster proofs.</summary>
    Speed,
    /// <summary>More stake.</summary>
    Stake,
    /// <summary>A higher limit for bonds.</summary>
    MaxBond,
    /// <summary>More slots.</summary>
    Slots,
    /// <summary>Hardware that is asked for.</summary>
    Hardware,
    /// <summary>Another program of a proof system it serves.</summary>
    Program,
    /// <summary>Another proof system.</summary>
    ProofSystem,
    /// <summary>A worker that is connected.</summary>
    Availability,
}
