using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Storage;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Infrastructure.Journaling;
using ProvingMarket.Grains.Interfaces.Accounts;

namespace ProvingMarket.Grains.Accounts;

/// <summary>An account: decides on movements one after another, adds them to its ledger in batches. The ledger is its state.</summary>
[Reentrant]
internal sealed class AccountGrain(
    [FromKeyedServices(StorageNames.Market)] IGrainStorage storage, IOptions<MarketOptions> options, TimeProvider time) : Grain, IAccountGrain
{
    /// <summary>Repetitions seldom come later; who has asked for one entry of the past asks for others within that time.</summary>
    private static readonly TimeSpan RecentWindow = TimeSpan.FromMinutes(2) + MarketLimits.ClockDifference;

    /// <summary>So many are kept then at most: some megabytes for the busiest account.</summary>
    private const int MostRecent = 16_384;

    /// <summary>And of so many the fingerprints: 1,400 movements a second can be told from repeated ones without a look into the ledger, at 30 MB.</summary>
    private const int MostFingerprints = 1_000_000;

    /// <summary>Pages of the ledger that are read at once.</summary>
    private const int RecalledAtOnce = 8;

    private readonly RecentEntries _recent = new(RecentWindow, MostRecent, MostFingerprints);
    private Journal<AccountState, LedgerEntry> _ledger = null!;
    private Task _recalling = Task.CompletedTask;

    /// <summary>The last page whose entries are not in memory, as long as none of the later ones have been forgotten.</summary>
    private long _unread;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        (_ledger, var loaded) = await Journal<AccountState, LedgerEntry>.OpenAsync<AccountHead, AccountPage>(
            storage, this.GetGrainId(), AccountLedger.Shape(options.Value.EntryRetention), DeactivateOnIdle);
        _recent.Load(loaded, completeAfter: _ledger.Head.LastAt);
        _unread = _ledger.HeadPage;
    }

    public Task<AccountAnswer> DepositAsync(string entryId, Credits amount) => MoveFromOutsideAsync(entryId, amount, AccountRules.Deposit);

    public Task<AccountAnswer> WithdrawAsync(string entryId, Credits amount) => MoveFromOutsideAsync(entryId, amount, AccountRules.Withdraw);

    public Task<AccountAnswer> CreditAsync(string entryId, Credits amount, string from, DateTimeOffset issuedAt) =>
        MoveAsync(issuedAt, (state, applied, now) => AccountRules.Credit(state, applied, $"credit/{entryId}", amount, from, now));

    public Task<AccountAnswer> DebitAsync(string entryId, Credits amount, string to, DateTimeOffset issuedAt) =>
        MoveAsync(issuedAt, (state, applied, now) => AccountRules.Debit(state, applied, $"debit/{entryId}", amount, to, now));

    public Task<AccountAnswer> VoidDebitAsync(string entryId, string to, DateTimeOffset issuedAt) =>
        MoveAsync(issuedAt, (state, applied, now) => AccountRules.VoidDebit(state, applied, $"debit/{entryId}", to, now));

    public Task<AccountAnswer> HoldAsync(string holdId, Credits amount, DateTimeOffset issuedAt) =>
        MoveAsync(issuedAt, (state, applied, now) => AccountRules.Hold(state, applied, holdId, amount, now));

    public Task<AccountAnswer> CaptureAsync(string holdId, Credits captured, DateTimeOffset issuedAt) =>
        MoveAsync(issuedAt, (state, applied, now) => AccountRules.Capture(state, applied, holdId, captured, now));

    public Task<AccountBalance> GetBalanceAsync() => Task.FromResult(Balance() with { Holds = _ledger.State.Holds.ToImmutableSortedDictionary(StringComparer.Ordinal) });

    private Task<AccountAnswer> MoveFromOutsideAsync(
        string entryId, Credits amount, Func<AccountState, string, Credits, DateTimeOffset, AccountDecision> decide)
    {
        var refusal = Ids.Check("account", this.GetPrimaryKeyString()) ?? Ids.Check("entryId", entryId);
        return refusal is null ? CommitAsync(decide(_ledger.State, $"external/{entryId}", amount, time.GetUtcNow())) : Task.FromResult(Answer(refusal));
    }

    private Task<AccountAnswer> MoveAsync(DateTimeOffset issuedAt, Func<AccountState, Func<string, LedgerEntry?>, DateTimeOffset, AccountDecision> decide)
    {
        var (decision, isUncertain) = Decide(issuedAt, decide);
        return isUncertain ? RecallAndMoveAsync(issuedAt, decide) : CommitAsync(decision);
    }

    private async Task<AccountAnswer> RecallAndMoveAsync(DateTimeOffset issuedAt, Func<AccountState, Func<string, LedgerEntry?>, DateTimeOffset, AccountDecision> decide)
    {
        AccountDecision decision;
        bool isUncertain;
        _recent.BeginAsking();
        try
        {
            do
            {
                await RecallOnceAsync(issuedAt - MarketLimits.ClockDifference);
                (decision, isUncertain) = Decide(issuedAt, decide);
            }
            while (isUncertain);
        }
        finally
        {
            _recent.EndAsking();
        }
        return await CommitAsync(decision);
    }

    /// <summary>Decides by what is in memory. It is uncertain when an entry was asked for of which memory does not know whether there is one.</summary>
    private (AccountDecision Decision, bool IsUncertain) Decide(DateTimeOffset issuedAt, Func<AccountState, Func<string, LedgerEntry?>, DateTimeOffset, AccountDecision> decide)
    {
        var since = issuedAt - MarketLimits.ClockDifference;
        var isUncertain = false;
        var decision = decide(_ledger.State, Find, time.GetUtcNow());
        return (decision, isUncertain);

        LedgerEntry? Find(string entryId)
        {
            var entry = _recent.Find(entryId, since);
            isUncertain |= entry is null && !_recent.Denies(entryId, since);
            return entry;
        }
    }

    /// <summary>After a restart many ask about the past at once: who comes while the ledger is being read waits for that, and then looks again.</summary>
    private Task RecallOnceAsync(DateTimeOffset since)
    {
        if (_recalling.IsCompleted) _recalling = RecallAsync(since);
        return _recalling;
    }

    /// <summary>Reads the ledger back to a moment, from where it is not in memory any more.</summary>
    private async Task RecallAsync(DateTimeOffset since)
    {
        var older = new Stack<ImmutableArray<LedgerEntry>>();
        var completeAfter = DateTimeOffset.MinValue;
        var unread = _recent.HasForgotten ? _ledger.LastPage : _unread;
        while (unread > 0 && completeAfter == DateTimeOffset.MinValue)
        {
            var count = (int)Math.Min(unread, RecalledAtOnce);
            var pages = await _ledger.ReadPagesAsync(unread - count + 1, count);
            if (pages.Length < count) throw new InvalidOperationException($"Page {unread - count + 1 + pages.Length} of the ledger of account {this.GetPrimaryKeyString()} is missing.");
            foreach (var page in pages.Reverse().TakeWhile(page => page[^1].At >= since))
            {
                older.Push(page);
                unread--;
            }
            if (pages.LastOrDefault(page => page[^1].At < since) is { IsDefault: false } tooOld) completeAfter = tooOld[^1].At;
        }
        _unread = unread;
        _recent.Extend(older.SelectMany(entries => entries), completeAfter);
    }

    private async Task<AccountAnswer> CommitAsync(AccountDecision decision)
    {
        if (decision.Entry is { } entry)
        {
            _ledger.Add(entry);
            _recent.Add(entry);
        }
        // A repeated movement waits too: the first one may not be durable yet.
        await _ledger.CommitAsync();
        _recent.Trim(_ledger.Pending);
        return Answer(decision.Refusal);
    }

    private AccountAnswer Answer(Refusal? refusal) => new() { Refusal = refusal, Balance = Balance() };

    private AccountBalance Balance() => new()
    {
        Available = _ledger.State.Available,
        Held = _ledger.State.Held,
    };
}
