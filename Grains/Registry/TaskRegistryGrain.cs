using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Registry;

/// <summary>A shard of the registry: decides on its whole record at once, writes in batches.</summary>
[Reentrant]
internal sealed class TaskRegistryGrain(
    [PersistentState("registry", StorageNames.Market)] IPersistentState<RegistryState> storage,
    TimeProvider time) : Grain, ITaskRegistryGrain
{
    private readonly Dictionary<string, ProverPresence> _presences = [];
    private CoalescedState<RegistryState> _state = null!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _state = new CoalescedState<RegistryState>(storage, RegistryState.Empty, DeactivateOnIdle);
        return Task.CompletedTask;
    }

    public async Task<Refusal?> RegisterAsync(ProverOffer offer)
    {
        var (state, refusal) = RegistryRules.Register(_state.Value, offer);
        await CommitAsync(state);
        return refusal;
    }

    public Task SetPresenceAsync(string proverId, ProverPresence? presence)
    {
        if (presence is null) _presences.Remove(proverId);
        else _presences[proverId] = presence;
        return Task.CompletedTask;
    }

    public async Task<Refusal?> AddStakeAsync(string proverId, string entryId, Credits amount)
    {
        var (state, refusal) = RegistryRules.AddStake(_state.Value, proverId, entryId, amount);
        await CommitAsync(state);
        return refusal;
    }

    public Task<CandidateAnswer> FindCandidatesAsync(CandidateQuery query) =>
        Task.FromResult(Eligibility.Select(_state.Value, _presences, query, time.GetUtcNow()));

    public async Task<ReserveAnswer> ReserveAsync(ReserveCommand command)
    {
        var (state, lease, refusal) =
            RegistryRules.Reserve(_state.Value, command, _presences.GetValueOrDefault(command.ProverId), time.GetUtcNow());
        await CommitAsync(state);
        return lease is null
            ? new ReserveAnswer { Refusal = refusal }
            : new ReserveAnswer { Lease = lease, Account = state.Provers[command.ProverId].Offer.Account };
    }

    public async Task<ReserveAnswer> FindLeaseAsync(string proverId, string leaseId)
    {
        var prover = _state.Value.Provers.GetValueOrDefault(proverId);
        var lease = prover?.Leases.GetValueOrDefault(leaseId);
        await _state.CommitAsync();
        return lease is null
            ? new ReserveAnswer { Refusal = Refusal.Of(ReasonCode.LeaseMissing, "leaseId", "a lease the prover holds", leaseId) }
            : new ReserveAnswer { Lease = lease, Account = prover!.Offer.Account };
    }

    public Task EndLeaseAsync(string leaseId, LeaseEnding ending) =>
        CommitAsync(RegistryRules.EndLease(_state.Value, leaseId, ending, time.GetUtcNow()).State);

    public Task<ProverRecord?> GetProverAsync(string proverId) => Task.FromResult(_state.Value.Provers.GetValueOrDefault(proverId));

    public Task<RegistryTotals> GetTotalsAsync()
    {
        var provers = _state.Value.Provers.Values;
        var now = time.GetUtcNow();
        return Task.FromResult(new RegistryTotals
        {
            Provers = _state.Value.Provers.Count,
            Live = _presences.Values.Count(presence => presence.LiveUntil > now),
            Leases = provers.Sum(prover => prover.Leases.Count),
            Stake = provers.Aggregate(Credits.Zero, (sum, prover) => sum + prover.Stake),
            LockedBond = provers.Aggregate(Credits.Zero, (sum, prover) => sum + prover.LockedBond),
        });
    }

    private Task CommitAsync(RegistryState state)
    {
        // The rules keep the limits; should one ever be wrong, nothing wrong becomes durable.
        if (!ReferenceEquals(state, _state.Value) && RegistryRules.Violation(state) is { } violation)
            throw new InvalidOperationException($"Registry shard {this.GetPrimaryKeyLong()}: {violation}.");
        _state.Value = state;
        return _state.CommitAsync();
    }
}
