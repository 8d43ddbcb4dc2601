using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms.Race;

namespace ProvingMarket.Domain.Tests.Mechanisms.Race;

public sealed class RaceRewardTests
{
    private static readonly FsCheck.Gen<(Credits Reward, DateTimeOffset Soft, DateTimeOffset Hard, long[] Ticks)> Cases =
        from reward in Gen.Frequency((1, Gen.Choose(0, 5)), (4, Gen.Choose(0, int.MaxValue)))
        from soft in Gen.Choose(0, 1000)
        from window in Gen.Frequency((1, Gen.Constant(0)), (1, Gen.Constant(1)), (4, Gen.Choose(2, int.MaxValue)))
        from ticks in Gen.ArrayOf(Gen.Choose(-100, int.MaxValue), 8)
        let softAt = Samples.Now.AddTicks(soft)
        select (new Credits(reward), softAt, softAt.AddTicks(window), ticks.Select(tick => (long)tick).Order().ToArray());

    [Theory]
    [InlineData(-1000, 10_000_000)] // long before
    [InlineData(0, 10_000_000)] // at the soft deadline
    [InlineData(25, 7_500_000)]
    [InlineData(50, 5_000_000)]
    [InlineData(99, 100_000)]
    [InlineData(100, 0)] // at the hard deadline
    [InlineData(101, 0)]
    public void Falls_in_a_straight_line(int secondsAfterSoft, long micro) => Assert.Equal(micro, At(RewardDecay.Linear, secondsAfterSoft).Micro);

    [Theory]
    [InlineData(-1000, 10_000_000)]
    [InlineData(50, 10_000_000)]
    [InlineData(100, 10_000_000)]
    [InlineData(101, 0)]
    public void Stays_whole_without_decay(int secondsAfterSoft, long micro) => Assert.Equal(micro, At(RewardDecay.None, secondsAfterSoft).Micro);

    [Fact]
    public void Is_rounded_down()
    {
        var soft = Samples.Soft;
        Assert.Equal(66, Reward(new Credits(100), RewardDecay.Linear, soft.AddSeconds(1), soft, soft.AddSeconds(3)).Micro);
        Assert.Equal(0, Reward(new Credits(1), RewardDecay.Linear, soft.AddTicks(1), soft, soft.AddDays(30)).Micro);
    }

    [Fact]
    public void The_highest_reward_does_not_overflow() => Assert.Equal(
        MarketLimits.Amount.Micro / 2,
        Reward(MarketLimits.Amount, RewardDecay.Linear, Samples.Now.AddDays(15), Samples.Now, Samples.Now.AddDays(30)).Micro);

    [Fact]
    public void With_one_deadline_it_is_whole_until_then()
    {
        Assert.Equal(Samples.Price, Reward(Samples.Price, RewardDecay.Linear, Samples.Hard, Samples.Hard, Samples.Hard));
        Assert.Equal(Credits.Zero, Reward(Samples.Price, RewardDecay.Linear, Samples.Hard.AddTicks(1), Samples.Hard, Samples.Hard));
    }

    [Fact]
    public void Never_rises_never_exceeds_the_reward_and_never_falls_below_zero() => Property.Holds(Cases, item =>
    {
        foreach (var decay in Enum.GetValues<RewardDecay>())
        {
            var last = item.Reward;
            foreach (var ticks in item.Ticks)
            {
                var at = item.Soft.AddTicks(ticks);
                var reward = Reward(item.Reward, decay, at, item.Soft, item.Hard);
                Assert.InRange(reward.Micro, 0, last.Micro);
                if (at <= item.Soft) Assert.Equal(item.Reward, reward);
                if (at > item.Hard) Assert.Equal(Credits.Zero, reward);
                if (at > item.Soft && at <= item.Hard && decay == RewardDecay.Linear)
                    Assert.Equal((long)((Int128)item.Reward.Micro * (item.Hard - at).Ticks / (item.Hard - item.Soft).Ticks), reward.Micro);
                last = reward;
            }
        }
    });

    [Theory]
    [InlineData(0, 10_000_000)]
    [InlineData(10, 7_500_000)] // half-way to the first halving, in a straight line
    [InlineData(20, 5_000_000)]
    [InlineData(30, 3_750_000)]
    [InlineData(40, 2_500_000)]
    [InlineData(99, 328_125)]
    [InlineData(100, 0)] // at the hard deadline
    public void Falls_by_half_in_every_half_life(int secondsAfterSoft, long micro) => Assert.Equal(micro, At(RewardDecay.HalfLife, secondsAfterSoft).Micro);

    /// <summary>Half the share of the one before for each: 4/7, 2/7, 1/7.</summary>
    [Fact]
    public void Shares_are_geometric()
    {
        var prize = new RacePrize { Reward = new Credits(1_000_000), Winners = 3, SplitPercent = 50 };
        Assert.Equal([571_428, 285_714, 142_857, 0], Enumerable.Range(1, 4).Select(place => prize.ShareOf(place).Micro));
        Assert.Equal([1_000_000, 0, 0], Enumerable.Range(1, 3).Select(place => (prize with { SplitPercent = 0 }).ShareOf(place).Micro));
        Assert.Equal([333_333, 333_333, 333_333], Enumerable.Range(1, 3).Select(place => (prize with { SplitPercent = 100 }).ShareOf(place).Micro));
        Assert.Equal(MarketLimits.Amount, new RacePrize { Reward = MarketLimits.Amount }.ShareOf(1));
    }

    [Fact]
    public void Shares_fall_and_never_add_up_to_more_than_the_reward() => Property.Holds(
        from reward in Gen.Frequency((1, Gen.Choose(0, 20).Select(micro => (long)micro)), (3, Gen.Choose(0, int.MaxValue).Select(micro => micro * 400_000L)))
        from winners in Gen.Choose(1, RacePrize.HighestWinners)
        from split in Gen.Choose(0, 100)
        from decay in Gen.Elements(Enum.GetValues<RewardDecay>())
        from ticks in Gen.ArrayOf(Gen.Choose(-100, int.MaxValue), RacePrize.HighestWinners)
        select (Prize: new RacePrize { Reward = new Credits(reward), Winners = winners, SplitPercent = split, Decay = decay, HalfLife = TimeSpan.FromSeconds(7) }, Ticks: ticks),
        item =>
        {
            var shares = Enumerable.Range(1, item.Prize.Winners).Select(place => item.Prize.ShareOf(place).Micro).ToArray();
            Assert.Equal(shares.OrderDescending(), shares);
            // Rounding loses less than a micro-credit a place.
            Assert.InRange(shares.Sum(), item.Prize.Reward.Micro - item.Prize.Winners, item.Prize.Reward.Micro);
            var paid = Enumerable.Range(1, item.Prize.Winners).Sum(place => item.Prize.At(place, Samples.Soft.AddTicks(item.Ticks[place - 1]), Samples.Soft, Samples.Hard).Micro);
            Assert.InRange(paid, 0, item.Prize.Reward.Micro);
        });

    private static Credits Reward(Credits reward, RewardDecay decay, DateTimeOffset at, DateTimeOffset soft, DateTimeOffset hard) =>
        new RacePrize { Reward = reward, Decay = decay, HalfLife = TimeSpan.FromSeconds(20) }.At(1, at, soft, hard);

    private static Credits At(RewardDecay decay, int secondsAfterSoft) =>
        Reward(Credits.Whole(10), decay, Samples.Soft.AddSeconds(secondsAfterSoft), Samples.Soft, Samples.Hard);
}
