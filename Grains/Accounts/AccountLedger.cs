using ProvingMarket.Domain.Accounts;
using ProvingMarket.Grains.Infrastructure.Journaling;

namespace ProvingMarket.Grains.Accounts;

/// <summary>How accounts are stored: a ledger of which every page is kept.</summary>
public static class AccountLedger
{
    /// <summary>The name of the records.</summary>
    public const string Name = "account";

    /// <summary>The shape of an account's journal.</summary>
    /// <param name="retention">How long deposits and withdrawals are remembered.</param>
    public static JournalShape<AccountState, LedgerEntry> Shape(TimeSpan retention) => new(
        Name, AccountState.Empty, (state, entry) => AccountRules.Apply(state, entry, retention), state => state.Holds.Count + state.External.Count)
    {
        KeepsPages = true,
    };
}
