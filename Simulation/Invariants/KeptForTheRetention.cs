using ProvingMarket.Domain.Requests;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>Records of a request and its runs are deleted only when it has ended, is settled, and the retention is over; that there was such a
/// request, for which body and how it ended, stays.</summary>
internal sealed class KeptForTheRetention(TimeSpan retention) : Invariant
{
    public override string Name => "kept-for-the-retention";

    public override void Changed(DurableChange change, MarketView market)
    {
        switch (change)
        {
            case RecordDeleted { Record: RequestState }:
                Broken(market, $"that there was a request {change.Key} to stay known", "its last record was deleted");
                break;
            case RecordDeleted { Record: var record }:
                CheckOver(change.Key, record.GetType().Name, market);
                break;
            case RequestForgotten { Before: { } before, Left: var left }:
                CheckOver(change.Key, nameof(RequestState), market);
                if ((before.Digest, before.Phase, before.Outcome) != (left.Digest, left.Phase, left.Outcome))
                    Broken(market, $"of request {change.Key} its body's digest and that it ended as {before.Phase} ({before.Outcome}) to stay known", $"{left.Phase} ({left.Outcome})");
                break;
        }
    }

    private void CheckOver(string request, string record, MarketView market)
    {
        var endedAt = market.Records.Requests.GetValueOrDefault(request) is { } state ? RetentionRules.EndedAt(state) : null;
        if (endedAt is not { } end) Broken(market, $"the {record} of request {request} to be kept while it is open", "it was deleted");
        else if (!RetentionRules.IsOver(end, retention, market.Now)) Broken(market, $"the {record} of request {request}, which ended at {end:O}, to be kept for {retention}", $"it was deleted at {market.Now:O}");
    }
}
