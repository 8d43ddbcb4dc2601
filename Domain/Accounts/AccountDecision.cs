namespace ProvingMarket.Domain.Accounts;

/// <summary>What an account decides about one movement: an entry to add to its ledger, or none because the movement was applied before,
/// or a refusal; a refusal and an entry when the refusal is to stand for ever.</summary>
public readonly record struct AccountDecision(LedgerEntry? Entry, Refusal? Refusal)
{
    /// <summary>Nothing is left to do.</summary>
    public static readonly AccountDecision AppliedBefore;

    /// <summary>The movement becomes an entry.</summary>
    public static implicit operator AccountDecision(LedgerEntry entry) => new(entry, null);

    /// <summary>The movement is refused.</summary>
    public static implicit operator AccountDecision(Refusal refusal) => new(null, refusal);
}
