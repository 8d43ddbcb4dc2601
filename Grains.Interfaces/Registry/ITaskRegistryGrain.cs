using System.Collections.Immutable;
using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Domain.Routing.Scores;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Grains.Interfaces.Registry;

/// <summary>One shard of the registry of provers (key: shard number, <see cref="GrainKeys.RegistryShard"/> of the prover id): enforces slots
/// and stake. Several mechanisms feed it at once. Changes are durable before they are acknowledged and may be repeated.</summary>
[Alias("pm.ITaskRegistryGrain")]
public interface ITaskRegistryGrain : IGrainWithIntegerKey
{
    /// <summary>Called by provers: registers or replaces an offer. Repeatable.</summary>
    [Alias("Register")]
    Task<Refusal?> RegisterAsync(ProverOffer offer);

    /// <summary>Called by provers: the prover's worker is there; null when it is gone. Kept in memory, repeated by every renewal. Answers what has been announced to the
    /// prover, in case a push was lost.</summary>
    [Alias("SetSession")]
    Task<RunNotices> SetSessionAsync(string proverId, ProverSession? session);

    /// <summary>Called by a prover that has lost its memory while its worker is there: the session it set last; null when there is none.</summary>
    [Alias("GetSession"), ReadOnly]
    Task<ProverSession?> GetSessionAsync(string proverId);

    /// <summary>Called by provers: adds stake that has left the prover's account. Repeatable by <paramref name="entryId"/> as long as the prover names
    /// it among what is <paramref name="moving"/>, and for <see cref="MarketLimits.LateCall"/> after that.</summary>
    [Alias("AddStake")]
    Task<Refusal?> AddStakeAsync(string proverId, string entryId, Credits amount, ImmutableArray<string> moving);

    /// <summary>Called by provers: begins to take stake out. Refuses with <see cref="ReasonCode.StakeInsufficient"/> more than stays otherwise, and with
    /// <see cref="ReasonCode.OutOfRange"/> more than <see cref="MarketLimits.Amount"/>. Repeatable by <paramref name="entryId"/>.</summary>
    [Alias("UnbondStake")]
    Task<UnbondAnswer> UnbondStakeAsync(string proverId, string entryId, Credits amount);

    /// <summary>Called by provers: takes stake out whose delay is over; it is then on its way to the account. Refuses with
    /// <see cref="ReasonCode.StakeUnbonding"/> before that, and while bonds need it. Repeatable by <paramref name="entryId"/>.</summary>
    [Alias("ReleaseStake")]
    Task<UnbondAnswer> ReleaseStakeAsync(string proverId, string entryId);

    /// <summary>Called by provers: released stake is on the account, and the prover remembers it for ever. Repeatable.</summary>
    [Alias("NoteStakePaid")]
    Task NoteStakePaidAsync(string proverId, string entryId);

    /// <summary>Called by provers before stake sets out from their account: the shard remembers that they have to be woken when everything has crashed. Moves
    /// nothing; does nothing for a prover that is not registered. Repeatable by <paramref name="movement"/>.</summary>
    /// <param name="proverId">The prover.</param>
    /// <param name="movement">The attempt at a deposit; every attempt has an id of its own, so that a late call ends no other one.</param>
    [Alias("AnnounceStake")]
    Task AnnounceStakeAsync(string proverId, string movement);

    /// <summary>Called by provers: nothing of these attempts is on its way any more. Repeatable.</summary>
    [Alias("EndAnnouncedStake")]
    Task EndAnnouncedStakeAsync(string proverId, ImmutableArray<string> movements);

    /// <summary>Called by the silo at start: the provers with stake under way, in the order of their ids: stake that leaves and has not been noted as paid, or
    /// deposits that were announced and have not ended.</summary>
    [Alias("ListUnbonding"), ReadOnly]
    Task<ImmutableArray<string>> ListMovingStakeAsync();

    /// <summary>Called by runs: who can be invited, and how many are left out for which reason.</summary>
    [Alias("FindCandidates"), ReadOnly]
    Task<CandidateAnswer> FindCandidatesAsync(CandidateQuery query);

