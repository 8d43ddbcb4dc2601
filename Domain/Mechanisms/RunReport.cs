using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms;

/// <summary>How a run ended: its decision, durable before anyone is told, from which the request settles.</summary>
[GenerateSerializer, Immutable, Alias("pm.RunReport")]
public sealed record RunReport
{
    /// <summary>Why it ended: <see cref="ReasonCode.Won"/>, or why not.</summary>
    [Id(0)] public required ReasonCode Reason { get; init; }

    /// <summary>When it ended.</summary>
    [Id(1)] public required DateTimeOffset EndedAt { get; init; }

    /// <summary>The accepted proof, the first when there are several; null when the run failed, and for a batch.</summary>
    [Id(2)] public AcceptedProof? Proof { get; init; }

    /// <summary>What the run pays to whom, whoever delivered the first valid proof first; the sum is at most the order's price ceiling.</summary>
    [Id(3)] public ImmutableArray<RunPayment> Payments { get; init; } = [];

    /// <summary>How each lease of the run ends.</summary>
    [Id(4)] public ImmutableArray<LeaseEnding> Leases { get; init; } = [];

    /// <summary>How many provers were invited.</summary>
    [Id(5)] public int Invited { get; init; }

    /// <summary>How many provers were not eligible when last asked, by reason: why nobody, or hardly anybody, took it.</summary>
    [Id(6)] public ImmutableSortedDictionary<ReasonCode, int> LeftOut { get; init; } = ImmutableSortedDictionary<ReasonCode, int>.Empty;

    /// <summary>The hash of the transcript's last entry, which covers all of it; empty when the run was never started.</summary>
    [Id(7)] public Bytes TranscriptHash { get; init; }

    /// <summary>The statements of a batch that were proved, by their number: all of them when the run was won, and some, which are paid all the same, when it
    /// was not. Empty for a single statement.</summary>
    [Id(8)] public ImmutableArray<ProvedStatement> Statements { get; init; } = [];

    /// <summary>True when everything that was ordered has been proved.</summary>
    public bool Succeeded => Reason == ReasonCode.Won;
}

/// <summary>A statement of a batch that was proved. The proof itself is kept in a record of its own, once.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProvedStatement")]
public sealed record ProvedStatement
{
    /// <summary>The statement's place in the request's list, from 0.</summary>
    [Id(0)] public required int Statement { get; init; }

    /// <summary>Who proved it.</summary>
    [Id(1)] public required string ProverId { get; init; }

    /// <summary>The digest of the proof, bound to its prover (<see cref="Runs.TranscriptRules.DigestOf"/>); with the run's key it is the key of the proof.</summary>
    [Id(2)] public required string Digest { get; init; }

    /// <summary>The stage of the request in which it was proved.</summary>
    [Id(3)] public required int Stage { get; init; }

    /// <summary>When the proof arrived.</summary>
    [Id(4)] public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>What it is paid.</summary>
    [Id(5)] public required Credits Reward { get; init; }
}

/// <summary>A proof that was verified.</summary>
[GenerateSerializer, Immutable, Alias("pm.AcceptedProof")]
public sealed record AcceptedProof
{
    /// <summary>Who made it.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>The proof in the proof system's format.</summary>
    [Id(1)] public required Bytes Proof { get; init; }

    /// <summary>When it arrived; payment decays by this time.</summary>
    [Id(2)] public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>When its verification ended.</summary>
    [Id(3)] public required DateTimeOffset VerifiedAt { get; init; }
}

/// <summary>A payment decided by a run.</summary>
[GenerateSerializer, Immutable, Alias("pm.RunPayment")]
public sealed record RunPayment
{
    /// <summary>The prover paid.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>The account paid.</summary>
    [Id(1)] public required string Account { get; init; }

    /// <summary>How much.</summary>
    [Id(2)] public required Credits Amount { get; init; }
}

/// <summary>How a lease ends.</summary>
[GenerateSerializer, Immutable, Alias("pm.LeaseEnding")]
public sealed record LeaseEnding
{
    /// <summary>The prover that holds the lease.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>The ending.</summary>
    [Id(1)] public required LeaseOutcome Outcome { get; init; }

    /// <summary>Why.</summary>
    [Id(2)] public required ReasonCode Reason { get; init; }

    /// <summary>The bond under the lease; slashed, wholly or by the <see cref="Penalty"/>, when it was missed, released otherwise.</summary>
    [Id(3)] public required Credits Bond { get; init; }

    /// <summary>The deadline the lease was given.</summary>
    [Id(4)] public required DateTimeOffset Deadline { get; init; }

    /// <summary>When the valid proof was delivered; null when there was none.</summary>
    [Id(5)] public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>What is slashed of the bond when it was missed, at most the bond; null for all of it.</summary>
    [Id(6)] public Credits? Penalty { get; init; }

    /// <summary>When the prover began to work for it, by the clock that <see cref="DeliveredAt"/> is of: it held the lease, and knew that the work was its own; null when
    /// nothing was delivered.</summary>
    [Id(7)] public DateTimeOffset? StartedAt { get; init; }

    /// <summary>The account of the prover, by which identities of one owner are counted once; empty when it is not known to have had a lease.</summary>
    [Id(8)] public string Account { get; init; } = "";

    /// <summary>How long the proof took; null when that is not known, also because the clock was set back meanwhile: then it says nothing about speed.</summary>
    public TimeSpan? Took => DeliveredAt - StartedAt is { Ticks: >= 0 } took ? took : null;

    /// <summary>Whether the prover says that nobody can prove this, and has paid for leaving: until the request has ended nobody knows whether it is right, and
    /// it is neither a success nor a failure.</summary>
    public bool IsDisputed => Outcome == LeaseOutcome.Miss && Reason == ReasonCode.InputRejected;

    /// <summary>Whether it is the prover's failure: it has missed its lease, and not in dispute, or never taken it up.</summary>
    public bool IsFailure => Outcome is LeaseOutcome.Miss or LeaseOutcome.Lapse && !IsDisputed;

    /// <summary>What is slashed.</summary>
    public Credits Slashed => Outcome == LeaseOutcome.Miss ? Penalty ?? Bond : Credits.Zero;
}

/// <summary>How a lease can end.</summary>
public enum LeaseOutcome
{
    /// <summary>A valid proof was delivered: the bond is released.</summary>
    Complete = 1,

    /// <summary>The prover gave the lease back early: the bond is released.</summary>
    Decline = 2,

    /// <summary>No valid proof by the deadline, or given back at a price: the bond is slashed.</summary>
    Miss = 3,

    /// <summary>Ended without fault of the prover: the bond is released.</summary>
    Cancel = 4,

    /// <summary>The prover did not take it up in time: the bond is released, and the registry counts it like a miss.</summary>
    Lapse = 5,
}
