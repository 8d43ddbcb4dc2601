using System.Collections.Immutable;
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

/// <summary>An account as of one page of its ledger.</summary>
[GenerateSerializer, Immutable, Alias("pm.AccountHead")]
public sealed record AccountHead : IJournalHead<AccountHead, AccountState>
{
    /// <inheritdoc/>
    [Id(0)] public required AccountState? State { get; init; }

    /// <inheritdoc/>
    [Id(1)] public required long Page { get; init; }

    /// <inheritdoc/>
    [Id(2)] public int PagesAfter { get; init; }

    /// <inheritdoc/>
    [Id(3)] public HeadPieces? Pieces { get; init; }

    /// <inheritdoc/>
    public static AccountHead Of(AccountState? state, long page, int pagesAfter, HeadPieces? pieces) =>
        new() { State = state, Page = page, PagesAfter = pagesAfter, Pieces = pieces };
}

/// <summary>A page of an account's ledger.</summary>
[GenerateSerializer, Immutable, Alias("pm.AccountPage")]
public sealed record AccountPage : IJournalPage<AccountPage, LedgerEntry>
{
    /// <inheritdoc/>
    [Id(0)] public required long Number { get; init; }

    /// <inheritdoc/>
    [Id(1)] public required ImmutableArray<LedgerEntry> Entries { get; init; }

    /// <inheritdoc/>
    public static AccountPage Of(long number, ImmutableArray<LedgerEntry> entries) => new() { Number = number, Entries = entries };
}
