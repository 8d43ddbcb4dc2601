using System.Collections.Immutable;

namespace ProvingMarket.Domain.Accounts;

/// <summary>The rules of an account. Each decides on one movement: a new ledger entry, or none because it was applied before, or a refusal.
/// Every movement has an entry id and is applied at most once; repeating it with the same kind, amount and counterparty changes nothing, with
/// another it is refused. Balances never become negative.</summary>
/// <remarks>Holds have entries of their own, <c>hold/</c> and <c>capture/</c> with the hold's id: other entry ids must not begin like that.
/// <c>applied</c> finds an entry of the ledger by its id.</remarks>
public static class AccountRules
{
    /// <summary>Deposits and withdrawals are remembered for so long at least; after that their ids may be used again.</summary>
    public static readonly TimeSpan ShortestRetention = TimeSpan.FromHours(1);

    private const string HoldPrefix = "hold/";

    private const string CapturePrefix = "capture/";

    private const string Outside = "outside";

    /// <summary>How many times in a retention the account looks for what it may forget: not at every movement, which would cost as much as it remembers.</summary>
    private const int SweepsPerRetention = 64;

    /// <summary>The account after one more entry. Deposits and withdrawals are remembered for <paramref name="retention"/>, and a 64th longer at most while there are others.</summary>
    public static AccountState Apply(AccountState state, LedgerEntry entry, TimeSpan retention)
    {
        var next = state with { Entries = state.Entries + 1, LastAt = entry.At };
        return entry.Kind switch
        {
            EntryKind.Credit => next with { Available = state.Available + entry.Amount },
            EntryKind.Debit => next with { Available = state.Available - entry.Amount },
            EntryKind.Deposit => Remember(next with { Available = state.Available + entry.Amount }, entry, retention),
            EntryKind.Withdrawal => Remember(next with { Available = state.Available - entry.Amount }, entry, retention),
            EntryKind.Hold => next with
            {
                Available = state.Available - entry.Amount, Held = state.Held + entry.Amount, Holds = state.Holds.Add(entry.Counterparty, entry.Amount),
            },
            EntryKind.Capture => next with
            {
                Available = state.Available + entry.Released, Held = state.Held - entry.Amount - entry.Released, Holds = state.Holds.Remove(entry.Counterparty),
            },
            EntryKind.Void => IsOfOutside(entry) ? Remember(next, entry, retention) : next,
            _ => throw new InvalidOperationException($"Entry {entry.EntryId} has the unknown kind {entry.Kind}."),
        };
    }

    /// <summary>Whether an entry is a movement across the market's border, or the refusal of one: remembered for a time, where others are found in the ledger for ever.</summary>
    public static bool IsOfOutside(LedgerEntry entry) => entry.Kind is EntryKind.Deposit or EntryKind.Withdrawal || (entry.Kind == EntryKind.Void && entry.Counterparty == Outside);

    /// <summary>Money comes into the market.</summary>
    public static AccountDecision Deposit(AccountState state, string entryId, Credits amount, DateTimeOffset now) =>
        CheckEntryId(entryId) is { } malformed ? malformed
        : state.External.GetValueOrDefault(entryId) is { } before ? Repeated(before, EntryKind.Deposit, amount, Outside)
        : (Amounts.Check(amount) ?? CheckRoom(state, amount)) is { } refusal ? refusal
        : Entry(state, entryId, EntryKind.Deposit, amount, Outside, now);

    /// <summary>Money leaves the market; refused, and for good, when the available balance does not cover it: a copy of the call that comes late, when there
    /// is money, finds the refusal in the ledger.</summary>
    public static AccountDecision Withdraw(AccountState state, string entryId, Credits amount, DateTimeOffset now) =>
        CheckEntryId(entryId) is { } malformed ? malformed
        : state.External.GetValueOrDefault(entryId) is { } before ? RepeatedWithdrawal(before, amount)
        : Amounts.Check(amount) is { } unusable ? unusable
        : CheckCovered(state, amount) is { } refusal ? new AccountDecision(Entry(state, entryId, EntryKind.Void, Credits.Zero, Outside, now), refusal)
        : Entry(state, entryId, EntryKind.Withdrawal, amount, Outside, now);