    /// <summary>Called by runs: invites every eligible prover of the shard that it has not invited to this run yet, and keeps the invitation for renewals until it is
    /// withdrawn or expires. No worker is waited for. In memory; repeatable: nobody hears of the same run twice unless the shard has lost its memory.</summary>
    [Alias("Announce")]
    Task<AnnounceAnswer> AnnounceAsync(CandidateQuery query, Invitation invitation);

    /// <summary>Called by runs that are over: takes an announced invitation away and tells the workers to stop, and why, except the winners, who know, and those of
    /// <paramref name="except"/>, who hear of it from their own grains. Repeatable; may be lost: who goes on is refused.</summary>
    [Alias("Withdraw"), OneWay]
    Task WithdrawAsync(StopWork stop, ImmutableArray<string> except);

    /// <summary>Called by runs: reserves a slot and a bond together, or refuses. Repeatable by the lease id.</summary>
    [Alias("Reserve")]
    Task<ReserveAnswer> ReserveAsync(ReserveCommand command);

    /// <summary>Called by runs that reserve for several provers of the shard at once: in one step, in the order of the commands, until enough are
    /// granted. Answers every command: with a lease, a refusal, or neither when it was not needed. Repeatable by the lease ids.</summary>
    [Alias("ReserveMany")]
    Task<ImmutableArray<ReserveAnswer>> ReserveManyAsync(ImmutableArray<ReserveCommand> commands, int wanted);

    /// <summary>Called by runs that have forgotten whether a reservation was granted: the lease if it is held, else a refusal with
    /// <see cref="ReasonCode.LeaseMissing"/>. Asks for no session: after a restart a worker may deliver before it has connected again.</summary>
    [Alias("FindLease")]
    Task<ReserveAnswer> FindLeaseAsync(string proverId, string leaseId);

    /// <summary>Called by order books: the prover's offer, for a session that acts in its name; refuses with <see cref="ReasonCode.SessionUnknown"/> any but
    /// the current one.</summary>
    [Alias("FindOffer"), ReadOnly]
    Task<OfferAnswer> FindOfferAsync(string proverId, string session);

    /// <summary>Called by requests and runs: ends a lease; a missed lease's bond is taken from the stake. Repeatable.</summary>
    [Alias("EndLease")]
    Task EndLeaseAsync(string leaseId, LeaseEnding ending);

    /// <summary>Called by anyone: one prover's record; null when unknown.</summary>
    [Alias("GetProver"), ReadOnly]
    Task<ProverRecord?> GetProverAsync(string proverId);

    /// <summary>Called by routers, about every second: the connected provers of the shard.</summary>
    [Alias("GetSupply"), ReadOnly]
    Task<SupplyReport> GetSupplyAsync();

    /// <summary>Called by provers that want to see their score: what was counted of one since the shard was activated.</summary>
    [Alias("GetTally"), ReadOnly]
    Task<ProverTally> GetTallyAsync(string proverId);

    /// <summary>Called by operators and audits: sums over the shard.</summary>
    [Alias("GetTotals"), ReadOnly]
    Task<RegistryTotals> GetTotalsAsync();
}

/// <summary>A worker that is there.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProverSession")]
public sealed record ProverSession
{
    /// <summary>Its session.</summary>
    [Id(0)] public required ProverPresence Presence { get; init; }

    /// <summary>Where it is told of invitations.</summary>
    [Id(1)] public required IProverObserver Observer { get; init; }

    /// <summary>How long it counts as connected from when its shard hears of it, unless it renews. Zero when it is not told: then
    /// <see cref="ProverPresence.LiveUntil"/> counts as it is.</summary>
    [Id(2)] public TimeSpan Lifetime { get; init; }

    /// <summary>As the shard keeps it that hears of it now: it ends by the shard's clock, for that is what it is compared with.</summary>
    public ProverSession HeardAt(DateTimeOffset now) => Lifetime > TimeSpan.Zero ? this with { Presence = Presence with { LiveUntil = now + Lifetime } } : this;
}

