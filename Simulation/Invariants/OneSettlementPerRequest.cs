using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>A request is decided once: its run reports once, its settlement is written once, or follows from the run's report, and never changes, its phase only moves forward and ends
/// once. The settlement is carried out once: the hold is captured as it says, every credit arrives on one account, and none arrives that no
/// settlement has decided.</summary>
internal sealed class OneSettlementPerRequest : Invariant
{
    private readonly Dictionary<string, Credits> _captured = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Account, Credits Amount)> _credited = new(StringComparer.Ordinal);

    public override string Name => "one-settlement-per-request";

    public override void Changed(DurableChange change, MarketView market)
    {
        switch (change)
        {
            case RunChanged { Before.Run.Report: { } decided } run when run.After.Run.Report is not { } report || !Same(decided, report):
                Broken(market, $"run {change.Key} to stay decided as {Describe(decided)}", run.After.Run.Report is { } other ? Describe(other) : "no report");
                break;
            case RequestChanged { Before: { } before } request:
                Check(change.Key, before, request.After, market);
                break;
            case AccountChanged account:
                foreach (var entry in account.NewEntries) Check(change.Key, entry, market);
                break;
        }
    }

    public override void AtRest(MarketView market)
    {
        foreach (var (id, request) in market.Records.Requests)
        {
            if (request.Settlement is not { } settlement) continue;
            if (_captured.GetValueOrDefault(id, new Credits(-1)) != settlement.Captured)
                Broken(market, $"{settlement.Captured} credits captured for request {id}", _captured.TryGetValue(id, out var captured) ? $"{captured}" : "nothing");
            foreach (var credit in settlement.Credits)
            {
                if (!_credited.ContainsKey(credit.EntryId)) Broken(market, $"{credit.Amount} credits credited as {credit.EntryId}", "nothing");
            }
        }
    }

    private void Check(string id, RequestState before, RequestState after, MarketView market)
    {
        if (after.Phase < before.Phase || (before.Phase.IsFinal() && after.Phase != before.Phase))
            Broken(market, $"request {id} to go on from {before.Phase}", $"{after.Phase}");
        if (before.Settlement is { } decided && (after.Settlement is not { } settlement || !Same(decided, settlement)))
            Broken(market, $"request {id} to stay settled with {Describe(decided)}", after.Settlement is { } other ? Describe(other) : "no settlement");
        if (after.Timeline.Count(entry => entry.Phase.IsFinal()) > 1) Broken(market, $"one end of request {id}", "several");
    }

    private void Check(string account, LedgerEntry entry, MarketView market)
    {
        if (entry.Kind == EntryKind.Capture)
        {
            var request = entry.Counterparty;
            if (!_captured.TryAdd(request, entry.Amount)) Broken(market, $"the hold of request {request} captured once", "twice");
            // A rejected request ends the hold that it never got.
            if (market.Records.Requests.GetValueOrDefault(request) is { Phase: RequestPhase.Rejected } && entry.Amount == Credits.Zero) return;
            if (market.Records.StandingOf(request)?.Settlement is not { } settlement)
                Broken(market, $"a settlement of request {request} before its hold is captured", "none");
            else if (settlement.Captured != entry.Amount)
                Broken(market, $"{settlement.Captured} credits captured for request {request}", $"{entry.Amount}");
        }
        else if (entry.Kind == EntryKind.Credit)
        {
            var id = entry.EntryId["credit/".Length..];
            var request = id[..id.IndexOf('/', StringComparison.Ordinal)];
            if (!_credited.TryAdd(id, (account, entry.Amount))) Broken(market, $"{id} credited once", $"again, on account {account}");
            var decided = market.Records.StandingOf(request)?.Settlement?.Credits.FirstOrDefault(credit => credit.EntryId == id);
            if (decided is null) Broken(market, $"credits that a settlement of request {request} has decided", $"{id} of {entry.Amount} credits");
            else if (decided.Account != account || decided.Amount != entry.Amount)
                Broken(market, $"{decided.Amount} credits for {decided.Account} as {id}", $"{entry.Amount} for {account}");
        }
    }

    private static bool Same(Settlement left, Settlement right) =>
        left.Captured == right.Captured && left.Credits.SequenceEqual(right.Credits) && left.Leases.SequenceEqual(right.Leases);

    private static bool Same(RunReport left, RunReport right) =>
        left.Reason == right.Reason && left.EndedAt == right.EndedAt && left.Proof == right.Proof
        && left.Payments.SequenceEqual(right.Payments) && left.Leases.SequenceEqual(right.Leases);

    private static string Describe(RunReport report) =>
        $"{report.Reason} {report.Proof?.ProverId} with {report.Payments.Length} payments and {report.Leases.Length} leases";

    private static string Describe(Settlement settlement) =>
        $"{settlement.Captured} captured, {string.Join(", ", settlement.Credits.Select(credit => $"{credit.EntryId} {credit.Amount}"))}";
}
