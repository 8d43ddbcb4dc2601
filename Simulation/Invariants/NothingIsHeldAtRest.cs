namespace ProvingMarket.Simulation.Invariants;

/// <summary>When every request has ended, no price is held, no slot is taken, no bond is locked, no stake is on its way, no ask is filled,
/// and nobody watches over a request.</summary>
/// <remarks>A fill whose release was lost ends at its run's deadline by itself, as soon as anybody asks the book.</remarks>
internal sealed class NothingIsHeldAtRest : Invariant
{
    public override string Name => "nothing-held-at-rest";

    public override void AtRest(MarketView market)
    {
        foreach (var (id, account) in market.Records.Accounts)
        {
            if (!account.Holds.IsEmpty) Broken(market, $"nothing held on account {id}", $"{account.Held} credits for {Some(account.Holds.Keys)}");
        }
        foreach (var (id, prover) in market.Records.Provers)
        {
            if (!prover.Leases.IsEmpty) Broken(market, $"no leases of prover {id}", $"{prover.LockedBond} credits of bonds under {Some(prover.Leases.Keys)}");
        }
        foreach (var (id, pending) in market.Records.PendingStake)
        {
            if (!pending.PendingStake.IsEmpty) Broken(market, $"no stake of prover {id} on its way", Some(pending.PendingStake.Keys));
        }
        foreach (var (program, book) in market.Records.Books)
        {
            var filled = book.Orders.Where(order => order.Order.Until > market.Now).Select(order => order.Order.OrderId).ToArray();
            if (filled.Length > 0) Broken(market, $"no ask filled in the book of {program}", Some(filled));
        }
        foreach (var (shard, watch) in market.Records.Watches)
        {
            if (!watch.Open.IsEmpty) Broken(market, $"nothing watched by shard {shard}", Some(watch.Open));
        }
    }

    private static string Some(IEnumerable<string> ids)
    {
        var sorted = ids.Order(StringComparer.Ordinal).ToArray();
        return string.Join(", ", sorted.Take(5)) + (sorted.Length > 5 ? $" and {sorted.Length - 5} more" : "");
    }
}
