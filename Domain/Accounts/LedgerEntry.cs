namespace ProvingMarket.Domain.Accounts;

/// <summary>A movement on an account, as it stands in the account's ledger for ever. Every movement has two sides: the same amount appears on the
/// other side named by <see cref="Counterparty"/>.</summary>
[GenerateSerializer, Immutable, Alias("pm.LedgerEntry")]
public sealed record LedgerEntry
{
    /// <summary>The movement's id: applied at most once.</summary>
    [Id(0)] public required string EntryId { get; init; }

    /// <summary>The kind of movement.</summary>
    [Id(1)] public required EntryKind Kind { get; init; }

    /// <summary>What moved; for a capture what left the account, which may be nothing.</summary>
    [Id(2)] public required Credits Amount { get; init; }

    /// <summary>What became available again by a capture; zero for other kinds.</summary>
    [Id(3)] public Credits Released { get; init; }

    /// <summary>Where the money came from or went: an account, a request's hold, a prover's stake or the outside world.</summary>
    [Id(4)] public required string Counterparty { get; init; }

    /// <summary>When it was applied, by the account's clock; never before the entry before it.</summary>
    [Id(5)] public required DateTimeOffset At { get; init; }
}

/// <summary>The kinds of movements.</summary>
public enum EntryKind
{
    /// <summary>Money comes in from another side of the market.</summary>
    Credit = 1,
    /// <summary>Money goes out to another side of the market.</summary>
    Debit = 2,
    /// <summary>Money moves from available to a hold.</summary>
    Hold = 3,
    /// <summary>A hold ends: part is captured, the rest becomes available.</summary>
    Capture = 4,
    /// <summary>Money comes into the market from outside.</summary>
    Deposit = 5,
    /// <summary>Money leaves the market.</summary>
    Withdrawal = 6,
    /// <summary>A movement was refused for good: nothing moves, and a late attempt at it is refused, too.</summary>
    Void = 7,
}
