using System.Collections.Immutable;

namespace ProvingMarket.Domain.Accounts;

/// <summary>An account: what can be spent and what is held. It is the sum of its ledger (<see cref="AccountRules.Apply"/>).</summary>
[GenerateSerializer, Immutable, Alias("pm.AccountState")]
public sealed record AccountState
{
    /// <summary>A new account.</summary>
    public static readonly AccountState Empty = new();

    /// <summary>What can be spent; never negative.</summary>
    [Id(0)] public Credits Available { get; init; }

    /// <summary>Money held for open requests, by hold id.</summary>
    [Id(1)] public ImmutableDictionary<string, Credits> Holds { get; init; } = ImmutableDictionary<string, Credits>.Empty;

    /// <summary>Deposits and withdrawals of the last time, and withdrawals that were refused, by entry id: whoever makes them chooses the id and may repeat it late.</summary>
    [Id(2)] public ImmutableDictionary<string, LedgerEntry> External { get; init; } = ImmutableDictionary<string, LedgerEntry>.Empty;

    /// <summary>How many entries the ledger has.</summary>
    [Id(3)] public long Entries { get; init; }

    /// <summary>When the last of them was applied.</summary>
    [Id(4)] public DateTimeOffset LastAt { get; init; }

    /// <summary>Sum of all holds.</summary>
    [Id(5)] public Credits Held { get; init; }

    /// <summary>When it was last looked for what may be forgotten of <see cref="External"/>.</summary>
    [Id(6)] public DateTimeOffset SweptAt { get; init; }
}
