using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms.DutchAuction;

namespace ProvingMarket.Domain.Tests.Mechanisms.DutchAuction;

public sealed class DutchAuctionPriceTests
{
    private static readonly DutchAuctionParameters OneToTwo = Auction(1_000_000, 2_000_000, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(100));

    private static readonly FsCheck.Gen<DutchAuctionParameters> Auctions =
        from start in Gen.Frequency((1, Gen.Choose(0, 3)), (3, Gen.Choose(0, int.MaxValue)))
        from range in Gen.Frequency((1, Gen.Choose(0, 3)), (3, Gen.Choose(0, int.MaxValue)))
        from scale in Gen.Elements(1L, 1L, 100_000L)
        from delay in Gen.Frequency((1, Gen.Constant(0)), (3, Gen.Choose(0, int.MaxValue)))
        from ramp in Gen.Frequency((1, Gen.Choose(0, 3)), (2, Gen.Choose(0, 1000)), (3, Gen.Choose(0, int.MaxValue)))
        from rampScale in Gen.Elements(1L, 1L, 10_000L)
        select Auction(start * scale, (start + (long)range) * scale, TimeSpan.FromTicks(delay), TimeSpan.FromTicks(ramp * rampScale));

    [Theory]
    [InlineData(-10, 1_000_000)] // the start of the run
    [InlineData(-1, 1_000_000)]
    [InlineData(0, 1_000_000)] // the start of the ramp
    [InlineData(1, 1_010_000)]
    [InlineData(50, 1_500_000)]
    [InlineData(99, 1_990_000)]
    [InlineData(100, 2_000_000)]
    [InlineData(101, 2_000_000)]
    [InlineData(1_000_000, 2_000_000)]
    public void Rises_from_one_to_two_over_a_hundred_seconds(int secondsIntoTheRamp, long micro)
    {
        Assert.Equal(micro, DutchAuctionTimes.RampOf(OneToTwo, Samples.Now).PriceAt(Samples.Now.AddSeconds(10 + secondsIntoTheRamp)).Micro);
    }

    [Theory]
    [InlineData(0, -10)]
    [InlineData(1_000_000, -10)] // the start price stands from the start of the run
    [InlineData(1_010_000, 1)]
    [InlineData(1_500_000, 50)]
    [InlineData(2_000_000, 100)]
    public void Reaches_a_price_at_its_time(long micro, int secondsIntoTheRamp) =>
        Assert.Equal(Samples.Now.AddSeconds(10 + secondsIntoTheRamp), DutchAuctionTimes.RampOf(OneToTwo, Samples.Now).TimeOf(new Credits(micro)));

    [Fact]
    public void Never_reaches_more_than_the_end_price() => Assert.Null(DutchAuctionTimes.RampOf(OneToTwo, Samples.Now).TimeOf(new Credits(2_000_001)));

    [Fact]
    public void The_price_is_rounded_down_and_the_time_up()
    {
        // Three steps over seven ticks: the price reaches 1 after 7/3 ticks, which is the third.
        var auction = Auction(0, 3, TimeSpan.Zero, TimeSpan.FromTicks(7));
        Assert.Equal([0, 0, 0, 1, 1, 2, 2, 3, 3], Enumerable.Range(0, 9).Select(tick => DutchAuctionTimes.RampOf(auction, Samples.Now).PriceAt(Samples.Now.AddTicks(tick)).Micro));
        Assert.Equal([0, 3, 5, 7], Enumerable.Range(0, 4).Select(price => (DutchAuctionTimes.RampOf(auction, Samples.Now).TimeOf(new Credits(price)) - Samples.Now)!.Value.Ticks));
    }

