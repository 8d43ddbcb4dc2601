using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms.SealedBidAuction;

/// <summary>The phases of a sealed-bid auction: sealed bids, reveal, decision. A transition that does not fit the phase throws
/// <see cref="InvalidOperationException"/>: the caller did not check first.</summary>
public static class SealedBidRules
{
    /// <summary>Opens an auction.</summary>
    public static SealedBidBook Open(string auction, DateTimeOffset now, DateTimeOffset hardDeadline) =>
        new() { Auction = auction, OpenedAt = now, HardDeadline = hardDeadline };

    /// <summary>When bidding closes by the clock: at the end of the window in which the first bid came, one window following the other until there
    /// is a bid; always early enough to leave the reveal its time before the hard deadline.</summary>
    public static DateTimeOffset BiddingCloses(SealedBidBook book, SealedBidParameters parameters)
    {
        var last = book.HardDeadline - parameters.RevealWindow;
        if (book.FirstBidAt is not { } first) return last;
        var windows = (first - book.OpenedAt).Ticks / parameters.BiddingWindow.Ticks + 1;
        var end = (Int128)windows * parameters.BiddingWindow.Ticks;
        return end >= (last - book.OpenedAt).Ticks ? last : book.OpenedAt.AddTicks((long)end);
    }

    /// <summary>When the reveal closes by the clock: a window after bids could be revealed in fact.</summary>
    public static DateTimeOffset RevealCloses(SealedBidBook book, SealedBidParameters parameters) =>
        (book.RevealFrom ?? book.BiddingClosedAt ?? BiddingCloses(book, parameters)) + parameters.RevealWindow;

    /// <summary>Why a sealed bid is not taken; null when it is, or when the same one was taken before.</summary>
    public static Refusal? CheckCommit(SealedBidBook book, SealedBidParameters parameters, string proverId, string commitment, DateTimeOffset now)
    {
        if (Ids.CheckSha256("commitment", commitment) is { } malformed) return malformed;
        if (book.Commitments.TryGetValue(proverId, out var known))
        {
            return known == commitment
                ? null
                : Refusal.Of(ReasonCode.CommitmentConflict, "commitment", $"the one sealed before, {known}", commitment);
        }
        var closes = book.BiddingClosedAt ?? BiddingCloses(book, parameters);
        return book.Phase != SealedBidPhase.Bidding || now >= closes
            ? Refusal.Of(ReasonCode.BiddingClosed, "commitment", $"sealed before {closes:O}", $"{now:O}")
            : null;
    }

    /// <summary>Takes a sealed bid; the same one again changes nothing.</summary>
    public static SealedBidBook Commit(SealedBidBook book, string proverId, string commitment, DateTimeOffset now)
    {
        if (book.Commitments.GetValueOrDefault(proverId) == commitment) return book;
        Require(book, SealedBidPhase.Bidding);
        return book with { Commitments = book.Commitments.Add(proverId, commitment), FirstBidAt = book.FirstBidAt ?? now };
    }

    /// <summary>Takes a bid out, sealed or revealed, because its prover has left.</summary>
    public static SealedBidBook Withdraw(SealedBidBook book, string proverId)
    {
        if (book.Decision is not null) return book;
        var left = book.Commitments.Remove(proverId);
        // Without a bid the windows begin anew with the next one.
        var first = left.IsEmpty && book.Phase == SealedBidPhase.Bidding ? null : book.FirstBidAt;
        return book with { Commitments = left, Revealed = book.Revealed.Remove(proverId), FirstBidAt = first };
    }

    /// <summary>True when bidding is over: by the clock, or because somebody bid and everybody invited has bid or declined.</summary>
    /// <param name="book">The bids.</param>
    /// <param name="parameters">The auction.</param>
    /// <param name="invited">Everybody invited so far; null before the first invitations are out.</param>
    /// <param name="declined">Who has declined.</param>
    /// <param name="now">The time.</param>
    public static bool IsBiddingOver(
        SealedBidBook book, SealedBidParameters parameters, IReadOnlyCollection<string>? invited, IReadOnlySet<string> declined, DateTimeOffset now) =>
        book.Phase != SealedBidPhase.Bidding
        || now >= BiddingCloses(book, parameters)
        || (invited is not null && !book.Commitments.IsEmpty && invited.All(prover => book.Commitments.ContainsKey(prover) || declined.Contains(prover)));

    /// <summary>Closes the bidding: from now on bids are revealed.</summary>
    public static SealedBidBook CloseBidding(SealedBidBook book, SealedBidParameters parameters, DateTimeOffset now)
    {
        Require(book, SealedBidPhase.Bidding);
        // Late by a turn or by a crash, the auction closes when it should have: whoever came in between was refused. But nobody could reveal before now.
        var closes = BiddingCloses(book, parameters);
        return book with { BiddingClosedAt = now < closes ? now : closes, RevealFrom = now };
    }

    /// <summary>The market was away while bids should have been revealed: the whole time for it begins anew.</summary>
    public static SealedBidBook ResumeReveal(SealedBidBook book, DateTimeOffset now)
    {
        Require(book, SealedBidPhase.Reveal);
        return book with { RevealFrom = now };
    }