/// <summary>What a worker is to know of runs.</summary>
[GenerateSerializer, Immutable, Alias("pm.RunNotices")]
public sealed record RunNotices
{
    /// <summary>Nothing.</summary>
    public static readonly RunNotices None = new();

    /// <summary>Open runs to which it is invited.</summary>
    [Id(0)] public ImmutableArray<Invitation> Invitations { get; init; } = [];

    /// <summary>Runs that are over for it since not long ago.</summary>
    [Id(1)] public ImmutableArray<StopWork> Stopped { get; init; } = [];
}

/// <summary>Answer to an announcement.</summary>
[GenerateSerializer, Immutable, Alias("pm.AnnounceAnswer")]
public sealed record AnnounceAnswer
{
    /// <summary>Ids of all provers of the shard that have been invited to the run so far.</summary>
    [Id(0)] public ImmutableArray<string> Invited { get; init; } = [];

    /// <summary>How many were left out this time, by reason.</summary>
    [Id(1)] public ImmutableSortedDictionary<ReasonCode, int> LeftOut { get; init; } = ImmutableSortedDictionary<ReasonCode, int>.Empty;
}

/// <summary>Answer about stake that leaves.</summary>
[GenerateSerializer, Immutable, Alias("pm.UnbondAnswer")]
public sealed record UnbondAnswer
{
    /// <summary>What is known of it; null when refused.</summary>
    [Id(0)] public UnbondingStake? Unbonding { get; init; }

    /// <summary>Why not.</summary>
    [Id(1)] public Refusal? Refusal { get; init; }
}

/// <summary>Answer to whoever acts in a prover's name.</summary>
[GenerateSerializer, Immutable, Alias("pm.OfferAnswer")]
public sealed record OfferAnswer
{
    /// <summary>The prover's offer; null when refused.</summary>
    [Id(0)] public ProverOffer? Offer { get; init; }

    /// <summary>Why not.</summary>
    [Id(1)] public Refusal? Refusal { get; init; }
}

/// <summary>Answer to a reservation.</summary>
[GenerateSerializer, Immutable, Alias("pm.ReserveAnswer")]
public sealed record ReserveAnswer
{
    /// <summary>The lease; null when refused.</summary>
    [Id(0)] public Lease? Lease { get; init; }

    /// <summary>The prover's account; empty when refused.</summary>
    [Id(1)] public string Account { get; init; } = "";

    /// <summary>Why not.</summary>
    [Id(2)] public Refusal? Refusal { get; init; }

    /// <summary>The prover's current session; empty when refused, or when it has none.</summary>
    [Id(3)] public string Session { get; init; } = "";

    /// <summary>The prover's probability of missing its next lease, in millionths, as measured; 0 when refused.</summary>
    [Id(4)] public int FailurePpm { get; init; }
}

/// <summary>Sums over a registry shard.</summary>
[GenerateSerializer, Immutable, Alias("pm.RegistryTotals")]
public sealed record RegistryTotals
{
    /// <summary>Sums of several shards.</summary>
    public static RegistryTotals Sum(IReadOnlyCollection<RegistryTotals> shards) => new()
    {
        Provers = shards.Sum(shard => shard.Provers),
        Live = shards.Sum(shard => shard.Live),
        Leases = shards.Sum(shard => shard.Leases),
        Stake = shards.Aggregate(Credits.Zero, (sum, shard) => sum + shard.Stake),
        LockedBond = shards.Aggregate(Credits.Zero, (sum, shard) => sum + shard.LockedBond),
    };

    /// <summary>Registered provers.</summary>
    [Id(0)] public required int Provers { get; init; }

    /// <summary>Provers whose worker is connected.</summary>
    [Id(1)] public required int Live { get; init; }

    /// <summary>Leases held.</summary>
    [Id(2)] public required int Leases { get; init; }

    /// <summary>Stake, bonds included.</summary>
    [Id(3)] public required Credits Stake { get; init; }

    /// <summary>Stake under bonds.</summary>
    [Id(4)] public required Credits LockedBond { get; init; }
}
