using System.Collections.Immutable;

namespace ProvingMarket.Domain.Accounts;

/// <summary>An account: what can be spent, what is held, and which movements have been applied.</summary>
[GenerateSerializer, Immutable, Alias("pm.AccountState")]
public sealed record AccountState
{
    /// <summary>A new account.</summary>
    public static readonly AccountState Empty = new();

    /// <summary>What can be spent; never negative.</summary>
    [Id(0)] public Credits Available { get; init; }

    /// <summary>Money held for open requests, by hold id.</summary>
    [Id(1)] public ImmutableDictionary<string, Credits> Holds { get; init; } = ImmutableDictionary<string, Credits>.Empty;

    /// <summary>Movements that were applied, by entry id: a retry finds its entry and changes nothing.</summary>
    [Id(2)] public ImmutableDictionary<string, AppliedEntry> Applied { get; init; } = ImmutableDictionary<string, AppliedEntry>.Empty;

    /// <summary>Sum of all holds.</summary>
    public Credits Held => Holds.Values.Aggregate(Credits.Zero, (sum, hold) => sum + hold);
}

/// <summary>A movement that was applied.</summary>
[GenerateSerializer, Immutable, Alias("pm.AppliedEntry")]
public sealed record AppliedEntry
{
    /// <summary>The kind of movement.</summary>
    [Id(0)] public required EntryKind Kind { get; init; }

    /// <summary>The amount of the movement.</summary>
    [Id(1)] public required Credits Amount { get; init; }

    /// <summary>Where the money came from or went: an account, a request's hold, a prover's stake or the outside world.</summary>
    [Id(2)] public required string Counterparty { get; init; }

    /// <summary>When it was applied.</summary>
    [Id(3)] public required DateTimeOffset At { get; init; }
}

/// <summary>The kinds of movements.</summary>
public enum EntryKind
{
    /// <summary>Money comes in.</summary>
    Credit = 1,
    /// <summary>Money goes out.</summary>
    Debit = 2,
    /// <summary>Money moves from available to a hold.</summary>
    Hold = 3,
    /// <summary>A hold ends: part is captured, the rest becomes available.</summary>
    Capture = 4,
}
