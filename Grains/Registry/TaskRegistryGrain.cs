using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Storage;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Domain.Routing.Scores;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Infrastructure.Journaling;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Registry;

/// <summary>A shard of the registry: decides on its whole record at once, writes in batches.</summary>
[Reentrant]
internal class TaskRegistryGrain(
    [FromKeyedServices(StorageNames.Market)] IGrainStorage storage, IOptions<MarketOptions> options, TimeProvider time) : Grain, ITaskRegistryGrain
{
    private readonly Dictionary<string, ProverPresence> _presences = [];
    private readonly Dictionary<string, ProverSession> _sessions = [];
    private readonly ShardTallies _tallies = new(time.GetUtcNow());

    // Long enough for a stop that was not received to come again with a renewal.
    private readonly ShardAnnouncements _announcements = new(options.Value.SessionLifetime, time.GetUtcNow());
    private Journal<RegistryState, RegistryEntry> _journal = null!;

    /// <summary>The shard as decided so far.</summary>
    private protected RegistryState State => _journal.State;

    /// <summary>The time now.</summary>
    private protected DateTimeOffset Now => time.GetUtcNow();

    public override async Task OnActivateAsync(CancellationToken cancellationToken) =>
        (_journal, _) = await Journal<RegistryState, RegistryEntry>.OpenAsync<RegistryHead, RegistryPage>(
            storage, this.GetGrainId(), RegistryJournal.Shape, DeactivateOnIdle);

    public async Task<Refusal?> RegisterAsync(ProverOffer offer)
    {
        var (state, refusal) = RegistryRules.Register(_journal.State, offer);
        await CommitAsync(state, offer.ProverId);
        return refusal;
    }

    public Task<RunNotices> SetSessionAsync(string proverId, ProverSession? session)
    {
        var now = time.GetUtcNow();
        _tallies.Session(proverId, PresenceOf(proverId), now);
        if (session is null)
        {
            _presences.Remove(proverId);
            _sessions.Remove(proverId);
        }
        else
        {
            var heard = session.HeardAt(now);
            _presences[proverId] = heard.Presence;
            _sessions[proverId] = heard;
        }
        return Task.FromResult(_announcements.Of(proverId, now));
    }

    public Task<ProverSession?> GetSessionAsync(string proverId) => Task.FromResult(_sessions.GetValueOrDefault(proverId));

    public async Task<Refusal?> AddStakeAsync(string proverId, string entryId, Credits amount, ImmutableArray<string> moving)
    {
        var (state, refusal) = RegistryRules.AddStake(_journal.State, proverId, entryId, amount, moving, time.GetUtcNow());
        await CommitAsync(state, proverId);
        return refusal;
    }

    public async Task<UnbondAnswer> UnbondStakeAsync(string proverId, string entryId, Credits amount)
    {
        var (state, unbonding, refusal) = UnbondingRules.Begin(_journal.State, proverId, entryId, amount, time.GetUtcNow(), options.Value.UnbondingDelay);
        await CommitAsync(state, proverId);
        return new UnbondAnswer { Unbonding = unbonding, Refusal = refusal };
    }

    public async Task<UnbondAnswer> ReleaseStakeAsync(string proverId, string entryId)
    {
        var (state, unbonding, refusal) = UnbondingRules.Release(_journal.State, proverId, entryId, time.GetUtcNow());
        await CommitAsync(state, proverId);
        return new UnbondAnswer { Unbonding = unbonding, Refusal = refusal };
    }

    public Task NoteStakePaidAsync(string proverId, string entryId) =>
        CommitAsync(UnbondingRules.Paid(_journal.State, proverId, entryId, time.GetUtcNow()), proverId);

    public Task AnnounceStakeAsync(string proverId, string movement) => CommitAsync(ComingStakeRules.Announced(_journal.State, proverId, movement), proverId);

    public Task EndAnnouncedStakeAsync(string proverId, ImmutableArray<string> movements) =>
        CommitAsync(ComingStakeRules.Ended(_journal.State, proverId, movements), proverId);

    public Task<ImmutableArray<string>> ListMovingStakeAsync() => Task.FromResult<ImmutableArray<string>>(
        [.. _journal.State.Provers.Where(prover => prover.Value.HasMovingStake).Select(prover => prover.Key)]);

    public Task<CandidateAnswer> FindCandidatesAsync(CandidateQuery query) => Task.FromResult(Find(query, time.GetUtcNow()));

    public async Task<AnnounceAnswer> AnnounceAsync(CandidateQuery query, Invitation invitation)
    {
        var now = time.GetUtcNow();
        var found = Find(query, now);
        return new AnnounceAnswer { Invited = await _announcements.AnnounceAsync(invitation, found.Provers, _sessions, now), LeftOut = found.LeftOut };
    }

    public Task WithdrawAsync(StopWork stop, ImmutableArray<string> except) => _announcements.WithdrawAsync(stop, except, _sessions, time.GetUtcNow());

    public Task<ProverTally> GetTallyAsync(string proverId) =>
        Task.FromResult(_tallies.Of(proverId, PresenceOf(proverId), time.GetUtcNow()) with { Announced = _announcements.TallyOf(proverId) });

    public virtual async Task<ReserveAnswer> ReserveAsync(ReserveCommand command)
    {
        var before = _journal.State;
        var (state, lease, refusal) = RegistryRules.Reserve(before, command, PresenceOf(command.ProverId), time.GetUtcNow());
        NoteReserved(before, state, command, refusal);
        await CommitAsync(state, command.ProverId);
        return lease is null
            ? new ReserveAnswer { Refusal = refusal }
            : new ReserveAnswer
            {
                Lease = lease,
                Account = state.Provers[command.ProverId].Offer.Account,
                FailurePpm = 1_000_000 - state.Provers[command.ProverId].Track.ReputationPpm,
            };
    }

    public virtual async Task<ImmutableArray<ReserveAnswer>> ReserveManyAsync(ImmutableArray<ReserveCommand> commands, int wanted)
    {
        var (state, outcomes) = RegistryRules.ReserveMany(_journal.State, commands, wanted, PresenceOf, time.GetUtcNow());
        var before = _journal.State;
        foreach (var (outcome, command) in outcomes.Zip(commands))
        {
            if (outcome.Lease is not null || outcome.Refusal is not null) NoteReserved(before, state, command, outcome.Refusal);
        }
        foreach (var prover in commands.Select(command => command.ProverId).Distinct(StringComparer.Ordinal)) Add(before, state, prover);
        await _journal.CommitAsync();
        return
        [
            .. outcomes.Zip(commands, (outcome, command) => outcome.Lease is null
                ? new ReserveAnswer { Refusal = outcome.Refusal }
                : new ReserveAnswer
                {
                    Lease = outcome.Lease,
                    Account = state.Provers[command.ProverId].Offer.Account,
                    Session = PresenceOf(command.ProverId)?.Session ?? "",
                }),
        ];
    }

    public async Task<ReserveAnswer> FindLeaseAsync(string proverId, string leaseId)
    {
        var prover = _journal.State.Provers.GetValueOrDefault(proverId);
        var lease = prover?.Leases.GetValueOrDefault(leaseId);
        await _journal.CommitAsync();
        return lease is null
            ? new ReserveAnswer { Refusal = Refusal.Of(ReasonCode.LeaseMissing, "leaseId", "a lease the prover holds", leaseId) }
            : new ReserveAnswer { Lease = lease, Account = prover!.Offer.Account };
    }

    public Task<OfferAnswer> FindOfferAsync(string proverId, string session)
    {
        var (offer, refusal) = RegistryRules.FindOffer(_journal.State, proverId, session, PresenceOf(proverId), time.GetUtcNow());
        return Task.FromResult(new OfferAnswer { Offer = offer, Refusal = refusal });
    }

    public Task EndLeaseAsync(string leaseId, LeaseEnding ending)
    {
        var (before, now) = (_journal.State, time.GetUtcNow());
        var (after, _) = RegistryRules.EndLease(before, leaseId, ending, now);
        _tallies.Ended(before.Provers.GetValueOrDefault(ending.ProverId)?.Leases.GetValueOrDefault(leaseId), ending);
        if (!ReferenceEquals(after.Ended, before.Ended)) _journal.Add(new RegistryEntry { EndedLease = leaseId, EndedAt = now });
        return CommitAsync(after, ending.ProverId);
    }

    public Task<ProverRecord?> GetProverAsync(string proverId) => Task.FromResult(_journal.State.Provers.GetValueOrDefault(proverId));

    public Task<SupplyReport> GetSupplyAsync() => Task.FromResult(SupplyRules.Of(_journal.State, _presences, time.GetUtcNow()));

    public Task<RegistryTotals> GetTotalsAsync()
    {
        var provers = _journal.State.Provers.Values;
        var now = time.GetUtcNow();
        return Task.FromResult(new RegistryTotals
        {
            Provers = _journal.State.Provers.Count,
            Live = _presences.Values.Count(presence => presence.LiveUntil > now),
            Leases = provers.Sum(prover => prover.Leases.Count),
            Stake = provers.Aggregate(Credits.Zero, (sum, prover) => sum + prover.Stake),
            LockedBond = provers.Aggregate(Credits.Zero, (sum, prover) => sum + prover.LockedBond),
        });
    }

    private CandidateAnswer Find(CandidateQuery query, DateTimeOffset now) =>
        Eligibility.Select(_journal.State, _presences, query, now, _tallies.Searching(query, now));

    /// <summary>Makes what became of a prover durable.</summary>
    private protected Task CommitAsync(RegistryState state, string proverId)
    {
        if (!ReferenceEquals(state, _journal.State)) Add(_journal.State, state, proverId);
        return _journal.CommitAsync();
    }

    private void NoteReserved(RegistryState before, RegistryState after, ReserveCommand command, Refusal? refusal) => _tallies.Reserved(
        after.Provers.GetValueOrDefault(command.ProverId), before.Provers.GetValueOrDefault(command.ProverId)?.Leases.ContainsKey(command.LeaseId) != true, refusal);

    /// <summary>The session of a prover's worker; null when there is none.</summary>
    private protected ProverPresence? PresenceOf(string proverId) => _presences.GetValueOrDefault(proverId);

    /// <summary>The limit that a prover's record breaks, in words; null when it keeps them all.</summary>
    private protected virtual string? ViolationOf(RegistryState state, ProverRecord prover) => RegistryRules.Violation(state, prover);

    /// <summary>Adds what became of a prover. The rules keep the limits; should one ever be wrong, nothing wrong becomes durable.</summary>
    private void Add(RegistryState before, RegistryState state, string proverId)
    {
        if (!state.Provers.TryGetValue(proverId, out var prover) || ReferenceEquals(prover, before.Provers.GetValueOrDefault(proverId))) return;
        if (ViolationOf(state, prover) is { } violation)
            throw new InvalidOperationException($"Registry shard {this.GetPrimaryKeyLong()}: {violation}.");
        _journal.Add(prover);
    }
}
