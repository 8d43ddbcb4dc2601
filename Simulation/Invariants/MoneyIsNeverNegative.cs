using ProvingMarket.Domain;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>No balance and no stake is below zero, and every hold holds something.</summary>
internal sealed class MoneyIsNeverNegative : Invariant
{
    public override string Name => "money-never-negative";

    public override void Changed(DurableChange change, MarketView market)
    {
        switch (change)
        {
            case AccountChanged account:
                if (account.After.Available < Credits.Zero)
                    Broken(market, $"account {change.Key} at 0 credits or more", $"{account.After.Available} available");
                if (account.After.Held < Credits.Zero)
                    Broken(market, $"holds of 0 credits or more on account {change.Key}", $"{account.After.Held} held");
                if (!ReferenceEquals(account.Before.Holds, account.After.Holds)) CheckHolds(account, market);
                break;
            case ProverChanged { After.Stake: var stake } when stake < Credits.Zero:
                Broken(market, $"prover {change.Key} with a stake of 0 credits or more", $"{stake} staked");
                break;
        }
    }

    private void CheckHolds(AccountChanged account, MarketView market)
    {
        foreach (var (request, hold) in account.After.Holds)
        {
            if (hold <= Credits.Zero) Broken(market, $"a hold above 0 credits for request {request} on account {account.Key}", $"{hold} held");
        }
    }
}
