using ProvingMarket.Client.Calls;
using ProvingMarket.Client.Tests.Fakes;

namespace ProvingMarket.Client.Tests.Calls;

public sealed class BackOffTests
{
    private static readonly BackOffOptions Options = new() { First = TimeSpan.FromMilliseconds(100), Most = TimeSpan.FromSeconds(5) };

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 200)]
    [InlineData(5, 3200)]
    [InlineData(6, 5000)]
    [InlineData(1000, 5000)]
    [InlineData(int.MaxValue, 5000)]
    public void A_delay_doubles_up_to_the_longest_and_is_drawn_from_its_upper_half(int failures, double nominalMilliseconds)
    {
        Assert.Equal(nominalMilliseconds / 2, BackOff.Delay(Options, failures, new FakeRandomness { Fraction = 0 }).TotalMilliseconds);
        Assert.Equal(nominalMilliseconds * 0.75, BackOff.Delay(Options, failures, new FakeRandomness { Fraction = 0.5 }).TotalMilliseconds);
    }

    [Fact]
    public void The_systems_randomness_gives_fractions_below_one_and_secrets_that_differ()
    {
        var randomness = new SystemRandomness();
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.InRange(randomness.NextFraction(), 0, 0.999_999_999_9));
        Assert.Equal(1000, Enumerable.Range(0, 1000).Select(_ => randomness.NextSecret()).Distinct().Count());
        Assert.Null(Domain.Ids.Check("session", randomness.NextSecret()));
    }
}
