using System.Diagnostics;
using System.Text;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Storage;

namespace ProvingMarket.TestKit.Requests;

/// <summary>Adds up everything that is durable and finds what does not add up.</summary>
public sealed class Audit
{
    private static readonly TimeSpan RestsWithin = TimeSpan.FromSeconds(10);

    private readonly StringBuilder _faults = new();
    private readonly IReadOnlyDictionary<string, StoredAccount> _accounts;
    private readonly List<ProverRecord> _provers;
    private readonly IReadOnlyDictionary<string, RequestState> _requests;

    private Audit(MarketCluster market)
    {
        _accounts = market.Disk.Accounts();
        _provers = market.Disk.Provers();
        _requests = market.Disk.All<RequestState>("request");
    }

    /// <summary>What holds at every moment: no balance, stake or slot beyond its limit, and no money that came from nowhere.</summary>
    public static void Always(MarketCluster market)
    {
        var audit = new Audit(market);
        audit.CheckBalances();
        audit.CheckProvers();
        var inFlight = audit.InFlight();
        audit.Require(inFlight >= Credits.Zero, $"{inFlight} credits in flight: money was made");
        audit.Throw();
    }

    /// <summary>What holds when every request has ended: besides, nothing is held, leased or on its way, each ended request has settled exactly
    /// once, and nobody remembers a request as open. Waits for it without moving the clock.</summary>
    public static async Task AtRestAsync(MarketCluster market)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            await market.SettleAsync();
            var audit = new Audit(market);
            await audit.CheckRestAsync(market);
            if (audit._faults.Length == 0) return;
            if (Stopwatch.GetElapsedTime(started) > RestsWithin) audit.Throw();
        }
    }

    private async Task CheckRestAsync(MarketCluster market)
    {
        CheckBalances();
        CheckProvers();
        var inFlight = InFlight();
        Require(inFlight == Credits.Zero, $"{inFlight} credits are neither on an account nor staked");
        foreach (var (id, account) in _accounts) Require(account.State.Holds.IsEmpty, $"account {id} still holds {string.Join(", ", account.State.Holds.Keys)}");
        foreach (var prover in _provers)
            Require(prover.Leases.IsEmpty, $"prover {prover.Offer.ProverId} still has leases {string.Join(", ", prover.Leases.Keys)}");
        foreach (var (program, book) in market.Disk.Books())
        {
            var filled = book.Orders.Where(order => order.Order.Until > market.Now).Select(order => order.Order.OrderId).ToArray();
            Require(filled.Length == 0, $"the book of {program} is still filled by {string.Join(", ", filled)}");
        }
        foreach (var (id, request) in _requests) CheckSettled(id, request);
        await CompareWithGrainsAsync(market);
    }

    private void CheckBalances()
    {
        foreach (var (id, (account, recounted, ledger)) in _accounts)
        {
            Require(account.Available >= Credits.Zero, $"account {id} has {account.Available} credits");
            Require(account.Holds.Values.All(hold => hold > Credits.Zero), $"account {id} has an empty hold");
            Require(
                account.Held == account.Holds.Values.Aggregate(Credits.Zero, (sum, hold) => sum + hold),
                $"account {id} holds {account.Held}, its holds are {string.Join(", ", account.Holds)}");
            Require(
                (account.Available, account.Held, account.Entries) == (recounted.Available, recounted.Held, recounted.Entries),
                $"account {id} has {account.Available} + {account.Held} credits, its ledger adds up to {recounted.Available} + {recounted.Held}");
            Require(
                ledger.Select(entry => entry.EntryId).Distinct().Count() == ledger.Count, $"account {id} has applied a movement twice");
            Require(ledger.Zip(ledger.Skip(1)).All(pair => pair.First.At <= pair.Second.At), $"the ledger of account {id} is out of order");
        }
    }

    private void CheckProvers()
    {
        foreach (var prover in _provers)
        {
            var id = prover.Offer.ProverId;
            var staked = prover.Staked;
            var left = prover.Unstaked;
            Require(prover.Stake == staked - prover.Slashed - left, $"prover {id} has a stake of {prover.Stake}, deposited {staked}, slashed {prover.Slashed}, taken out {left}");
            Require(prover.LockedBond <= prover.Stake, $"prover {id} has bonds of {prover.LockedBond} on a stake of {prover.Stake}");
            Require(prover.Leases.Count <= prover.Offer.Slots, $"prover {id} has {prover.Leases.Count} leases on {prover.Offer.Slots} slots");
        }
    }

    /// <summary>Deposits that are neither on an account nor staked: captured, slashed or withdrawn, and not credited or staked yet.</summary>
    private Credits InFlight()
    {
        var deposits = Sum(EntryKind.Deposit) - Sum(EntryKind.Withdrawal);
        var onAccounts = _accounts.Values.Aggregate(Credits.Zero, (sum, account) => sum + account.State.Available + account.State.Held);
        var staked = _provers.Aggregate(Credits.Zero, (sum, prover) => sum + prover.Stake);
        return deposits - onAccounts - staked;
    }

    private void CheckSettled(string id, RequestState request)
    {
        Require(request.Phase.IsFinal(), $"request {id} is still {request.Phase}");
        if (!request.Phase.IsFinal() || request.Settlement is not { } settlement) return;
        Require(request.Timeline.Count(entry => entry.Phase.IsFinal()) == 1, $"request {id} ended more than once");
        var captures = Entries($"capture/{id}").ToList();
        Require(captures is [var capture] && capture.Amount == settlement.Captured, $"request {id} should have captured {settlement.Captured} once");
        foreach (var credit in settlement.Credits)
        {
            var applied = Entries($"credit/{credit.EntryId}").ToList();
            Require(applied is [var one] && one.Amount == credit.Amount, $"request {id} should have credited {credit.EntryId} {credit.Amount} once");
        }
        var paid = settlement.Credits.Where(credit => credit.Kind == CreditKind.Reward).Aggregate(Credits.Zero, (sum, credit) => sum + credit.Amount);
        Require(paid == settlement.Captured, $"request {id} captured {settlement.Captured} and paid {paid}");
    }

    private async Task CompareWithGrainsAsync(MarketCluster market)
    {
        foreach (var (id, account) in _accounts)
        {
            var balance = await market.Account(id).GetBalanceAsync();
            Require(balance.Available == account.State.Available && balance.Held == account.State.Held, $"account {id} says {balance.Available}, durable are {account.State.Available}");
        }
        foreach (var request in _requests.Keys)
        {
            var open = await market.WatchOf(request).ListAsync();
            Require(!open.Contains(request), $"request {request} has ended and is still watched");
        }
    }

    private IEnumerable<LedgerEntry> Entries(string entryId) =>
        _accounts.Values.SelectMany(account => account.Ledger).Where(entry => entry.EntryId == entryId);

    private Credits Sum(EntryKind kind) => _accounts.Values.SelectMany(account => account.Ledger)
        .Where(entry => entry.Kind == kind)
        .Aggregate(Credits.Zero, (sum, entry) => sum + entry.Amount);

    private void Require(bool holds, string fault)
    {
        if (!holds) _faults.AppendLine(fault);
    }

    private void Throw()
    {
        if (_faults.Length > 0) throw new InvalidOperationException($"The audit failed:{Environment.NewLine}{_faults}");
    }
}
