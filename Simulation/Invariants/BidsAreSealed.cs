using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>Before bidding has closed no bid is anywhere but its seal; and what counts as a bid afterwards is what was sealed then, in this auction, by
/// this prover. A seal never changes.</summary>
internal sealed class BidsAreSealed : Invariant
{
    public override string Name => "bids-are-sealed";

    public override void Changed(DurableChange change, MarketView market)
    {
        if (change is not RunChanged { After: SealedBidRunState auction, Before: var before }) return;
        var (book, earlier) = (auction.Book, (before as SealedBidRunState)?.Book);
        if (book.Phase == SealedBidPhase.Bidding && !book.Revealed.IsEmpty)
            Broken(market, $"no bid known in auction {change.Key} while it takes bids", $"{book.Revealed.Count} revealed");
        foreach (var (prover, revealed) in book.Revealed)
        {
            if (earlier?.Revealed.ContainsKey(prover) == true) continue;
            var seal = book.Commitments.GetValueOrDefault(prover);
            if (revealed.Bid.ProverId != prover || revealed.Bid.Auction != change.Key || SealedBidCommitment.Of(revealed.Bid) != seal)
                Broken(market, $"the bid that {prover} sealed in auction {change.Key} as {seal}", $"{revealed.Bid}, another one");
        }
        if (earlier is null || ReferenceEquals(earlier.Commitments, book.Commitments)) return;
        foreach (var (prover, seal) in earlier.Commitments)
        {
            // Who withdraws takes its seal along; another round begins without any.
            if (book.Commitments.TryGetValue(prover, out var now) && now != seal && book.OpenedAt == earlier.OpenedAt)
                Broken(market, $"the seal of {prover} in auction {change.Key} to stay {seal}", now);
        }
    }
}
