using System.Collections.Immutable;
using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Cli.Demo;

/// <summary>All money of the market at one moment: balances, holds and stakes.</summary>
internal sealed record MoneyCount
{
    /// <summary>Balances by account.</summary>
    public required ImmutableSortedDictionary<string, AccountBalance> Accounts { get; init; }

    /// <summary>Stakes by prover.</summary>
    public required ImmutableSortedDictionary<string, Credits> Stakes { get; init; }

    /// <summary>Leases held.</summary>
    public required int Leases { get; init; }

    /// <summary>Everything together.</summary>
    public Credits Total =>
        Accounts.Values.Aggregate(Credits.Zero, (sum, balance) => sum + balance.Available + balance.Held)
        + Stakes.Values.Aggregate(Credits.Zero, (sum, stake) => sum + stake);

    /// <summary>Asks every account and every registry shard.</summary>
    public static async Task<MoneyCount> TakeAsync(
        IProvingMarketClient market, IGrainFactory grains, IEnumerable<string> accounts, IEnumerable<string> provers, CancellationToken cancellationToken)
    {
        var balances = ImmutableSortedDictionary.CreateBuilder<string, AccountBalance>(StringComparer.Ordinal);
        foreach (var account in accounts) balances[account] = await market.GetBalanceAsync(account, cancellationToken);
        var stakes = ImmutableSortedDictionary.CreateBuilder<string, Credits>(StringComparer.Ordinal);
        foreach (var prover in provers)
            stakes[prover] = (await grains.GetGrain<IRegistryGrain>(GrainKeys.Single).GetProverAsync(prover))?.Stake ?? Credits.Zero;
        var totals = await grains.GetGrain<IRegistryGrain>(GrainKeys.Single).GetTotalsAsync();
        return new MoneyCount { Accounts = balances.ToImmutable(), Stakes = stakes.ToImmutable(), Leases = totals.Leases };
    }
}
