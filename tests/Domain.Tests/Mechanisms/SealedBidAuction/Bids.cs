using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Mechanisms.SealedBidAuction;

/// <summary>Auctions and bids for tests.</summary>
internal static class Bids
{
    public const string Auction = "request-1/0";

    public static readonly Bytes Seed = Bytes.Utf8("seed");

    /// <summary>An auction in which only prices count, unless told otherwise: cap 10, windows of 10 s, bond 4.</summary>
    public static SealedBidParameters Parameters(params (string, string)[] values) =>
        SealedBidParameters.Read(
            Samples.Choice(("delayCost", "0"), ("failureCost", "0"), ("bond", "4"), ("biddingWindow", "10"), ("revealWindow", "10"), ("backups", "16"))
                .Parameters.SetItems(values.Select(value => KeyValuePair.Create(value.Item1, value.Item2))),
            Samples.Price, new RequestConstraints(), Samples.Hard - Samples.Now).Parameters!;

    public static SealedBid Bid(string proverId, long microPrice, double eta = 1, string auction = Auction, byte nonce = 1) => new()
    {
        Auction = auction,
        ProverId = proverId,
        Price = new Credits(microPrice),
        Eta = TimeSpan.FromSeconds(eta),
        Nonce = Bytes.CopyOf(Enumerable.Repeat(nonce, SealedBid.NonceBytes).ToArray()),
    };

    /// <summary>Runs an auction: all bid, all reveal, then it is decided.</summary>
    public static SealedBidDecision Decide(SealedBidParameters parameters, IEnumerable<(SealedBid Bid, int Failure)> bids, Bytes seed)
    {
        var all = bids.ToArray();
        var book = SealedBidRules.Open(Auction, Samples.Now, Samples.Hard);
        foreach (var (bid, _) in all)
        {
            var seal = SealedBidCommitment.Of(bid);
            Assert.Null(SealedBidRules.CheckCommit(book, parameters, bid.ProverId, seal, Samples.Now));
            book = SealedBidRules.Commit(book, bid.ProverId, seal, Samples.Now);
        }
        book = SealedBidRules.CloseBidding(book, parameters, Samples.Now.AddSeconds(10));
        foreach (var (bid, failure) in all)
        {
            Assert.Null(SealedBidRules.CheckReveal(book, parameters, bid.ProverId, bid, Samples.Now.AddSeconds(11)));
            book = SealedBidRules.Reveal(book, parameters, bid, failure);
        }
        return SealedBidRules.Decide(book, parameters, seed, Samples.Now.AddSeconds(12)).Decision!;
    }

    public static SealedBidDecision Decide(SealedBidParameters parameters, params SealedBid[] bids) => Decide(parameters, bids.Select(bid => (bid, 0)), Seed);
}
