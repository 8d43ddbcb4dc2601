using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;

namespace ProvingMarket.Client.Tests.Provers;

public sealed class SpeedMeterTests
{
    private static readonly DateTimeOffset Now = TestClock.Start;
    private static readonly WorkUnits Work = new(2000);
    private readonly SpeedMeter _speed = new(declaredMilliUnitsPerSecond: 1000, lifetime: TimeSpan.FromMinutes(10));

    [Fact]
    public void Without_a_measurement_the_declaration_counts() => AssertExpected(2);

    [Fact]
    public void The_first_measurement_replaces_the_declaration()
    {
        Finish(10);
        AssertExpected(10);
    }

    [Fact]
    public void Later_measurements_count_thirty_per_cent()
    {
        Finish(10); // 200 a second
        Finish(2); // 1000 a second: 0.3·1000 + 0.7·200 = 440
        AssertExpected(2000 / 440.0);
    }

    [Fact]
    public void Programs_are_measured_apart()
    {
        Finish(10);
        Assert.Equal(TimeSpan.FromSeconds(2), _speed.Expect("other", Work, Now));
    }

    [Fact]
    public void A_proof_that_was_stopped_late_shows_that_the_slot_is_slower()
    {
        _speed.Unfinished("p", Work, TimeSpan.FromSeconds(8), Now);
        AssertExpected(8);
    }

    [Fact]
    public void A_proof_that_was_stopped_early_shows_nothing()
    {
        _speed.Unfinished("p", Work, TimeSpan.FromSeconds(1.9), Now);
        AssertExpected(2);
    }

    [Fact]
    public void A_measurement_is_forgotten_after_its_lifetime()
    {
        Finish(10);
        Assert.Equal(TimeSpan.FromSeconds(10), _speed.Expect("p", Work, Now.AddMinutes(9.9)));
        Assert.Equal(TimeSpan.FromSeconds(2), _speed.Expect("p", Work, Now.AddMinutes(10)));
    }

    [Fact]
    public void Extremes_neither_overflow_nor_divide_by_zero()
    {
        Assert.Equal(TimeSpan.MaxValue, new SpeedMeter(1, TimeSpan.FromMinutes(1)).Expect("p", new WorkUnits(long.MaxValue), Now));
        Finish(0);
        Assert.InRange(_speed.Expect("p", Work, Now), TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
    }

    private void Finish(double seconds) => _speed.Finished("p", Work, TimeSpan.FromSeconds(seconds), Now);

    private void AssertExpected(double seconds) => Assert.Equal(seconds, _speed.Expect("p", Work, Now).TotalSeconds, 3);
}
