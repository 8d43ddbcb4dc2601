using System.Collections.Immutable;
using Orleans.Concurrency;
using ProvingMarket.Domain;

namespace ProvingMarket.Grains.Interfaces.Accounts;

/// <summary>An account, keyed by its id. Every movement has an entry id, is durable before it is acknowledged and may be repeated: the second
/// time it changes nothing.</summary>
[Alias("pm.IAccountGrain")]
public interface IAccountGrain : IGrainWithStringKey
{
    /// <summary>Called by operators and tests: money comes in from outside the market. Repeatable by <paramref name="entryId"/>.</summary>
    [Alias("Deposit")]
    Task<AccountAnswer> DepositAsync(string entryId, Credits amount);

    /// <summary>Called by requests: credits a reward or compensation that left <paramref name="from"/>. Repeatable by <paramref name="entryId"/>.</summary>
    [Alias("Credit")]
    Task<AccountAnswer> CreditAsync(string entryId, Credits amount, string from);

    /// <summary>Called by provers: money leaves for <paramref name="to"/>, for example a prover's stake. Refuses with
    /// <see cref="ReasonCode.BalanceInsufficient"/>. Repeatable by <paramref name="entryId"/>.</summary>
    [Alias("Debit")]
    Task<AccountAnswer> DebitAsync(string entryId, Credits amount, string to);

    /// <summary>Called by requests: sets money aside. Refuses with <see cref="ReasonCode.BalanceInsufficient"/>. Repeatable by
    /// <paramref name="holdId"/>.</summary>
    [Alias("Hold")]
    Task<AccountAnswer> HoldAsync(string holdId, Credits amount);

    /// <summary>Called by requests: ends a hold; <paramref name="captured"/> leaves the account, the rest becomes available. Repeatable by
    /// <paramref name="holdId"/>.</summary>
    [Alias("Capture")]
    Task<AccountAnswer> CaptureAsync(string holdId, Credits captured);

    /// <summary>Called by anyone: the balances.</summary>
    [Alias("GetBalance"), ReadOnly]
    Task<AccountBalance> GetBalanceAsync();
}

/// <summary>Answer to a movement.</summary>
[GenerateSerializer, Immutable, Alias("pm.AccountAnswer")]
public sealed record AccountAnswer
{
    /// <summary>Why the movement was refused; null when it was applied, now or before.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>The balances after it.</summary>
    [Id(1)] public required AccountBalance Balance { get; init; }
}

/// <summary>Balances of an account.</summary>
[GenerateSerializer, Immutable, Alias("pm.AccountBalance")]
public sealed record AccountBalance
{
    /// <summary>What can be spent.</summary>
    [Id(0)] public required Credits Available { get; init; }

    /// <summary>What is held for open requests.</summary>
    [Id(1)] public required Credits Held { get; init; }

    /// <summary>The holds by request.</summary>
    [Id(2)] public ImmutableSortedDictionary<string, Credits> Holds { get; init; } = ImmutableSortedDictionary<string, Credits>.Empty;
}
