using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces.Accounts;

namespace ProvingMarket.Grains.Accounts;

/// <summary>An account: applies movements one after another and writes them in batches.</summary>
[Reentrant]
internal sealed class AccountGrain(
    [PersistentState("account", StorageNames.Market)] IPersistentState<AccountState> storage,
    IOptions<MarketOptions> options,
    TimeProvider time) : Grain, IAccountGrain
{
    /// <summary>Applied entries are pruned after every so many movements: pruning looks at all of them.</summary>
    private const int PruneEvery = 1024;

    private CoalescedState<AccountState> _state = null!;
    private int _sincePruned;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _state = new CoalescedState<AccountState>(storage, AccountState.Empty, DeactivateOnIdle);
        // Counted as if they had come in this activation: an account that is seldom used must forget, too.
        _sincePruned = _state.Value.Applied.Count;
        return Task.CompletedTask;
    }

    public Task<AccountAnswer> DepositAsync(string entryId, Credits amount)
    {
        var refusal = Ids.Check("account", this.GetPrimaryKeyString()) ?? Ids.Check("entryId", entryId);
        return refusal is null
            ? ApplyAsync(AccountRules.Credit(_state.Value, $"deposit/{entryId}", amount, "outside", time.GetUtcNow()))
            : Task.FromResult(Answer(refusal));
    }

    public Task<AccountAnswer> CreditAsync(string entryId, Credits amount, string from) =>
        ApplyAsync(AccountRules.Credit(_state.Value, $"credit/{entryId}", amount, from, time.GetUtcNow()));

    public Task<AccountAnswer> DebitAsync(string entryId, Credits amount, string to) =>
        ApplyAsync(AccountRules.Debit(_state.Value, $"debit/{entryId}", amount, to, time.GetUtcNow()));

    public Task<AccountAnswer> HoldAsync(string holdId, Credits amount) =>
        ApplyAsync(AccountRules.Hold(_state.Value, holdId, amount, time.GetUtcNow()));

    public Task<AccountAnswer> CaptureAsync(string holdId, Credits captured) =>
        ApplyAsync(AccountRules.Capture(_state.Value, holdId, captured, time.GetUtcNow()));

    public Task<AccountBalance> GetBalanceAsync() => Task.FromResult(Balance());

    private async Task<AccountAnswer> ApplyAsync((AccountState State, Refusal? Refusal) decision)
    {
        _state.Value = decision.State;
        if (++_sincePruned >= PruneEvery)
        {
            _sincePruned = 0;
            _state.Value = AccountRules.Prune(_state.Value, time.GetUtcNow() - options.Value.EntryRetention);
        }
        // A repeated movement waits too: the first one may not be durable yet.
        await _state.CommitAsync();
        return Answer(decision.Refusal);
    }

    private AccountAnswer Answer(Refusal? refusal) => new() { Refusal = refusal, Balance = Balance() };

    private AccountBalance Balance() => new()
    {
        Available = _state.Value.Available, Held = _state.Value.Held, Holds = _state.Value.Holds.ToImmutableSortedDictionary(StringComparer.Ordinal),
    };
}
