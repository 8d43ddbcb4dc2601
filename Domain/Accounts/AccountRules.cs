namespace ProvingMarket.Domain.Accounts;

/// <summary>The rules of an account. Every movement has an entry id and is applied at most once; repeating it with the same kind, amount and
/// counterparty changes nothing, with another it is refused. Balances never become negative.</summary>
/// <remarks>Holds have entries of their own, <c>hold/</c> and <c>capture/</c> with the hold's id: other entry ids must not begin like that.</remarks>
public static class AccountRules
{
    private const string HoldPrefix = "hold/";

    private const string CapturePrefix = "capture/";

    /// <summary>Money comes in from <paramref name="counterparty"/>.</summary>
    public static (AccountState State, Refusal? Refusal) Credit(
        AccountState state, string entryId, Credits amount, string counterparty, DateTimeOffset now)
    {
        if (CheckEntryId(entryId) is { } badId) return (state, badId);
        if (Known(state, entryId, EntryKind.Credit, amount, counterparty, out var refusal) || (refusal ??= CheckAmount(amount)) is not null)
            return (state, refusal);
        if (state.Available.Micro > long.MaxValue - state.Held.Micro - amount.Micro)
            return (state, Refusal.Of(ReasonCode.BalanceOverflow, "amount", "a representable balance", amount.ToString()));
        return (Apply(state with { Available = state.Available + amount }, entryId, EntryKind.Credit, amount, counterparty, now), null);
    }

    /// <summary>Money goes out to <paramref name="counterparty"/>; refused when the available balance does not cover it.</summary>
    public static (AccountState State, Refusal? Refusal) Debit(
        AccountState state, string entryId, Credits amount, string counterparty, DateTimeOffset now)
    {
        if (CheckEntryId(entryId) is { } badId) return (state, badId);
        if (Known(state, entryId, EntryKind.Debit, amount, counterparty, out var refusal)
            || (refusal ??= CheckAmount(amount) ?? CheckCovered(state, amount)) is not null)
            return (state, refusal);
        return (Apply(state with { Available = state.Available - amount }, entryId, EntryKind.Debit, amount, counterparty, now), null);
    }

    /// <summary>Sets money aside under <paramref name="holdId"/>; refused when the available balance does not cover it, and when the hold has
    /// been ended before it came.</summary>
    public static (AccountState State, Refusal? Refusal) Hold(AccountState state, string holdId, Credits amount, DateTimeOffset now)
    {
        if (CheckId("holdId", holdId) is { } badId) return (state, badId);
        var entryId = HoldEntry(holdId);
        if (Known(state, entryId, EntryKind.Hold, amount, holdId, out var refusal)
            || (refusal ??= CheckNotEnded(state, holdId) ?? CheckAmount(amount) ?? CheckCovered(state, amount)) is not null)
            return (state, refusal);
        var held = state with { Available = state.Available - amount, Holds = state.Holds.Add(holdId, amount) };
        return (Apply(held, entryId, EntryKind.Hold, amount, holdId, now), null);
    }

    /// <summary>Ends a hold: <paramref name="captured"/> leaves the account, the rest becomes available again. Capturing nothing of a hold that
    /// is not there changes no money and keeps a late hold from being applied.</summary>
    public static (AccountState State, Refusal? Refusal) Capture(AccountState state, string holdId, Credits captured, DateTimeOffset now)
    {
        if (CheckId("holdId", holdId) is { } badId) return (state, badId);
        var entryId = CaptureEntry(holdId);
        if (Known(state, entryId, EntryKind.Capture, captured, holdId, out var refusal) || refusal is not null) return (state, refusal);
        if (captured < Credits.Zero) return (state, Refusal.Of(ReasonCode.AmountNotPositive, "captured", "at least 0 credits", captured.ToString()));
        if (!state.Holds.TryGetValue(holdId, out var held) && captured > Credits.Zero)
            return (state, Refusal.Of(ReasonCode.HoldUnknown, "holdId", "a current hold", holdId));
        if (captured > held) return (state, Refusal.Of(ReasonCode.HoldExceeded, "captured", $"at most the hold of {held} credits", captured.ToString()));
        var released = state with { Available = state.Available + (held - captured), Holds = state.Holds.Remove(holdId) };
        return (Apply(released, entryId, EntryKind.Capture, captured, holdId, now), null);
    }

    /// <summary>Forgets entries applied before <paramref name="before"/>. Entries of current holds stay, and a hold's entry stays as long as its
    /// capture's. A movement that is repeated after its entry is forgotten is applied again: <paramref name="before"/> must lie before the
    /// submission of every request that is not final, however long the market was down in between.</summary>
    public static AccountState Prune(AccountState state, DateTimeOffset before)
    {
        var old = state.Applied.Where(entry => entry.Value.At < before && !IsNeeded(entry.Value)).Select(entry => entry.Key).ToArray();
        return old.Length == 0 ? state : state with { Applied = state.Applied.RemoveRange(old) };

        bool IsNeeded(AppliedEntry entry) => entry.Kind == EntryKind.Hold
            && (state.Holds.ContainsKey(entry.Counterparty)
                || (state.Applied.TryGetValue(CaptureEntry(entry.Counterparty), out var capture) && capture.At >= before));
    }

    private static string HoldEntry(string holdId) => HoldPrefix + holdId;

    private static string CaptureEntry(string holdId) => CapturePrefix + holdId;

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

    private static bool Known(
        AccountState state, string entryId, EntryKind kind, Credits amount, string counterparty, out Refusal? refusal)
    {
        refusal = null;
        if (!state.Applied.TryGetValue(entryId, out var applied)) return false;
        if (applied.Kind != kind || applied.Amount != amount)
            refusal = Refusal.Of(ReasonCode.EntryConflict, "amount", $"{applied.Kind} of {applied.Amount} credits, as applied before under {entryId}", $"{kind} of {amount}");
        else if (applied.Counterparty != counterparty)
            refusal = Refusal.Of(ReasonCode.EntryConflict, "counterparty", $"{applied.Counterparty}, as applied before under {entryId}", counterparty);
        return true;
    }

    private static Refusal? CheckAmount(Credits amount)
    {
        if (amount <= Credits.Zero) return Refusal.Of(ReasonCode.AmountNotPositive, "amount", "above 0 credits", amount.ToString());
        return amount > MarketLimits.Amount
            ? Refusal.Of(ReasonCode.OutOfRange, "amount", $"at most {MarketLimits.Amount} credits", amount.ToString())
            : null;
    }

    private static Refusal? CheckCovered(AccountState state, Credits amount) => amount > state.Available
        ? Refusal.Of(ReasonCode.BalanceInsufficient, "amount", $"at most the available {state.Available} credits", amount.ToString())
        : null;

    private static Refusal? CheckNotEnded(AccountState state, string holdId) => state.Applied.ContainsKey(CaptureEntry(holdId))
        ? Refusal.Of(ReasonCode.EntryConflict, "holdId", "a hold that has not ended", holdId)
        : null;

    private static AccountState Apply(
        AccountState state, string entryId, EntryKind kind, Credits amount, string counterparty, DateTimeOffset now) => state with
        {
            Applied = state.Applied.Add(entryId, new AppliedEntry { Kind = kind, Amount = amount, Counterparty = counterparty, At = now }),
        };
}
