using System.Collections.Immutable;
using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Simulation.Tests.Mutants;

/// <summary>An account whose mistakes are in what its derived classes override.</summary>
internal abstract class BrokenAccountGrain(IPersistentState<AccountState> storage, TimeProvider time) : Grain, IAccountGrain
{
    private CoalescedState<AccountState> _state = null!;

    protected AccountState State => _state.Value;

    protected DateTimeOffset Now => time.GetUtcNow();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _state = new CoalescedState<AccountState>(storage, AccountState.Empty, DeactivateOnIdle);
        return Task.CompletedTask;
    }

    public virtual Task<AccountAnswer> DepositAsync(string entryId, Credits amount) =>
        ApplyAsync(AccountRules.Credit(State, $"deposit/{entryId}", amount, "outside", Now));

    public Task<AccountAnswer> CreditAsync(string entryId, Credits amount, string from) =>
        ApplyAsync(AccountRules.Credit(State, $"credit/{entryId}", amount, from, Now));

    public Task<AccountAnswer> DebitAsync(string entryId, Credits amount, string to) =>
        ApplyAsync(AccountRules.Debit(State, $"debit/{entryId}", amount, to, Now));

    public virtual Task<AccountAnswer> HoldAsync(string holdId, Credits amount) => ApplyAsync(AccountRules.Hold(State, holdId, amount, Now));

    public Task<AccountAnswer> CaptureAsync(string holdId, Credits captured) => ApplyAsync(AccountRules.Capture(State, holdId, captured, Now));

    public Task<AccountBalance> GetBalanceAsync() => Task.FromResult(Balance());

    protected virtual Task CommitAsync() => _state.CommitAsync();

    protected async Task<AccountAnswer> ApplyAsync((AccountState State, Refusal? Refusal) decision)
    {
        _state.Value = decision.State;
        await CommitAsync();
        return new AccountAnswer { Refusal = decision.Refusal, Balance = Balance() };
    }

    protected Task BeginCommit() => _state.CommitAsync();

    private AccountBalance Balance() => new() { Available = State.Available, Held = State.Held };
}

/// <summary>An account that answers before anything is durable.</summary>
[Reentrant, GrainType("account")]
internal sealed class HastyAccountGrain(
    [PersistentState("account", StorageNames.Market)] IPersistentState<AccountState> storage, TimeProvider time) : BrokenAccountGrain(storage, time)
{
    protected override Task CommitAsync()
    {
        _ = IgnoreAsync(BeginCommit());
        return Task.CompletedTask;
    }

    private static async Task IgnoreAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception)
        {
            // It has been acknowledged all the same.
        }
    }
}

/// <summary>An account that holds what it does not have.</summary>
[Reentrant, GrainType("account")]
internal sealed class OverdraftAccountGrain(
    [PersistentState("account", StorageNames.Market)] IPersistentState<AccountState> storage, TimeProvider time) : BrokenAccountGrain(storage, time)
{
    public override Task<AccountAnswer> HoldAsync(string holdId, Credits amount)
    {
        var decision = AccountRules.Hold(State with { Available = State.Available + amount }, holdId, amount, Now);
        return ApplyAsync(decision.Refusal is null && !State.Holds.ContainsKey(holdId)
            ? (decision.State with { Available = decision.State.Available - amount }, null)
            : (State, decision.Refusal));
    }
}

/// <summary>An account that forgets which movements it has applied: everything that is repeated is applied again.</summary>
[Reentrant, GrainType("account")]
internal sealed class ForgetfulAccountGrain(
    [PersistentState("account", StorageNames.Market)] IPersistentState<AccountState> storage, TimeProvider time) : BrokenAccountGrain(storage, time)
{
    public override Task<AccountAnswer> DepositAsync(string entryId, Credits amount)
    {
        var forgotten = State with { Applied = State.Applied.Remove($"deposit/{entryId}") };
        return ApplyAsync(AccountRules.Credit(forgotten, $"deposit/{entryId}", amount, "outside", Now));
    }
}

/// <summary>A registry that grants every lease it is asked for, whatever slots and stake there are.</summary>
[Reentrant, GrainType("taskregistry")]
internal sealed class CarelessRegistryGrain(
    [PersistentState("registry", StorageNames.Market)] IPersistentState<RegistryState> storage, TimeProvider time) : Grain, ITaskRegistryGrain
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
        var now = time.GetUtcNow();
        if (_state.Value.Provers.GetValueOrDefault(command.ProverId) is not { } prover)
            return new ReserveAnswer { Refusal = Refusal.Of(ReasonCode.ProverUnknown, "proverId") };
        var generous = prover with { Offer = prover.Offer with { Slots = int.MaxValue }, Stake = MarketLimits.Amount };
        var (state, lease, refusal) = RegistryRules.Reserve(
            _state.Value with { Provers = _state.Value.Provers.SetItem(command.ProverId, generous) }, command,
            _presences.GetValueOrDefault(command.ProverId), now);
        if (lease is null) return new ReserveAnswer { Refusal = refusal };
        await CommitAsync(state with { Provers = state.Provers.SetItem(command.ProverId, prover with { Leases = state.Provers[command.ProverId].Leases }) });
        return new ReserveAnswer { Lease = lease, Account = prover.Offer.Account };
    }

    public Task<ReserveAnswer> FindLeaseAsync(string proverId, string leaseId) => Task.FromResult(
        _state.Value.Provers.GetValueOrDefault(proverId)?.Leases.GetValueOrDefault(leaseId) is { } lease
            ? new ReserveAnswer { Lease = lease, Account = _state.Value.Provers[proverId].Offer.Account }
            : new ReserveAnswer { Refusal = Refusal.Of(ReasonCode.LeaseMissing, "leaseId") });

    public Task EndLeaseAsync(string leaseId, LeaseEnding ending) =>
        CommitAsync(RegistryRules.EndLease(_state.Value, leaseId, ending, time.GetUtcNow()).State);

    public Task<ProverRecord?> GetProverAsync(string proverId) => Task.FromResult(_state.Value.Provers.GetValueOrDefault(proverId));

    public Task<RegistryTotals> GetTotalsAsync() => throw new NotSupportedException();

    private Task CommitAsync(RegistryState state)
    {
        _state.Value = state;
        return _state.CommitAsync();
    }
}
