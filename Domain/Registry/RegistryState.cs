using System.Collections.Immutable;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Registry;

/// <summary>What one registry shard knows of its provers: the single record that slots, stake, bonds and leases are decided from.</summary>
[GenerateSerializer, Immutable, Alias("pm.RegistryState")]
public sealed record RegistryState
{
    /// <summary>A shard without provers.</summary>
    public static readonly RegistryState Empty = new();

    /// <summary>The provers by id, in the order in which searches name them.</summary>
    [Id(0)] public ImmutableSortedDictionary<string, ProverRecord> Provers { get; init; } = ImmutableSortedDictionary.Create<string, ProverRecord>(StringComparer.Ordinal);

    /// <summary>Leases that ended not long ago: a late reservation must not bring them back.</summary>
    [Id(1)] public EndedLeases Ended { get; init; } = EndedLeases.None;
}

/// <summary>One prover: its offer, its stake and the leases it holds.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProverRecord")]
public sealed record ProverRecord
{
    /// <summary>What it commits to.</summary>
    [Id(0)] public required ProverOffer Offer { get; init; }

    /// <summary>Stake deposited and not slashed; bonds are part of it.</summary>
    [Id(1)] public Credits Stake { get; init; }

    /// <summary>Leases it holds, by lease id.</summary>
    [Id(2)] public ImmutableDictionary<string, Lease> Leases { get; init; } = ImmutableDictionary<string, Lease>.Empty;

    /// <summary>Stake that leaves, or has left not long ago, by entry id: a retry must not take it again. What was paid longer ago than calls are late is
    /// forgotten here and known to the prover (<see cref="UnbondingRules.Paid"/>).</summary>
    [Id(3)] public ImmutableDictionary<string, UnbondingStake> Unbonding { get; init; } = ImmutableDictionary<string, UnbondingStake>.Empty;

    /// <summary>Stake entries applied, by entry id: a retry must not apply them again. Those of which no retry can come any more are forgotten here and
    /// known to the prover (<see cref="RegistryRules.AddStake"/>).</summary>
    [Id(4)] public ImmutableDictionary<string, StakeEntry> StakeEntries { get; init; } = ImmutableDictionary<string, StakeEntry>.Empty;

    /// <summary>Leases completed so far.</summary>
    [Id(5)] public long Completed { get; init; }

    /// <summary>Leases missed so far.</summary>
    [Id(6)] public long Missed { get; init; }

    /// <summary>Bonds slashed so far.</summary>
    [Id(7)] public Credits Slashed { get; init; }

    /// <summary>What the market has seen of it.</summary>
    [Id(8)] public TrackRecord Track { get; init; } = TrackRecord.Empty;

    /// <summary>Leases so far that were reserved for it and that it did not take up in time.</summary>
    [Id(9)] public long Lapsed { get; init; }

    /// <summary>All stake added so far.</summary>
    [Id(10)] public Credits Staked { get; init; }

    /// <summary>All stake released so far.</summary>
    [Id(11)] public Credits Unstaked { get; init; }

    /// <summary>Deposits that have been announced, and may be on their way from the account (<see cref="ComingStakeRules"/>): attempts, each with an id of its own.</summary>
    [Id(12)] public ImmutableHashSet<string> ComingStake { get; init; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Stake under bonds of current leases.</summary>
    public Credits LockedBond => Leases.IsEmpty ? Credits.Zero : Leases.Aggregate(Credits.Zero, (sum, lease) => sum + lease.Value.Bond);

    /// <summary>Stake that does not leave; nothing when more is to leave than slashing has left.</summary>
    public Credits StayingStake => Positive(Stake - UnbondingStake);

    /// <summary>True when stake leaves and is not known to be paid, or may be coming.</summary>
    public bool HasMovingStake => !ComingStake.IsEmpty || Unbonding.Values.Any(unbonding => !unbonding.IsPaid);

    /// <summary>Stake that can still be bonded.</summary>
    public Credits FreeStake => Positive(StayingStake - LockedBond);

    /// <summary>Stake that is to leave and is still here.</summary>
    public Credits UnbondingStake => Unbonding.IsEmpty
        ? Credits.Zero
        : Unbonding.Values.Aggregate(Credits.Zero, (sum, unbonding) => unbonding.Released is null ? sum + unbonding.Amount : sum);

    private static Credits Positive(Credits amount) => amount > Credits.Zero ? amount : Credits.Zero;
}

/// <summary>Stake that was added.</summary>
[GenerateSerializer, Immutable, Alias("pm.StakeEntry")]
public sealed record StakeEntry
{
    /// <summary>How much.</summary>
    [Id(0)] public required Credits Amount { get; init; }

