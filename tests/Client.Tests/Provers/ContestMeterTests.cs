using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;

namespace ProvingMarket.Client.Tests.Provers;

public sealed class ContestMeterTests
{
    private static readonly DateTimeOffset Now = TestClock.Start;

    private readonly ContestMeter _meter = new(TimeSpan.FromMinutes(5));

    [Fact]
    public void Nothing_is_known_in_the_beginning() => Assert.Equal(1, _meter.PaidShare("race", Now));

    [Fact]
    public void Who_always_wins_is_always_paid()
    {
        for (var n = 0; n < 5; n++) _meter.Ended("race", TimeSpan.FromSeconds(10), isPaid: true, Now);
        Assert.Equal(1, _meter.PaidShare("race", Now));
    }

    /// <summary>One proof's worth of hope, then two that were not paid: a third.</summary>
    [Fact]
    public void Time_that_is_not_paid_lowers_the_share_of_its_mechanism_only()
    {
        _meter.Ended("race", TimeSpan.FromSeconds(10), isPaid: false, Now);
        Assert.Equal(0.5, _meter.PaidShare("race", Now), 9);
        _meter.Ended("race", TimeSpan.FromSeconds(10), isPaid: false, Now);
        Assert.Equal(1.0 / 3, _meter.PaidShare("race", Now), 9);
        Assert.Equal(1, _meter.PaidShare("elected-race", Now));
    }

    /// <summary>Stopped early, a lost race costs less.</summary>
    [Fact]
    public void What_counts_is_the_time_and_not_the_number()
    {
        _meter.Ended("race", TimeSpan.FromSeconds(10), isPaid: true, Now);
        _meter.Ended("race", TimeSpan.FromSeconds(5), isPaid: false, Now);
        Assert.Equal(20.0 / 25, _meter.PaidShare("race", Now), 9);
    }

    [Fact]
    public void Losses_count_half_after_a_half_life_and_are_forgotten_in_the_end()
    {
        _meter.Ended("race", TimeSpan.FromSeconds(10), isPaid: false, Now);
        Assert.Equal(10.0 / 15, _meter.PaidShare("race", Now.AddMinutes(5)), 9);
        Assert.Equal(1, _meter.PaidShare("race", Now.AddHours(5)), 6);
        Assert.Equal(0.5, _meter.PaidShare("race", Now.AddMinutes(-5)), 9);
    }
}
