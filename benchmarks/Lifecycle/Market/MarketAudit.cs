using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Benchmarks.Lifecycle.Market;

/// <summary>The books of the market, as every account, registry and watch shard tells them.</summary>
internal static class MarketAudit
{
    /// <exception cref="AuditException">They are wrong.</exception>
    public static async Task CheckAsync(MarketSilo silo, Scale scale, long lifecycles)
    {
        var provers = Enumerable.Range(0, scale.Provers).Select(i => scale.Prover(i)).ToArray();
        var requesters = await BalancesAsync(silo, Enumerable.Range(0, scale.Requesters).Select(scale.Requester));
        var earners = await BalancesAsync(silo, provers.Select(Scale.AccountOf));
        var treasury = await BalancesAsync(silo, [GrainKeys.TreasuryAccount]);
        var records = await Task.WhenAll(provers.Select(prover => silo.Grains.GetGrain<IRegistryGrain>(GrainKeys.Single).GetProverAsync(prover)));
        var open = await Task.WhenAll(Enumerable.Range(0, GrainKeys.WatchShards).Select(shard => silo.Grains.GetGrain<IRequestWatchGrain>(shard).ListAsync()));

        var paid = Credits.Whole(Money.Reward * lifecycles);
        Require("credits held", 0, requesters.Concat(earners).Sum(balance => balance.Held.Micro));
        Require("credits of requesters", (Credits.Whole(Money.Funds * scale.Requesters) - paid).Micro, requesters.Sum(balance => balance.Available.Micro));
        Require("credits of provers", (Credits.Whole((Money.Funds - Money.Stake) * scale.Provers) + paid).Micro, earners.Sum(balance => balance.Available.Micro));
        Require("credits of the treasury", 0, treasury.Sum(balance => balance.Available.Micro));
        Require("staked credits", Credits.Whole(Money.Stake * scale.Provers).Micro, records.Sum(record => record!.Stake.Micro));
        Require("leases held", 0, records.Sum(record => record!.Leases.Count));
        Require("bonds locked", 0, records.Sum(record => record!.LockedBond.Micro));
        Require("leases missed", 0, records.Sum(record => record!.Missed));
        Require("leases completed", lifecycles, records.Sum(record => record!.Completed));
        Require("requests watched as open", 0, open.Sum(shard => shard.Length));
    }

    private static Task<AccountBalance[]> BalancesAsync(MarketSilo silo, IEnumerable<string> accounts) =>
        Task.WhenAll(accounts.Select(account => silo.Grains.GetGrain<IAccountGrain>(account).GetBalanceAsync()));

    private static void Require(string what, long expected, long found)
    {
        if (found != expected) throw new AuditException($"The market has {found} {what}, expected are {expected}.");
    }
}