    /// <summary>When, or when that was last called for again.</summary>
    [Id(1)] public required DateTimeOffset At { get; init; }
}

/// <summary>Stake on its way back to the prover's account. Until it is released it can be slashed, and nothing new can be bonded on it.</summary>
[GenerateSerializer, Immutable, Alias("pm.UnbondingStake")]
public sealed record UnbondingStake
{
    /// <summary>How much was asked for.</summary>
    [Id(0)] public required Credits Amount { get; init; }

    /// <summary>It leaves then at the earliest, and not while bonds need it.</summary>
    [Id(1)] public required DateTimeOffset FreeAt { get; init; }

    /// <summary>What has left the stake, less than was asked for when some was slashed meanwhile; null before.</summary>
    [Id(2)] public Credits? Released { get; init; }

    /// <summary>When it left the stake.</summary>
    [Id(3)] public DateTimeOffset ReleasedAt { get; init; }

    /// <summary>True when it is on the account.</summary>
    [Id(4)] public bool IsPaid { get; init; }

    /// <summary>When that was noted.</summary>
    [Id(5)] public DateTimeOffset PaidAt { get; init; }
}

/// <summary>The right and the duty to prove one task: a slot and a bond until a deadline.</summary>
[GenerateSerializer, Immutable, Alias("pm.Lease")]
public sealed record Lease
{
    /// <summary>The lease id, derived from run and prover, so a repeated reservation finds it.</summary>
    [Id(0)] public required string LeaseId { get; init; }

    /// <summary>The program to prove.</summary>
    [Id(1)] public required string ProgramId { get; init; }

    /// <summary>The bond, slashed when the lease is missed.</summary>
    [Id(2)] public required Credits Bond { get; init; }

    /// <summary>When it was granted.</summary>
    [Id(3)] public required DateTimeOffset GrantedAt { get; init; }

    /// <summary>Until when the proof must have been delivered.</summary>
    [Id(4)] public required DateTimeOffset Deadline { get; init; }

    /// <summary>The work to do.</summary>
    [Id(5)] public WorkUnits Work { get; init; }
}

/// <summary>Whether a prover's worker is there. Kept in memory only: workers connect again after a restart.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProverPresence")]
public sealed record ProverPresence
{
    /// <summary>The worker's session; a newer session replaces an older one.</summary>
    [Id(0)] public required string Session { get; init; }

    /// <summary>Until when it counts as connected, unless it renews; by the clock of its registry shard, once that has heard of it.</summary>
    [Id(1)] public required DateTimeOffset LiveUntil { get; init; }

    /// <summary>True when it finishes what it has and takes nothing new.</summary>
    [Id(2)] public bool Draining { get; init; }
}

/// <summary>A wish for one prover's slot and bond.</summary>
[GenerateSerializer, Immutable, Alias("pm.ReserveCommand")]
public sealed record ReserveCommand
{
    /// <summary>The prover.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>The worker's session; empty for whichever is current, when a run reserves on its own account.</summary>
    [Id(1)] public required string Session { get; init; }

    /// <summary>The lease id; repeating it gives the same lease.</summary>
    [Id(2)] public required string LeaseId { get; init; }

    /// <summary>The program.</summary>
    [Id(3)] public required string ProgramId { get; init; }

    /// <summary>The bond to lock; not negative.</summary>
    [Id(4)] public required Credits Bond { get; init; }

    /// <summary>The lease's deadline.</summary>
    [Id(5)] public required DateTimeOffset Deadline { get; init; }

    /// <summary>Who may prove: a prover that joins without having been invited is held to it here.</summary>
    [Id(6)] public required RequestConstraints Constraints { get; init; }

    /// <summary>The work to do; the prover must be able to do it by the deadline.</summary>
    [Id(7)] public required WorkUnits Work { get; init; }
}
