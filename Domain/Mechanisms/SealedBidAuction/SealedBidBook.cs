using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms.SealedBidAuction;

/// <summary>The bids of an auction: sealed while bids are taken, revealed afterwards, decided in the end.</summary>
[GenerateSerializer, Immutable, Alias("pm.SealedBidBook")]
public sealed record SealedBidBook
{
    /// <summary>The auction: the key of its run.</summary>
    [Id(0)] public required string Auction { get; init; }

    /// <summary>When bidding opened.</summary>
    [Id(1)] public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>By then the proof must be there.</summary>
    [Id(2)] public required DateTimeOffset HardDeadline { get; init; }

    /// <summary>The seals, by prover.</summary>
    [Id(3)] public ImmutableSortedDictionary<string, string> Commitments { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>When the first bid came.</summary>
    [Id(4)] public DateTimeOffset? FirstBidAt { get; init; }

    /// <summary>When bidding closed, or should have: ETAs are measured by it, however late the market was; null while bids are taken.</summary>
    [Id(5)] public DateTimeOffset? BiddingClosedAt { get; init; }

    /// <summary>The revealed bids, by prover.</summary>
    [Id(6)] public ImmutableSortedDictionary<string, RevealedBid> Revealed { get; init; } =
        ImmutableSortedDictionary.Create<string, RevealedBid>(StringComparer.Ordinal);

    /// <summary>The outcome; null before it is decided.</summary>
    [Id(7)] public SealedBidDecision? Decision { get; init; }

    /// <summary>From when on bids could be revealed in fact, the last time that the market was away; null before.</summary>
    [Id(8)] public DateTimeOffset? RevealFrom { get; init; }

    /// <summary>Where the auction is.</summary>
    public SealedBidPhase Phase => Decision is not null ? SealedBidPhase.Decided
        : BiddingClosedAt is not null ? SealedBidPhase.Reveal
        : SealedBidPhase.Bidding;
}

/// <summary>Where an auction is.</summary>
public enum SealedBidPhase
{
    /// <summary>Sealed bids are taken.</summary>
    Bidding = 0,
    /// <summary>Bids are revealed.</summary>
    Reveal = 1,
    /// <summary>The winner is known.</summary>
    Decided = 2,
}

/// <summary>A bid that was revealed.</summary>
[GenerateSerializer, Immutable, Alias("pm.RevealedBid")]
public sealed record RevealedBid
{
    /// <summary>The bid.</summary>
    [Id(0)] public required SealedBid Bid { get; init; }

    /// <summary>Its score.</summary>
    [Id(1)] public required BidScore Score { get; init; }

    /// <summary>Why it cannot win; null when it can. Revealing it was in order all the same, and costs nothing.</summary>
    [Id(2)] public Refusal? Refusal { get; init; }
}

/// <summary>The outcome of an auction.</summary>
[GenerateSerializer, Immutable, Alias("pm.SealedBidDecision")]
public sealed record SealedBidDecision
{
    /// <summary>When it was decided.</summary>
    [Id(0)] public required DateTimeOffset DecidedAt { get; init; }

    /// <summary>The winner first, then its backups in their order; empty when no bid was accepted.</summary>
    [Id(1)] public required ImmutableArray<RankedBid> Ranking { get; init; }

    /// <summary>Accepted bids that are neither winner nor backup, and revealed ones that could not be accepted.</summary>
    [Id(2)] public required ImmutableArray<string> Losers { get; init; }

    /// <summary>Provers that did not reveal their bids, which costs them a part of their bonds.</summary>
    [Id(3)] public required ImmutableArray<string> NotRevealed { get; init; }
}

/// <summary>A bid in its place.</summary>
[GenerateSerializer, Immutable, Alias("pm.RankedBid")]
public sealed record RankedBid
{
    /// <summary>The prover.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>The score.</summary>
    [Id(1)] public required BidScore Score { get; init; }

    /// <summary>The ETA bid.</summary>
    [Id(2)] public required TimeSpan Eta { get; init; }

    /// <summary>What it is paid when it delivers.</summary>
    [Id(3)] public required Credits Payment { get; init; }
}
