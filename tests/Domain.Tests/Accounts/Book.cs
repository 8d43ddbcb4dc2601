using System.Collections.Immutable;
using ProvingMarket.Domain.Accounts;

namespace ProvingMarket.Domain.Tests.Accounts;

/// <summary>An account with its whole ledger: what the rules decide is entered. Stays the same object when nothing is.</summary>
internal sealed record Book
{
    public static readonly Book Empty = new();

    private static readonly TimeSpan Retention = TimeSpan.FromDays(7);

    public AccountState State { get; init; } = AccountState.Empty;

    public ImmutableDictionary<string, LedgerEntry> Applied { get; private init; } = ImmutableDictionary<string, LedgerEntry>.Empty;

    public Credits Available => State.Available;

    public Credits Held => State.Held;

    public ImmutableDictionary<string, Credits> Holds => State.Holds;

    public static (Book State, Refusal? Refusal) Deposit(Book book, string entryId, Credits amount, DateTimeOffset at) =>
        book.Enter(AccountRules.Deposit(book.State, entryId, amount, at));

    public static (Book State, Refusal? Refusal) Withdraw(Book book, string entryId, Credits amount, DateTimeOffset at) =>
        book.Enter(AccountRules.Withdraw(book.State, entryId, amount, at));

    public static (Book State, Refusal? Refusal) Credit(Book book, string entryId, Credits amount, string counterparty, DateTimeOffset at) =>
        book.Enter(AccountRules.Credit(book.State, book.Find, entryId, amount, counterparty, at));

    public static (Book State, Refusal? Refusal) Debit(Book book, string entryId, Credits amount, string counterparty, DateTimeOffset at) =>
        book.Enter(AccountRules.Debit(book.State, book.Find, entryId, amount, counterparty, at));

    public static (Book State, Refusal? Refusal) Hold(Book book, string holdId, Credits amount, DateTimeOffset at) =>
        book.Enter(AccountRules.Hold(book.State, book.Find, holdId, amount, at));

    public static (Book State, Refusal? Refusal) Capture(Book book, string holdId, Credits captured, DateTimeOffset at) =>
        book.Enter(AccountRules.Capture(book.State, book.Find, holdId, captured, at));

    private LedgerEntry? Find(string entryId) => Applied.GetValueOrDefault(entryId);

    private (Book State, Refusal? Refusal) Enter(AccountDecision decision)
    {
        if (decision.Entry is not { } entry) return (this, decision.Refusal);
        return (this with { State = AccountRules.Apply(State, entry, Retention), Applied = Applied.Add(entry.EntryId, entry) }, decision.Refusal);
    }
}
