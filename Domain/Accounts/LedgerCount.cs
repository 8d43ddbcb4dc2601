namespace ProvingMarket.Domain.Accounts;

/// <summary>Adds a ledger up, entry by entry, as its account did, and finds the first entry that does not fit.</summary>
public sealed class LedgerCount
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(10_000);

    /// <summary>When the id of a movement from or to outside was used last; the end of time for all others, whose ids never come again.</summary>
    private readonly Dictionary<string, DateTimeOffset> _usedAt = new(StringComparer.Ordinal);

    /// <summary>The account after the entries so far.</summary>
    public AccountState State { get; private set; } = AccountState.Empty;

    /// <summary>What came into the market less what left it.</summary>
    public Credits FromOutside { get; private set; }

    /// <summary>Takes in the next entry; what is wrong with it, in words, or null.</summary>
    public string? Add(LedgerEntry entry)
    {
        try
        {
            return AddChecked(entry);
        }
        catch (OverflowException)
        {
            return $"entry {entry.EntryId} makes a sum that no amount of credits can hold";
        }
    }

    private string? AddChecked(LedgerEntry entry)
    {
        var isOfOutside = AccountRules.IsOfOutside(entry);
        if (_usedAt.TryGetValue(entry.EntryId, out var before) && (!isOfOutside || entry.At - before <= AccountRules.ShortestRetention)) return $"entry {entry.EntryId} is there twice";
        _usedAt[entry.EntryId] = isOfOutside ? entry.At : DateTimeOffset.MaxValue;
        if (entry.At < State.LastAt) return $"entry {entry.EntryId} of {entry.At:O} comes after one of {State.LastAt:O}";
        if (entry.Amount < Credits.Zero || entry.Released < Credits.Zero) return $"entry {entry.EntryId} moves less than nothing";
        if (!Enum.IsDefined(entry.Kind)) return $"entry {entry.EntryId} has the unknown kind {entry.Kind}";
        if (entry.Kind == EntryKind.Hold && State.Holds.ContainsKey(entry.Counterparty)) return $"entry {entry.EntryId} holds money that is held already";
        var held = State.Holds.GetValueOrDefault(entry.Counterparty);
        if (entry.Kind == EntryKind.Capture && held != entry.Amount + entry.Released)
            return $"entry {entry.EntryId} ends a hold of {entry.Amount + entry.Released} credits, held are {held}";
        State = AccountRules.Apply(State, entry, Forever);
        FromOutside += entry.Kind switch
        {
            EntryKind.Deposit => entry.Amount,
            EntryKind.Withdrawal => Credits.Zero - entry.Amount,
            _ => Credits.Zero,
        };
        return State.Available < Credits.Zero || State.Held < Credits.Zero ? $"after entry {entry.EntryId} the account has {State.Available} credits" : null;
    }
}
