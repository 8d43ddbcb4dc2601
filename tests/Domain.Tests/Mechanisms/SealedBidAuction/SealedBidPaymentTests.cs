using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;

namespace ProvingMarket.Domain.Tests.Mechanisms.SealedBidAuction;

public sealed class SealedBidPaymentTests
{
    /// <summary>Up to eight rivals with few distinct prices, so that ties are common.</summary>
    private static readonly FsCheck.Gen<(SealedBid Bid, int Failure)[]> Rivals =
        from count in Gen.Choose(0, 8)
        from prices in Gen.ArrayOf(Gen.Frequency((2, Gen.Choose(0, 12)), (1, Gen.Choose(0, 12_000_000))), count)
        from etas in Gen.ArrayOf(Gen.Choose(1, 5), count)
        from failures in Gen.ArrayOf(Gen.Elements(0, 0, 100_000, 999_999), count)
        select Enumerable.Range(0, count).Select(i => (Bids.Bid($"p{i}", prices[i] <= 12 ? prices[i] * 1_000_000L : prices[i], etas[i]), failures[i])).ToArray();

    private static readonly FsCheck.Gen<SealedBidParameters> Auctions =
        from pricing in Gen.Elements("first", "second")
        from reserve in Gen.Elements("10", "7", "0.5")
        from delay in Gen.Elements("0", "0.5", "1")
        from failure in Gen.Elements("0", "5")
        select Bids.Parameters(("pricing", pricing), ("reserve", reserve), ("delayCost", delay), ("failureCost", failure));

    [Fact]
    public void Second_price_pays_what_would_have_tied_with_the_next()
    {
        // Delay 0.5 a second, failure 8: 3 + 0.5·2 + 0 = 4; 2 + 0.5·4 + 8·0.25 = 6; 7 + 0.5 + 0 = 7.5.
        var auction = Bids.Parameters(("delayCost", "0.5"), ("failureCost", "8"));
        var decision = Bids.Decide(
            auction, [(Bids.Bid("fast", 7_000_000, 1), 0), (Bids.Bid("solid", 3_000_000, 2), 0), (Bids.Bid("cheap", 2_000_000, 4), 250_000)], Bids.Seed);
        Assert.Equal(["solid", "cheap", "fast"], decision.Ranking.Select(bid => bid.ProverId));
        Assert.Equal([4_000_000, 6_000_000, 7_500_000], decision.Ranking.Select(bid => bid.Score.Total.Micro));
        // 6 − 1 = 5; as though solid had not bid 7.5 − 4 = 3.5; nobody after the last, so the cap.
        Assert.Equal([5_000_000, 3_500_000, 10_000_000], decision.Ranking.Select(bid => bid.Payment.Micro));
    }

    [Fact]
    public void First_price_pays_the_bid() => Assert.Equal(
        [3_000_000, 4_000_000], Bids.Decide(Bids.Parameters(("pricing", "first")), Bids.Bid("p1", 4_000_000), Bids.Bid("p2", 3_000_000)).Ranking.Select(bid => bid.Payment.Micro));

    [Theory]
    [InlineData("10", 10_000_000)]
    [InlineData("6.5", 6_500_000)]
    public void A_sole_bidder_is_paid_the_reserve(string reserve, long paid) =>
        Assert.Equal(paid, Assert.Single(Bids.Decide(Bids.Parameters(("reserve", reserve)), Bids.Bid("p1", 2_000_000)).Ranking).Payment.Micro);

    [Fact]
    public void A_second_price_above_the_reserve_is_cut_there()
    {
        // The next is far slower: its score alone would pay 4 + 9 − 1 = 12.
        var decision = Bids.Decide(Bids.Parameters(("delayCost", "1"), ("reserve", "8")), Bids.Bid("p1", 1_000_000, 1), Bids.Bid("p2", 4_000_000, 9));
        Assert.Equal(8_000_000, decision.Ranking[0].Payment.Micro);
    }

    [Fact]
    public void Costs_are_rounded_up_to_a_micro_credit()
    {
        var auction = Bids.Parameters(("delayCost", "0.000001"), ("failureCost", "0.000001"));
        Assert.Equal((1, 1), Of(BidScore.Of(Credits.Zero, TimeSpan.FromTicks(1), 1, auction)));
        Assert.Equal((0, 0), Of(BidScore.Of(Credits.Zero, TimeSpan.Zero, 0, auction)));
        Assert.Equal((2, 1), Of(BidScore.Of(Credits.Zero, TimeSpan.FromSeconds(1) + TimeSpan.FromTicks(1), BidScore.Certain, auction)));

        static (long, long) Of(BidScore score) => (score.Delay.Micro, score.Failure.Micro);
    }

    [Fact]
    public void The_highest_score_can_be_represented()
    {
        var auction = Bids.Parameters() with { DelayCost = SealedBidParameters.HighestDelayCost, FailureCost = MarketLimits.Amount };
        var score = BidScore.Of(MarketLimits.Amount, MarketLimits.DeadlineHorizon, BidScore.Certain, auction);
        Assert.Equal(Credits.Whole(2_592_000L * 1_000_000 + 2_000_000_000), score.Total);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(BidScore.Certain + 1, 0)]
    [InlineData(0, -1)]
    [InlineData(0, 2_592_001)]
    public void A_score_outside_its_ranges_is_a_bug(int failure, int seconds) => Assert.Throws<ArgumentOutOfRangeException>(
        () => BidScore.Of(Credits.Zero, TimeSpan.FromSeconds(seconds), failure, Bids.Parameters()));

