using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>At any moment: available + held + staked + on its way = deposited − withdrawn. Money is on its way between the capture of a hold, or the slashing
/// of a bond, and the credits that a settlement pays from it; and between a prover's account and its stake. What is on its way is counted for
/// each request and each stake deposit, and is never less than nothing: paid is what was taken before, and no more. Every movement
/// is applied once.</summary>
internal sealed class MoneyIsConstant : Invariant
{
    private readonly Dictionary<string, Credits> _onItsWay = new(StringComparer.Ordinal);
    private readonly HashSet<(string Account, string EntryId)> _entries = [];
    private Credits _deposited;
    private Credits _onAccounts;
    private Credits _staked;
    private Credits _moving;

    public override string Name => "money-constant";

    public override void Changed(DurableChange change, MarketView market)
    {
        switch (change)
        {
            case AccountChanged account:
                _onAccounts += account.After.Available + account.After.Held - account.Before.Available - account.Before.Held;
                foreach (var entry in account.NewEntries)
                {
                    if (!_entries.Add((change.Key, entry.EntryId))) Broken(market, $"movement {entry.EntryId} once on account {change.Key}", "it twice");
                    Apply(entry, market);
                }
                break;
            case ProverChanged prover:
                Apply(prover, market);
                break;
            default:
                return;
        }
        var total = _onAccounts + _staked + _moving;
        if (total != _deposited)
        {
            Broken(
                market, $"{_deposited} credits, all that was deposited",
                $"{total} after a change of {change.Key}: {_onAccounts} on accounts, {_staked} staked, {_moving} on their way");
            _deposited = total;
        }
    }

    public override void AtRest(MarketView market)
    {
        foreach (var (what, amount) in _onItsWay)
        {
            if (amount != Credits.Zero) Broken(market, $"nothing on its way for {what} at rest", $"{amount} credits");
        }
    }

    private void Apply(LedgerEntry entry, MarketView market)
    {
        switch (entry.Kind)
        {
            case EntryKind.Deposit:
                _deposited += entry.Amount;
                break;
            case EntryKind.Withdrawal:
                _deposited -= entry.Amount;
                break;
            case EntryKind.Credit:
                Move(RequestOf(entry.EntryId["credit/".Length..]), Credits.Zero - entry.Amount, market);
                break;
            case EntryKind.Capture:
                Move(entry.Counterparty, entry.Amount, market);
                break;
            case EntryKind.Debit:
                // "debit/stake/prover/entry/attempt": what arrives is staked once, whatever the attempt.
                Move(entry.EntryId["debit/".Length..entry.EntryId.LastIndexOf('/')], entry.Amount, market);
                break;
        }
    }

    private void Apply(ProverChanged change, MarketView market)
    {
        var (before, after) = (change.Before, change.After);
        _staked += after.Stake - (before?.Stake ?? Credits.Zero);
        if (before is null || !ReferenceEquals(before.StakeEntries, after.StakeEntries))
        {
            foreach (var (id, staked) in after.StakeEntries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                if (before?.StakeEntries.ContainsKey(id) != true) Move(id, Credits.Zero - staked.Amount, market);
            }
        }
        foreach (var (id, unbonding) in after.Unbonding.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (unbonding.Released is { } released && before?.Unbonding.GetValueOrDefault(id)?.Released is null) Move("unstake", released, market);
        }
        if (before is null || ReferenceEquals(before.Leases, after.Leases)) return;
        foreach (var (id, lease) in before.Leases.OrderBy(lease => lease.Key, StringComparer.Ordinal))
        {
            if (!after.Leases.ContainsKey(id)) Move(RequestOf(id), SlashOf(id, change.Key, lease, market), market);
        }
    }

    /// <summary>What of the bond is taken when a lease ends, as its run has durably decided. If the registry takes anything else, the sum is wrong.</summary>
    private static Credits SlashOf(string leaseId, string prover, Lease lease, MarketView market)
    {
        if (market.Records.Runs.GetValueOrDefault(leaseId[..^(prover.Length + 1)])?.Run is not { } run) return Credits.Zero;
        if (run.Report is { } report)
        {
            return report.Leases.FirstOrDefault(ending => ending.ProverId == prover) is { Outcome: LeaseOutcome.Miss } ending
                ? Credits.Min(ending.Penalty ?? lease.Bond, lease.Bond)
                : Credits.Zero;
        }
        return run.Participants.GetValueOrDefault(prover) switch
        {
            { Status: ParticipantStatus.Missed or ParticipantStatus.Disqualified, Penalty: null } => lease.Bond,
            { Status: ParticipantStatus.Missed or ParticipantStatus.Left, Penalty: { } penalty } => Credits.Min(penalty, lease.Bond),
            _ => Credits.Zero,
        };
    }

    private void Move(string what, Credits amount, MarketView market)
    {
        _moving += amount;
        var onItsWay = _onItsWay.GetValueOrDefault(what) + amount;
        _onItsWay[what] = onItsWay;
        if (onItsWay < Credits.Zero) Broken(market, $"no more paid than taken for {what}", $"{Credits.Zero - onItsWay} credits too much");
    }

    private static string RequestOf(string id) => id[..id.IndexOf('/', StringComparison.Ordinal)];
}
