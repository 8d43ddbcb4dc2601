using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Tests.Provers;

public sealed class KnownRunsTests
{
    private static readonly DateTimeOffset Now = TestClock.Start;

    [Fact]
    public void A_run_is_known_until_after_its_deadline()
    {
        var known = new KnownRuns(10);
        known.Ended(Invitation("a", 10), Now);
        known.Ended(Invitation("b", 20), Now.AddSeconds(9));
        Assert.True(known.Covers(Invitation("a", 10)));
        known.Ended(Invitation("c", 20), Now.AddSeconds(10));
        Assert.False(known.Covers(Invitation("a", 10)));
        Assert.Equal(2, known.Count);
    }

    [Fact]
    public void Beyond_the_capacity_the_earliest_deadline_is_forgotten()
    {
        var known = new KnownRuns(2);
        known.Ended(Invitation("late", 30), Now);
        known.Ended(Invitation("early", 10), Now);
        known.Ended(Invitation("middle", 20), Now);
        Assert.Equal(2, known.Count);
        Assert.False(known.Covers(Invitation("early", 10)));
        Assert.True(known.Covers(Invitation("late", 30)) && known.Covers(Invitation("middle", 20)));
    }

    [Fact]
    public void Adding_a_run_again_changes_nothing()
    {
        var known = new KnownRuns(2);
        known.Ended(Invitation("a", 10), Now);
        known.Ended(Invitation("a", 10), Now);
        known.Ended(Invitation("b", 20), Now);
        Assert.Equal(2, known.Count);
    }

    [Fact]
    public void An_invitation_that_was_not_taken_is_another_on_other_terms_and_a_run_that_has_ended_is_not()
    {
        var known = new KnownRuns(2);
        var (before, after) = (Invitation("a", 10), Invitation("a", 10) with { Bond = Credits.Zero });
        known.NotTaken(before, Now);
        Assert.True(known.Covers(before));
        Assert.False(known.Covers(after));
        known.NotTaken(after, Now);
        Assert.True(known.Covers(after));
        known.Ended(after, Now);
        Assert.True(known.Covers(before) && known.Covers(after));
        Assert.Equal(1, known.Count);
    }

    private static Invitation Invitation(string key, int deadlineSeconds) => new()
    {
        RunKey = key,
        RunGrain = GrainId.Create("fake-run", key),
        Mechanism = "race",
        ProgramId = new string('a', 64),
        Work = new WorkUnits(1),
        Reward = Credits.Whole(1),
        Bond = Credits.Whole(1),
        SoftDeadline = Now.AddSeconds(deadlineSeconds),
        HardDeadline = Now.AddSeconds(deadlineSeconds),
    };
}