    /// <summary>Money comes in from <paramref name="counterparty"/>.</summary>
    public static AccountDecision Credit(
        AccountState state, Func<string, LedgerEntry?> applied, string entryId, Credits amount, string counterparty, DateTimeOffset now) =>
        CheckEntryId(entryId) is { } malformed ? malformed
        : applied(entryId) is { } before ? Repeated(before, EntryKind.Credit, amount, counterparty)
        : (Amounts.Check(amount) ?? CheckRoom(state, amount)) is { } refusal ? refusal
        : Entry(state, entryId, EntryKind.Credit, amount, counterparty, now);

    /// <summary>Money goes out to <paramref name="counterparty"/>; refused when the available balance does not cover it.</summary>
    public static AccountDecision Debit(
        AccountState state, Func<string, LedgerEntry?> applied, string entryId, Credits amount, string counterparty, DateTimeOffset now) =>
        CheckEntryId(entryId) is { } malformed ? malformed
        : applied(entryId) is { } before ? Repeated(before, EntryKind.Debit, amount, counterparty)
        : (Amounts.Check(amount) ?? CheckCovered(state, amount)) is { } refusal ? refusal
        : Entry(state, entryId, EntryKind.Debit, amount, counterparty, now);

    /// <summary>Ends a debit that was refused: an attempt at it that is still on its way is refused, too. Refused when it has been applied.</summary>
    public static AccountDecision VoidDebit(
        AccountState state, Func<string, LedgerEntry?> applied, string entryId, string counterparty, DateTimeOffset now) =>
        CheckEntryId(entryId) is { } malformed ? malformed
        : applied(entryId) is { } before ? Repeated(before, EntryKind.Void, Credits.Zero, counterparty)
        : Entry(state, entryId, EntryKind.Void, Credits.Zero, counterparty, now);

    /// <summary>Sets money aside under <paramref name="holdId"/>; refused when the available balance does not cover it, and when the hold has
    /// been ended before it came.</summary>
    public static AccountDecision Hold(
        AccountState state, Func<string, LedgerEntry?> applied, string holdId, Credits amount, DateTimeOffset now)
    {
        if (CheckId("holdId", holdId) is { } malformed) return malformed;
        var entryId = HoldPrefix + holdId;
        // A hold that is there, or was and has been captured, was applied; one that was ended without having been there never is.
        if (state.Holds.TryGetValue(holdId, out var held)) return Same(entryId, EntryKind.Hold, held, amount);
        if (applied(CapturePrefix + holdId) is { } capture)
        {
            return capture.Amount + capture.Released is { } was && was > Credits.Zero
                ? Same(entryId, EntryKind.Hold, was, amount)
                : Refusal.Of(ReasonCode.EntryConflict, "holdId", "a hold that has not ended", holdId);
        }
        return (Amounts.Check(amount) ?? CheckCovered(state, amount)) is { } refusal
            ? refusal
            : Entry(state, entryId, EntryKind.Hold, amount, holdId, now);
    }

    /// <summary>Ends a hold: <paramref name="captured"/> leaves the account, the rest becomes available again. Capturing nothing of a hold that
    /// is not there changes no money and keeps a late hold from being applied.</summary>
    public static AccountDecision Capture(
        AccountState state, Func<string, LedgerEntry?> applied, string holdId, Credits captured, DateTimeOffset now)
    {
        if (CheckId("holdId", holdId) is { } malformed) return malformed;
        var entryId = CapturePrefix + holdId;
        var isHeld = state.Holds.TryGetValue(holdId, out var held);
        if (!isHeld && applied(entryId) is { } before) return Repeated(before, EntryKind.Capture, captured, holdId);
        if (captured < Credits.Zero) return Refusal.Of(ReasonCode.AmountNotPositive, "captured", "at least 0 credits", captured.ToString());
        if (!isHeld && captured > Credits.Zero) return Refusal.Of(ReasonCode.HoldUnknown, "holdId", "a current hold", holdId);
        if (captured > held)
            return Refusal.Of(ReasonCode.HoldExceeded, "captured", $"at most the hold of {held} credits", captured.ToString());
        return Entry(state, entryId, EntryKind.Capture, captured, holdId, now) with { Released = held - captured };
    }