    [Fact]
    public void Without_a_ramp_the_price_jumps()
    {
        var auction = Auction(1, 9, TimeSpan.FromTicks(5), TimeSpan.Zero);
        Assert.Equal(1, DutchAuctionTimes.RampOf(auction, Samples.Now).PriceAt(Samples.Now.AddTicks(4)).Micro);
        Assert.Equal(9, DutchAuctionTimes.RampOf(auction, Samples.Now).PriceAt(Samples.Now.AddTicks(5)).Micro);
        Assert.Equal(Samples.Now.AddTicks(5), DutchAuctionTimes.RampOf(auction, Samples.Now).TimeOf(new Credits(2)));
    }

    [Fact]
    public void The_largest_auction_is_exact()
    {
        var auction = Auction(0, MarketLimits.Amount.Micro, TimeSpan.Zero, DutchAuctionParameters.LongestTime);
        var half = Samples.Now + (DutchAuctionParameters.LongestTime / 2);
        Assert.Equal(MarketLimits.Amount.Micro / 2, DutchAuctionTimes.RampOf(auction, Samples.Now).PriceAt(half).Micro);
        Assert.Equal(half, DutchAuctionTimes.RampOf(auction, Samples.Now).TimeOf(new Credits(MarketLimits.Amount.Micro / 2)));
    }

    [Fact]
    public void Never_falls_and_stays_between_start_and_end() => Property.Holds(
        from auction in Auctions
        from ticks in Gen.ArrayOf(Around(auction), 12)
        select (auction, ticks),
        sample =>
        {
            var prices = sample.ticks.Order().Select(tick => DutchAuctionTimes.RampOf(sample.auction, Samples.Now).PriceAt(Samples.Now.AddTicks(tick))).ToArray();
            Assert.Equal(prices.Order(), prices);
            Assert.All(prices, price => Assert.InRange(price.Micro, sample.auction.StartPrice.Micro, sample.auction.EndPrice.Micro));
        },
        times: 1000);

    [Fact]
    public void The_time_of_a_price_is_the_first_at_which_it_is_reached() => Property.Holds(
        from auction in Auctions
        from share in Gen.Choose(0, 1000)
        from off in Gen.Choose(-2, 2)
        select (auction, price: auction.StartPrice + (auction.EndPrice - auction.StartPrice).Scale(share, 1000) + new Credits(off)),
        sample =>
        {
            var (auction, price) = sample;
            var at = DutchAuctionTimes.RampOf(auction, Samples.Now).TimeOf(price);
            Assert.Equal(price > auction.EndPrice, at is null);
            if (at is not { } time) return;
            Assert.True(DutchAuctionTimes.RampOf(auction, Samples.Now).PriceAt(time) >= price);
            Assert.True(time == Samples.Now || DutchAuctionTimes.RampOf(auction, Samples.Now).PriceAt(time.AddTicks(-1)) < price);
        },
        times: 2000);

    [Fact]
    public void The_price_at_the_time_of_a_price_that_was_seen_is_that_price() => Property.Holds(
        from auction in Auctions
        from tick in Around(auction)
        select (auction, tick),
        sample =>
        {
            var seenAt = Samples.Now.AddTicks(Math.Max(0, sample.tick));
            var seen = DutchAuctionTimes.RampOf(sample.auction, Samples.Now).PriceAt(seenAt);
            var first = DutchAuctionTimes.RampOf(sample.auction, Samples.Now).TimeOf(seen);
            Assert.NotNull(first);
            Assert.True(first <= seenAt);
            Assert.Equal(seen, DutchAuctionTimes.RampOf(sample.auction, Samples.Now).PriceAt(first.Value));
        },
        times: 2000);

    private static FsCheck.Gen<long> Around(DutchAuctionParameters auction) =>
        Gen.Choose(-100, 1100).Select(share => auction.StartDelay.Ticks + (long)((Int128)auction.Ramp.Ticks * share / 1000));

    private static DutchAuctionParameters Auction(long start, long end, TimeSpan delay, TimeSpan ramp) => new()
    {
        StartPrice = new Credits(start), EndPrice = new Credits(end), StartDelay = delay, Ramp = ramp, Bond = Credits.Zero, RescueReward = Credits.Zero,
    };
}
