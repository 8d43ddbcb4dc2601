using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;

namespace ProvingMarket.Grains.Interfaces.Mechanisms;

/// <summary>A sealed-bid auction on one request. Bidders seal, then reveal; the winner fetches its assignment with
/// <see cref="IRunForWorkers.JoinAsync"/>, which is refused with <see cref="ReasonCode.NotAwarded"/> to everybody else.</summary>
[Alias("pm.ISealedBidRunGrain")]
public interface ISealedBidRunGrain : IMechanismRunGrain, ISealedBidForWorkers;

/// <summary>What workers call on a sealed-bid auction beside what they call on every run.</summary>
[Alias("pm.ISealedBidForWorkers")]
public interface ISealedBidForWorkers : IGrainWithStringKey
{
    /// <summary>Bids: takes a slot and the bond, and notes the seal. Durable before the answer. Repeatable with the same seal; another one is refused
    /// with <see cref="ReasonCode.CommitmentConflict"/>.</summary>
    [Alias("Seal")]
    Task<SealAnswer> SealAsync(string proverId, string session, string commitment);

    /// <summary>Reveals a sealed bid once bidding has closed; refused with <see cref="ReasonCode.RevealNotOpen"/> before. Only who has the nonce can.
    /// Repeatable.</summary>
    [Alias("Reveal")]
    Task<Refusal?> RevealAsync(string proverId, SealedBid bid);
}

/// <summary>Answer to a sealed bid.</summary>
[GenerateSerializer, Immutable, Alias("pm.SealAnswer")]
public sealed record SealAnswer
{
    /// <summary>Why it was not taken; null when it was.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>When bidding closes at the latest; earlier when everybody invited has answered.</summary>
    [Id(1)] public DateTimeOffset BiddingCloses { get; init; }

    /// <summary>For how long bids are revealed afterwards; less when all are. Zero when the bid was not taken.</summary>
    [Id(2)] public TimeSpan RevealWindow { get; init; }

    /// <summary>What not revealing costs.</summary>
    [Id(3)] public Credits NonRevealPenalty { get; init; }
}