    private static AccountDecision RepeatedWithdrawal(LedgerEntry before, Credits amount) => before.Kind == EntryKind.Void
        ? Refusal.Of(ReasonCode.BalanceInsufficient, "entryId", "a new id: the balance did not cover the withdrawal under this one, which is refused for good", before.EntryId)
        : Repeated(before, EntryKind.Withdrawal, amount, Outside);

    private static AccountState Remember(AccountState state, LedgerEntry entry, TimeSpan retention)
    {
        var known = state.External.SetItem(entry.EntryId, entry);
        if (entry.At - state.SweptAt <= retention / SweepsPerRetention) return state with { External = known };
        var old = known.Where(before => entry.At - before.Value.At > retention).Select(before => before.Key).ToArray();
        return state with { External = known.RemoveRange(old), SweptAt = entry.At };
    }

    // The clock may have been set back; the ledger is in the order of its times.
    private static LedgerEntry Entry(AccountState state, string entryId, EntryKind kind, Credits amount, string counterparty, DateTimeOffset now) => new()
    {
        EntryId = entryId, Kind = kind, Amount = amount, Counterparty = counterparty, At = now > state.LastAt ? now : state.LastAt,
    };

    private static AccountDecision Repeated(LedgerEntry before, EntryKind kind, Credits amount, string counterparty)
    {
        if (before.Kind != kind) return Conflict(before.EntryId, before.Kind, before.Amount, kind, amount);
        return before.Counterparty == counterparty
            ? Same(before.EntryId, kind, before.Amount, amount)
            : Refusal.Of(ReasonCode.EntryConflict, "counterparty", $"{before.Counterparty}, as applied before under {before.EntryId}", counterparty);
    }

    private static AccountDecision Same(string entryId, EntryKind kind, Credits before, Credits amount) =>
        before == amount ? AccountDecision.AppliedBefore : Conflict(entryId, kind, before, kind, amount);

    private static Refusal Conflict(string entryId, EntryKind kindBefore, Credits before, EntryKind kind, Credits amount) =>
        Refusal.Of(ReasonCode.EntryConflict, "amount", $"{kindBefore} of {before} credits, as applied before under {entryId}", $"{kind} of {amount}");

    private static Refusal? CheckEntryId(string entryId)
    {
        if (CheckId("entryId", entryId) is { } refusal) return refusal;
        return entryId.StartsWith(HoldPrefix, StringComparison.Ordinal) || entryId.StartsWith(CapturePrefix, StringComparison.Ordinal)
            ? Refusal.Of(ReasonCode.FieldMalformed, "entryId", $"an id that does not begin with {HoldPrefix} or {CapturePrefix}", entryId)
            : null;
    }

    private static Refusal? CheckId(string field, string id)
    {
        if (string.IsNullOrEmpty(id)) return Refusal.Of(ReasonCode.FieldMissing, field, "an id");
        return id.Length > MarketLimits.EntryIdLength
            ? Refusal.Of(ReasonCode.FieldTooLarge, field, $"at most {MarketLimits.EntryIdLength} characters", $"{id.Length} characters")
            : null;
    }

    private static Refusal? CheckRoom(AccountState state, Credits amount) => state.Available.Micro > long.MaxValue - state.Held.Micro - amount.Micro
        ? Refusal.Of(ReasonCode.BalanceOverflow, "amount", "a representable balance", amount.ToString())
        : null;

    private static Refusal? CheckCovered(AccountState state, Credits amount) => amount > state.Available
        ? Refusal.Of(ReasonCode.BalanceInsufficient, "amount", $"at most the available {state.Available} credits", amount.ToString())
        : null;
}