    [Fact]
    public void Nobody_is_paid_above_the_cap_or_below_its_bid() => Property.Holds(
        from auction in Auctions from bids in Rivals select (auction, bids),
        sample => Assert.All(Bids.Decide(sample.auction, sample.bids, Bids.Seed).Ranking, bid =>
            Assert.InRange(bid.Payment.Micro, bid.Score.Price.Micro, Math.Min(sample.auction.Cap.Micro, Samples.Price.Micro))),
        times: 1000);

    [Fact]
    public void The_outcome_does_not_depend_on_the_order_of_arrival() => Property.Holds(
        from auction in Auctions from bids in Rivals from order in Gen.Shuffle(bids) select (auction, bids, order),
        sample =>
        {
            var (one, other) = (Bids.Decide(sample.auction, sample.bids, Bids.Seed), Bids.Decide(sample.auction, sample.order, Bids.Seed));
            Assert.Equal(one.Ranking.ToArray(), other.Ranking.ToArray());
            Assert.Equal(one.Losers.ToArray(), other.Losers.ToArray());
        },
        times: 500);

    [Fact]
    public void A_truthful_bid_is_never_worse_under_second_price() => Property.Holds(
        from auction in Auctions
        from rivals in Rivals
        from cost in Gen.Frequency((1, Gen.Choose(0, 12).Select(credits => credits * 1_000_000)), (1, Gen.Choose(0, 12_000_000)))
        from lie in Gen.Frequency((1, Gen.Choose(0, 12).Select(credits => credits * 1_000_000)), (1, Gen.Choose(0, 12_000_000)))
        from near in Gen.Elements(0, 0, -1, 1)
        from eta in Gen.Choose(1, 5)
        from seed in Gen.Choose(0, 1000)
        select (auction: auction with { Pricing = PricingRule.Second }, rivals, cost, lie: near == 0 ? lie : cost + near, eta, seed: Bytes.Utf8($"{seed}")),
        sample =>
        {
            Assert.True(Gain(sample.cost) >= Gain(sample.lie));
            Assert.True(Gain(sample.cost) >= 0);

            long Gain(long price)
            {
                var decision = Bids.Decide(sample.auction, [.. sample.rivals, (Bids.Bid("me", price, sample.eta), 0)], sample.seed);
                return decision.Ranking is [{ ProverId: "me" } won, ..] ? won.Payment.Micro - sample.cost : 0;
            }
        },
        times: 3000);

    [Fact]
    public void The_property_would_catch_an_untruthful_rule()
    {
        // Under first price, asking for more than the cost gains: the comparison above does tell rules apart.
        var auction = Bids.Parameters(("pricing", "first"));
        var (truthful, shaded) = (Bids.Decide(auction, Bids.Bid("me", 1), Bids.Bid("p1", 9)), Bids.Decide(auction, Bids.Bid("me", 8), Bids.Bid("p1", 9)));
        Assert.Equal((0, 7), (truthful.Ranking[0].Payment.Micro - 1, shaded.Ranking[0].Payment.Micro - 1));
    }

    [Fact]
    public void Ties_go_by_the_draw_and_evenly()
    {
        const int Draws = 4000;
        var wins = new Dictionary<string, int>();
        for (var draw = 0; draw < Draws; draw++)
        {
            var seed = Bytes.Utf8($"draw {draw}");
            var decision = Bids.Decide(Bids.Parameters(), Enumerable.Range(0, 4).Select(i => (Bids.Bid($"p{i}", 5_000_000), 0)), seed);
            var winner = decision.Ranking[0].ProverId;
            Assert.Equal(Enumerable.Range(0, 4).Select(i => $"p{i}").MinBy(id => SealedBidRanking.Ticket(seed, id), StringComparer.Ordinal), winner);
            Assert.Equal(5_000_000, decision.Ranking[0].Payment.Micro);
            wins[winner] = wins.GetValueOrDefault(winner) + 1;
        }
        // Chi-square with three degrees of freedom: 16.27 at the 0.1 % level. The seeds are fixed, so this is no matter of luck.
        Assert.InRange(wins.Values.Sum(count => (count - 1000.0) * (count - 1000.0) / 1000), 0, 16.27);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 4)]
    [InlineData(16, 8)]
    public void Only_so_many_backups_are_kept(int backups, int kept)
    {
        var decision = Bids.Decide(Bids.Parameters(("backups", $"{backups}")), [.. Enumerable.Range(0, 8).Select(i => Bids.Bid($"p{i}", 1 + i))]);
        Assert.Equal(Enumerable.Range(0, kept).Select(i => $"p{i}"), decision.Ranking.Select(bid => bid.ProverId));
        Assert.Equal(Enumerable.Range(kept, 8 - kept).Select(i => $"p{i}"), decision.Losers.ToArray());
        // What the last backup is paid follows from the first loser.
        Assert.Equal(kept == 8 ? 10_000_000 : 1 + kept, decision.Ranking[^1].Payment.Micro);
    }

    [Theory]
    [InlineData("50", 0, 10, 15)]
    [InlineData("0", 0, 10, 10)]
    [InlineData("1000", 0, 10, 110)]
    [InlineData("1000", 0, 20, 160)] // the hard deadline
    [InlineData("0", 170, 20, 160)]
    public void A_winner_delivers_by_its_eta_and_the_grace(string grace, int awarded, int eta, int by) => Assert.Equal(
        Samples.Now.AddSeconds(by),
        SealedBidRanking.DeliverBy(Bids.Parameters(("etaGrace", grace)), TimeSpan.FromSeconds(eta), Samples.Now.AddSeconds(awarded), Samples.Hard));
}
