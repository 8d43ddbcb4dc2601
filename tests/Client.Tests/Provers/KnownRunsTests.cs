using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;

namespace ProvingMarket.Client.Tests.Provers;

public sealed class KnownRunsTests
{
    private static readonly DateTimeOffset Now = TestClock.Start;

    [Fact]
    public void A_run_is_known_until_after_its_deadline()
    {
        var known = new KnownRuns(10);
        known.Add("a", Now.AddSeconds(10), Now);
        known.Add("b", Now.AddSeconds(20), Now.AddSeconds(9));
        Assert.True(known.Contains("a"));
        known.Add("c", Now.AddSeconds(20), Now.AddSeconds(10));
        Assert.False(known.Contains("a"));
        Assert.Equal(2, known.Count);
    }

    [Fact]
    public void Beyond_the_capacity_the_earliest_deadline_is_forgotten()
    {
        var known = new KnownRuns(2);
        known.Add("late", Now.AddSeconds(30), Now);
        known.Add("early", Now.AddSeconds(10), Now);
        known.Add("middle", Now.AddSeconds(20), Now);
        Assert.Equal(2, known.Count);
        Assert.False(known.Contains("early"));
        Assert.True(known.Contains("late") && known.Contains("middle"));
    }

    [Fact]
    public void Adding_a_run_again_changes_nothing()
    {
        var known = new KnownRuns(2);
        known.Add("a", Now.AddSeconds(10), Now);
        known.Add("a", Now.AddSeconds(10), Now);
        known.Add("b", Now.AddSeconds(20), Now);
        Assert.Equal(2, known.Count);
    }
}