    /// <summary>Why a bid cannot be revealed; null when it can, or when the same one was revealed before. What is refused here counts as not
    /// revealed.</summary>
    public static Refusal? CheckReveal(SealedBidBook book, SealedBidParameters parameters, string proverId, SealedBid bid, DateTimeOffset now)
    {
        if (bid.Auction != book.Auction) return Refusal.Of(ReasonCode.BidForAnotherAuction, "auction", book.Auction, bid.Auction);
        if (bid.ProverId != proverId) return Refusal.Of(ReasonCode.BidOfAnotherProver, "proverId", proverId, bid.ProverId);
        if (!book.Commitments.TryGetValue(proverId, out var commitment))
            return Refusal.Of(ReasonCode.CommitmentMissing, "proverId", "a prover that has bid", proverId);
        if (book.Phase == SealedBidPhase.Bidding)
            return Refusal.Of(ReasonCode.RevealNotOpen, "bid", $"kept sealed until bidding has closed, at {BiddingCloses(book, parameters):O} or before");
        if (book.Revealed.TryGetValue(proverId, out var revealed) && revealed.Bid == bid) return null;
        // The terms of a bid that is not the sealed one are nobody's: neither limit nor value tells them.
        if (bid.Nonce.Length != SealedBid.NonceBytes || SealedBidCommitment.Of(bid) != commitment)
            return Refusal.Of(ReasonCode.CommitmentMismatch, "bid", $"the one sealed as {commitment}");
        var closes = RevealCloses(book, parameters);
        return book.Phase != SealedBidPhase.Reveal || now >= closes
            ? Refusal.Of(ReasonCode.RevealClosed, "bid", $"revealed before {closes:O}", $"{now:O}")
            : null;
    }

    /// <summary>Notes a revealed bid with its score. One above the cap, or that cannot be in time, is noted with the refusal and cannot win.</summary>
    /// <param name="book">The bids.</param>
    /// <param name="parameters">The auction.</param>
    /// <param name="bid">The bid, checked.</param>
    /// <param name="failure">The probability that the prover fails, in millionths, as the market has measured it.</param>
    public static SealedBidBook Reveal(SealedBidBook book, SealedBidParameters parameters, SealedBid bid, int failure)
    {
        if (book.Revealed.TryGetValue(bid.ProverId, out var known) && known.Bid == bid) return book;
        Require(book, SealedBidPhase.Reveal);
        var refusal = CheckTerms(book, parameters, bid);
        var revealed = new RevealedBid
        {
            Bid = bid,
            Score = refusal is null
                ? BidScore.Of(bid.Price, bid.Eta, failure, parameters)
                : new BidScore { Price = bid.Price, Delay = Credits.Zero, Failure = Credits.Zero },
            Refusal = refusal,
        };
        return book with { Revealed = book.Revealed.Add(bid.ProverId, revealed) };
    }

    /// <summary>True when the auction can be decided: everybody has revealed, or the time for it is over.</summary>
    public static bool IsRevealOver(SealedBidBook book, SealedBidParameters parameters, DateTimeOffset now) =>
        book.Phase == SealedBidPhase.Decided
        || (book.Phase == SealedBidPhase.Reveal && (book.Revealed.Count == book.Commitments.Count || now >= RevealCloses(book, parameters)));

    /// <summary>Decides the auction.</summary>
    public static SealedBidBook Decide(SealedBidBook book, SealedBidParameters parameters, Bytes seed, DateTimeOffset now)
    {
        Require(book, SealedBidPhase.Reveal);
        var ranking = SealedBidRanking.Rank(book.Revealed.Values.Where(bid => bid.Refusal is null), parameters, seed);
        var kept = Math.Min(ranking.Length, 1 + parameters.Backups);
        return book with
        {
            Decision = new SealedBidDecision
            {
                DecidedAt = now,
                Ranking = ranking[..kept],
                Losers =
                [
                    .. ranking[kept..].Select(bid => bid.ProverId),
                    .. book.Revealed.Values.Where(bid => bid.Refusal is not null).Select(bid => bid.Bid.ProverId),
                ],
                NotRevealed = [.. book.Commitments.Keys.Where(prover => !book.Revealed.ContainsKey(prover))],
            },
        };
    }

    /// <summary>What not revealing costs: a share of the bond, rounded down.</summary>
    public static Credits NonRevealPenalty(SealedBidParameters parameters) => parameters.Bond.Scale(parameters.NonRevealPercent, 100);

    private static Refusal? CheckTerms(SealedBidBook book, SealedBidParameters parameters, SealedBid bid)
    {
        if (bid.Price < Credits.Zero) return Refusal.Of(ReasonCode.OutOfRange, "price", "at least 0 credits", bid.Price.ToString());
        if (bid.Price > parameters.Cap)
            return Refusal.Of(ReasonCode.BidAboveReserve, "price", $"at most {parameters.Cap} credits", bid.Price.ToString());
        if (bid.Eta <= TimeSpan.Zero) return Refusal.Of(ReasonCode.OutOfRange, "eta", "above 0 seconds", ParameterReader.InSeconds(bid.Eta));
        // By the clock, not by when the reveal came or the decision fell: the same bid is accepted or refused whoever else reveals when. What could not be awarded at
        // the end of the reveal would set the price and risk nothing.
        var left = book.HardDeadline - (book.BiddingClosedAt!.Value + parameters.RevealWindow);
        return bid.Eta > left
            ? Refusal.Of(ReasonCode.DeadlineTooSoon, "eta", $"at most the {ParameterReader.InSeconds(left)} seconds from the end of the reveal to the hard deadline", ParameterReader.InSeconds(bid.Eta))
            : null;
    }

    private static void Require(SealedBidBook book, SealedBidPhase phase)
    {
        if (book.Phase != phase) throw new InvalidOperationException($"The transition needs an auction in phase {phase}; it is in phase {book.Phase}.");
    }
}
