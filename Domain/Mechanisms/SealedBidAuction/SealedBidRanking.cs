using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms.SealedBidAuction;

/// <summary>Who wins a sealed-bid auction and what the winner and its backups are paid.</summary>
public static class SealedBidRanking
{
    /// <summary>Ranks bids by score, the lowest first; equal scores by the draw. Under second price each is paid the price at which its score would
    /// equal that of the next in the ranking, at most the cap, and the cap when there is no next: the payment never depends on the own price
    /// and is never below it. A backup is paid as though those before it had not bid. Neither winner nor payments depend on the order in
    /// which bids arrived.</summary>
    /// <param name="bids">The bids that can win; none above the cap.</param>
    /// <param name="parameters">The auction.</param>
    /// <param name="seed">The seed of the draw.</param>
    public static ImmutableArray<RankedBid> Rank(IEnumerable<RevealedBid> bids, SealedBidParameters parameters, Bytes seed)
    {
        var ranked = bids
            .Select(bid => (Bid: bid, Ticket: Ticket(seed, bid.Bid.ProverId)))
            .OrderBy(bid => bid.Bid.Score.Total)
            .ThenBy(bid => bid.Ticket, StringComparer.Ordinal)
            .Select(bid => bid.Bid)
            .ToArray();
        return
        [
            .. ranked.Select((bid, place) => new RankedBid
            {
                ProverId = bid.Bid.ProverId,
                Score = bid.Score,
                Eta = bid.Bid.Eta,
                Payment = parameters.Pricing == PricingRule.First
                    ? bid.Score.Price
                    : place + 1 < ranked.Length
                        ? Credits.Min(parameters.Cap, ranked[place + 1].Score.Total - bid.Score.Quality)
                        : parameters.Cap,
            }),
        ];
    }

    /// <summary>The seed of the draw: SHA-256 over the auction and the nonces of all revealed bids by prover. All nonces are sealed before the first is
    /// revealed, so nobody can choose it; who withholds its own reveal to turn a tie pays for that.</summary>
    public static Bytes Seed(SealedBidBook book)
    {
        using var digest = new FieldDigest();
        digest.Add("ProvingMarket/SealedBid/seed/v1").Add(book.Auction);
        foreach (var bid in book.Revealed.Values) digest.Add(bid.Bid.ProverId).Add(bid.Bid.Nonce.Span);
        return Bytes.CopyOf(Convert.FromHexString(digest.ToHex()));
    }

    /// <summary>A prover's ticket in the draw: SHA-256 over the seed and its id; among equals the smallest comes first.</summary>
    public static string Ticket(Bytes seed, string proverId)
    {
        using var digest = new FieldDigest();
        return digest.Add("ProvingMarket/SealedBid/tie/v1").Add(seed.Span).Add(proverId).ToHex();
    }

    /// <summary>By when a winner must deliver: its ETA and the grace on it after the award, at most the hard deadline.</summary>
    public static DateTimeOffset DeliverBy(SealedBidParameters parameters, TimeSpan eta, DateTimeOffset awardedAt, DateTimeOffset hard)
    {
        var ticks = (Int128)eta.Ticks * (100 + parameters.GracePercent) / 100;
        return awardedAt >= hard || ticks >= (hard - awardedAt).Ticks ? hard : awardedAt.AddTicks((long)ticks);
    }
}
