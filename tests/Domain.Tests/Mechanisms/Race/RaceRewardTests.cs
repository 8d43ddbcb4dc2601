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
        Assert.Equal(66, RaceRules.RewardAt(new Credits(100), RewardDecay.Linear, soft.AddSeconds(1), soft, soft.AddSeconds(3)).Micro);
        Assert.Equal(0, RaceRules.RewardAt(new Credits(1), RewardDecay.Linear, soft.AddTicks(1), soft, soft.AddDays(30)).Micro);
    }

    [Fact]
    public void The_highest_reward_does_not_overflow() => Assert.Equal(
        MarketLimits.Amount.Micro / 2,
        RaceRules.RewardAt(MarketLimits.Amount, RewardDecay.Linear, Samples.Now.AddDays(15), Samples.Now, Samples.Now.AddDays(30)).Micro);

    [Fact]
    public void With_one_deadline_it_is_whole_until_then()
    {
        Assert.Equal(Samples.Price, RaceRules.RewardAt(Samples.Price, RewardDecay.Linear, Samples.Hard, Samples.Hard, Samples.Hard));
        Assert.Equal(Credits.Zero, RaceRules.RewardAt(Samples.Price, RewardDecay.Linear, Samples.Hard.AddTicks(1), Samples.Hard, Samples.Hard));
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
                var reward = RaceRules.RewardAt(item.Reward, decay, at, item.Soft, item.Hard);
                Assert.InRange(reward.Micro, 0, last.Micro);
                if (at <= item.Soft) Assert.Equal(item.Reward, reward);
                if (at > item.Hard) Assert.Equal(Credits.Zero, reward);
                if (at > item.Soft && at <= item.Hard && decay == RewardDecay.Linear)
                    Assert.Equal((long)((Int128)item.Reward.Micro * (item.Hard - at).Ticks / (item.Hard - item.Soft).Ticks), reward.Micro);
                last = reward;
            }
        }
    });

    private static Credits At(RewardDecay decay, int secondsAfterSoft) =>
        RaceRules.RewardAt(Credits.Whole(10), decay, Samples.Soft.AddSeconds(secondsAfterSoft), Samples.Soft, Samples.Hard);
}
