using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;

namespace ProvingMarket.Client.Tests.Provers;

public sealed class MarketClockTests
{
    private readonly TestClock _time = new();
    private readonly MarketClock _clock;

    public MarketClockTests() => _clock = new MarketClock(_time);

    [Fact]
    public void Until_the_market_has_told_its_time_it_is_the_one_here()
    {
        Learn(callMilliseconds: 100, told: null);
        Assert.Equal(_time.Now, _clock.Now);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(-100)]
    [InlineData(3_600_000)]
    public void An_answer_at_once_tells_it_exactly(int aheadMilliseconds)
    {
        Learn(callMilliseconds: 0, _time.Now.AddMilliseconds(aheadMilliseconds));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(_time.Now.AddMilliseconds(aheadMilliseconds), _clock.Now);
    }

    /// <summary>Whenever the market looked at its clock: when the call had just begun, in between, or when it was about to end.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(40)]
    public void After_a_call_that_took_a_while_it_is_off_by_half_of_that_at_most(int lookedMilliseconds)
    {
        var ahead = TimeSpan.FromMilliseconds(500);
        Learn(callMilliseconds: 40, _time.Now.AddMilliseconds(lookedMilliseconds) + ahead);
        Assert.InRange((_clock.Ahead - ahead).Duration(), TimeSpan.Zero, TimeSpan.FromMilliseconds(20));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_000)]
    public void A_slow_call_does_not_undo_what_a_quick_one_has_told(int lookedMilliseconds)
    {
        var ahead = TimeSpan.FromMilliseconds(500);
        Learn(callMilliseconds: 0, _time.Now + ahead);
        Learn(callMilliseconds: 10_000, _time.Now.AddMilliseconds(lookedMilliseconds) + ahead);
        Assert.Equal(ahead, _clock.Ahead);
    }

    [Fact]
    public void A_clock_that_is_set_is_noticed_with_the_next_answer()
    {
        Learn(callMilliseconds: 0, _time.Now.AddSeconds(5));
        Learn(callMilliseconds: 40, _time.Now.AddMilliseconds(20));
        Assert.Equal(TimeSpan.Zero, _clock.Ahead);
    }

    private void Learn(int callMilliseconds, DateTimeOffset? told)
    {
        var askedAt = _time.Now;
        _time.Advance(TimeSpan.FromMilliseconds(callMilliseconds));
        _clock.Learn(askedAt, told);
    }
}
