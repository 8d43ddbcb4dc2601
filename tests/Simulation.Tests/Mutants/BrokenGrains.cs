using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Storage;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains;
using ProvingMarket.Grains.Accounts;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Infrastructure.Journaling;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Registry;

namespace ProvingMarket.Simulation.Tests.Mutants;

/// <summary>An account whose mistakes are in what its derived classes override. It keeps no entries, so it may be asked about the last lives only.</summary>
internal abstract class BrokenAccountGrain(IGrainStorage storage, TimeProvider time) : Grain, IAccountGrain
{
    private readonly Dictionary<string, LedgerEntry> _applied = [];
    private Journal<AccountState, LedgerEntry> _ledger = null!;

    protected AccountState State => _ledger.State;

    protected DateTimeOffset Now => time.GetUtcNow();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        (_ledger, var loaded) = await Journal<AccountState, LedgerEntry>.OpenAsync<AccountHead, AccountPage>(
            storage, this.GetGrainId(), AccountLedger.Shape(TimeSpan.FromDays(7)) with { PagesAfterHead = int.MaxValue, EntriesAfterHead = int.MaxValue },
            DeactivateOnIdle);
        foreach (var entry in loaded) _applied[entry.EntryId] = entry;
    }

    public virtual Task<AccountAnswer> DepositAsync(string entryId, Credits amount) =>
        ApplyAsync(AccountRules.Deposit(State, $"external/{entryId}", amount, Now));

    public Task<AccountAnswer> WithdrawAsync(string entryId, Credits amount) =>
        ApplyAsync(AccountRules.Withdraw(State, $"external/{entryId}", amount, Now));

    public Task<AccountAnswer> CreditAsync(string entryId, Credits amount, string from, DateTimeOffset issuedAt) =>
        ApplyAsync(AccountRules.Credit(State, Find, $"credit/{entryId}", amount, from, Now));

    public Task<AccountAnswer> DebitAsync(string entryId, Credits amount, string to, DateTimeOffset issuedAt) =>
        ApplyAsync(AccountRules.Debit(State, Find, $"debit/{entryId}", amount, to, Now));

    public Task<AccountAnswer> VoidDebitAsync(string entryId, string to, DateTimeOffset issuedAt) =>
        ApplyAsync(AccountRules.VoidDebit(State, Find, $"debit/{entryId}", to, Now));

    public virtual Task<AccountAnswer> HoldAsync(string holdId, Credits amount, DateTimeOffset issuedAt) =>
        ApplyAsync(AccountRules.Hold(State, Find, holdId, amount, Now));

    public Task<AccountAnswer> CaptureAsync(string holdId, Credits captured, DateTimeOffset issuedAt) =>
        ApplyAsync(AccountRules.Capture(State, Find, holdId, captured, Now));

    public Task<AccountBalance> GetBalanceAsync() => Task.FromResult(Balance());

    protected LedgerEntry? Find(string entryId) => _applied.GetValueOrDefault(entryId);

    protected virtual Task WaitAsync(Task commit) => commit;

    protected async Task<AccountAnswer> ApplyAsync(AccountDecision decision)
    {
        if (decision.Entry is { } entry)
        {
            _ledger.Add(entry);
            _applied[entry.EntryId] = entry;
        }
        await WaitAsync(_ledger.CommitAsync());
        return new AccountAnswer { Refusal = decision.Refusal, Balance = Balance() };
    }

    private AccountBalance Balance() => new() { Available = State.Available, Held = State.Held };
}

/// <summary>An account that answers before anything is durable.</summary>
[Reentrant, GrainType("account")]
internal sealed class HastyAccountGrain([FromKeyedServices(StorageNames.Market)] IGrainStorage storage, TimeProvider time) : BrokenAccountGrain(storage, time)
{
    protected override Task WaitAsync(Task commit)
    {
        _ = commit.ContinueWith(static failed => failed.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Current);
        return Task.CompletedTask;
    }
}

/// <summary>An account that holds what it does not have.</summary>
[Reentrant, GrainType("account")]
internal sealed class OverdraftAccountGrain([FromKeyedServices(StorageNames.Market)] IGrainStorage storage, TimeProvider time) : BrokenAccountGrain(storage, time)
{
    public override Task<AccountAnswer> HoldAsync(string holdId, Credits amount, DateTimeOffset issuedAt) =>
        ApplyAsync(AccountRules.Hold(State with { Available = MarketLimits.Amount }, Find, holdId, amount, Now));
}

/// <summary>An account that forgets which deposits it has applied: what is repeated is applied again.</summary>
[Reentrant, GrainType("account")]
internal sealed class ForgetfulAccountGrain([FromKeyedServices(StorageNames.Market)] IGrainStorage storage, TimeProvider time) : BrokenAccountGrain(storage, time)
{
    public override Task<AccountAnswer> DepositAsync(string entryId, Credits amount) =>
        ApplyAsync(AccountRules.Deposit(State with { External = AccountState.Empty.External }, $"external/{entryId}", amount, Now));
}

/// <summary>A registry that grants every lease it is asked for, whatever slots and stake there are.</summary>
[Reentrant, GrainType("taskregistry")]
internal sealed class CarelessRegistryGrain(
    [FromKeyedServices(StorageNames.Market)] IGrainStorage storage, IOptions<MarketOptions> options, TimeProvider time) : TaskRegistryGrain(storage, options, time)
{
    public override async Task<ReserveAnswer> ReserveAsync(ReserveCommand command)
    {
        if (State.Provers.GetValueOrDefault(command.ProverId) is not { } prover)
            return new ReserveAnswer { Refusal = Refusal.Of(ReasonCode.ProverUnknown, "proverId") };
        var generous = prover with { Offer = prover.Offer with { Slots = int.MaxValue }, Stake = MarketLimits.Amount };
        var (state, lease, refusal) = RegistryRules.Reserve(
            State with { Provers = State.Provers.SetItem(command.ProverId, generous) }, command, PresenceOf(command.ProverId), Now);
        if (lease is null) return new ReserveAnswer { Refusal = refusal };
        var granted = prover with { Leases = state.Provers[command.ProverId].Leases };
        await CommitAsync(State with { Provers = State.Provers.SetItem(command.ProverId, granted) }, command.ProverId);
        return new ReserveAnswer { Lease = lease, Account = prover.Offer.Account };
    }

    public override async Task<ImmutableArray<ReserveAnswer>> ReserveManyAsync(ImmutableArray<ReserveCommand> commands, int wanted)
    {
        var answers = ImmutableArray.CreateBuilder<ReserveAnswer>();
        foreach (var command in commands) answers.Add(await ReserveAsync(command));
        return answers.ToImmutable();
    }

    private protected override string? ViolationOf(RegistryState state, ProverRecord prover) => null;
}
