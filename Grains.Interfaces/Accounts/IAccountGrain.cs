using System.Collections.Immutable;
using Orleans.Concurrency;
using ProvingMarket.Domain;

namespace ProvingMarket.Grains.Interfaces.Accounts;

/// <summary>An account, keyed by its id. Every movement has an entry id, is durable before it is acknowledged and may be repeated: the second
/// time it changes nothing, with other values it is refused with <see cref="ReasonCode.EntryConflict"/>.</summary>
/// <remarks><c>issuedAt</c> is when the caller decided on the movement, as it has durably noted, so a repetition bears the time of the first. The
/// account looks for an earlier application back to that time and remembers nothing for ever. Clocks may differ by
/// <see cref="MarketLimits.ClockDifference"/>.</remarks>
[Alias("pm.IAccountGrain")]
public interface IAccountGrain : IGrainWithStringKey
{
    /// <summary>Called by operators and requesters' services: money comes in from outside the market. Repeatable by <paramref name="entryId"/>
    /// as long as the market remembers deposits (<c>Market:EntryRetention</c>).</summary>
    [Alias("Deposit")]
    Task<AccountAnswer> DepositAsync(string entryId, Credits amount);

    /// <summary>Called by the account's owner: money leaves the market. Refuses with <see cref="ReasonCode.BalanceInsufficient"/>, and then for good: a new
    /// attempt needs a new id, so that a copy of this one that comes late takes nothing. Repeatable by <paramref name="entryId"/> as long as the market
    /// remembers withdrawals (<c>Market:EntryRetention</c>).</summary>
    [Alias("Withdraw")]
    Task<AccountAnswer> WithdrawAsync(string entryId, Credits amount);

    /// <summary>Called by requests and provers: credits a reward, compensation or released stake that left <paramref name="from"/>. Repeatable by
    /// <paramref name="entryId"/>.</summary>
    [Alias("Credit")]
    Task<AccountAnswer> CreditAsync(string entryId, Credits amount, string from, DateTimeOffset issuedAt);

    /// <summary>Called by provers: money leaves for <paramref name="to"/>, for example a prover's stake. Refuses with
    /// <see cref="ReasonCode.BalanceInsufficient"/>. Repeatable by <paramref name="entryId"/>.</summary>
    [Alias("Debit")]
    Task<AccountAnswer> DebitAsync(string entryId, Credits amount, string to, DateTimeOffset issuedAt);

    /// <summary>Called by provers: ends a debit that was refused, so that an attempt which is still on its way moves nothing. Refuses with
    /// <see cref="ReasonCode.EntryConflict"/> when one has been applied. Repeatable by <paramref name="entryId"/>.</summary>
    [Alias("VoidDebit")]
    Task<AccountAnswer> VoidDebitAsync(string entryId, string to, DateTimeOffset issuedAt);

    /// <summary>Called by requests: sets money aside. Refuses with <see cref="ReasonCode.BalanceInsufficient"/>. Repeatable by
    /// <paramref name="holdId"/>.</summary>
    [Alias("Hold")]
    Task<AccountAnswer> HoldAsync(string holdId, Credits amount, DateTimeOffset issuedAt);

    /// <summary>Called by requests: ends a hold; <paramref name="captured"/> leaves the account, the rest becomes available. Repeatable by
    /// <paramref name="holdId"/>. <paramref name="issuedAt"/> is that of the hold.</summary>
    [Alias("Capture")]
    Task<AccountAnswer> CaptureAsync(string holdId, Credits captured, DateTimeOffset issuedAt);

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

    /// <summary>The balances after it, without the holds one by one.</summary>
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
    [Id(2)] public ImmutableSortedDictionary<string, Credits> Holds { get; init; } = ImmutableSortedDictionary.Create<string, Credits>(StringComparer.Ordinal);
}
