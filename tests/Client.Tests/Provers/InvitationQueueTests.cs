using FsCheck;
using FsCheck.Fluent;
using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Tests.Provers;

public sealed class InvitationQueueTests
{
    private static readonly DateTimeOffset Now = TestClock.Start;

    [Fact]
    public void The_earliest_deadline_comes_first_and_the_first_come_of_equal_ones()
    {
        var queue = Filled(10, ("late", 30), ("first", 10), ("second", 10), ("middle", 20));
        Assert.Equal(["first", "second", "middle", "late"], TakeAll(queue));
    }

    /// <summary>Whatever arrives and is taken in whatever order: nothing is overtaken by a later deadline, and nothing is lost.</summary>
    [Fact]
    public void No_invitation_is_overtaken_by_one_with_a_later_deadline()
    {
        // Each step adds an invitation with this deadline, or takes one (0).
        Prop.ForAll(Gen.Choose(0, 20).ListOf().ToArbitrary(), steps =>
        {
            var queue = new InvitationQueue(1000);
            var waiting = new List<(string Key, int Deadline)>();
            var added = 0;
            foreach (var step in steps)
            {
                if (step > 0)
                {
                    waiting.Add(($"run-{added}", step));
                    queue.Add(Invitation($"run-{added++}", step));
                }
                else if (queue.TakeReady(Now) is { } taken)
                {
                    Assert.Equal(waiting.MinBy(entry => entry.Deadline).Key, taken.RunKey); // MinBy: the first of equal ones
                    waiting.RemoveAll(entry => entry.Key == taken.RunKey);
                }
                else
                {
                    Assert.Empty(waiting);
                }
                Assert.Equal(waiting.Count, queue.Count);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_run_is_queued_once()
    {
        var queue = Filled(10, ("a", 10));
        Assert.Null(queue.Add(Invitation("a", 5)));
        Assert.Equal(1, queue.Count);
        Assert.Equal(Now.AddSeconds(10), queue.Find("a")?.Invitation.HardDeadline);
        Assert.Null(queue.Find("b"));
    }

    [Fact]
    public void A_full_queue_lets_the_latest_deadline_go_even_when_it_is_the_newcomer()
    {
        var queue = Filled(2, ("a", 10), ("b", 30));
        Assert.Equal("b", queue.Add(Invitation("c", 20))?.RunKey);
        Assert.Equal("d", queue.Add(Invitation("d", 40))?.RunKey);
        Assert.Equal("e", queue.Add(Invitation("e", 20))?.RunKey); // the newest of equal ones
        Assert.Equal(["a", "c"], TakeAll(queue));
    }

    [Fact]
    public void What_was_put_off_waits_for_its_time_and_holds_up_nobody()
    {
        var queue = new InvitationQueue(10);
        queue.Add(Invitation("a", 10) with { NotBefore = Now.AddSeconds(2) });
        queue.Add(Invitation("b", 20));
        Assert.Equal("b", queue.TakeReady(Now)?.RunKey);
        Assert.Null(queue.TakeReady(Now.AddSeconds(1.9)));
        Assert.Equal("a", queue.TakeReady(Now.AddSeconds(2))?.RunKey);
    }

    [Fact]
    public void The_next_change_is_the_next_retry_or_expiry()
    {
        var queue = new InvitationQueue(10);
        Assert.Null(queue.NextChange(Now));
        queue.Add(Invitation("a", 10));
        Assert.Equal(Now.AddSeconds(10), queue.NextChange(Now));
        queue.Add(Invitation("b", 20) with { NotBefore = Now.AddSeconds(2) });
        Assert.Equal(Now.AddSeconds(2), queue.NextChange(Now));
        Assert.Equal(Now.AddSeconds(10), queue.NextChange(Now.AddSeconds(2)));
    }

    [Fact]
    public void A_lease_that_is_reserved_goes_first_and_is_the_last_to_go()
    {
        var queue = new InvitationQueue(3);
        Assert.Null(queue.Add(Invitation("open", 10)));
        Assert.Null(queue.Add(Reserved("late", 40, declineAt: 1)));
        Assert.Null(queue.Add(Reserved("early", 30, declineAt: 2)));
        Assert.Equal("open", queue.Add(Reserved("middle", 35, declineAt: 3))?.RunKey);
        Assert.Equal(["early", "middle", "late"], TakeAll(queue));
    }

    [Fact]
    public void What_wants_an_answer_is_a_change_and_is_taken_out_when_it_is_due()
    {
        var queue = Filled(10, ("open", 10));
        queue.Add(Reserved("a", 40, declineAt: 3));
        queue.Add(Reserved("b", 30, declineAt: 4));
        Assert.Equal(Now.AddSeconds(3), queue.NextChange(Now));
        Assert.Empty(queue.TakeUnanswered(Now.AddSeconds(2.9)));
        Assert.Equal(["a"], queue.TakeUnanswered(Now.AddSeconds(3)).Select(taken => taken.RunKey));
        Assert.Equal(Now.AddSeconds(4), queue.NextChange(Now.AddSeconds(3)));
        Assert.Equal(["b", "open"], TakeAll(queue));
    }

    [Fact]
    public void What_has_expired_is_taken_out_earliest_first()
    {
        var queue = Filled(10, ("b", 2), ("a", 1), ("c", 3));
        Assert.Equal(["a", "b"], queue.TakeExpired(Now.AddSeconds(2)).Select(expired => expired.RunKey));
        Assert.Equal(["c"], TakeAll(queue));
    }

    [Fact]
    public void A_run_that_is_over_can_be_taken_out()
    {
        var queue = Filled(10, ("a", 1), ("b", 2));
        Assert.True(queue.Remove("a"));
        Assert.False(queue.Remove("a"));
        Assert.Equal(["b"], TakeAll(queue));
    }

    private static InvitationQueue Filled(int capacity, params (string Key, int Deadline)[] invitations)
    {
        var queue = new InvitationQueue(capacity);
        foreach (var (key, deadline) in invitations) Assert.Null(queue.Add(Invitation(key, deadline)));
        return queue;
    }

    private static List<string> TakeAll(InvitationQueue queue)
    {
        List<string> taken = [];
        while (queue.TakeReady(Now) is { } next) taken.Add(next.RunKey);
        return taken;
    }

    private static QueuedInvitation Reserved(string key, int deadlineSeconds, int declineAt)
    {
        var queued = Invitation(key, deadlineSeconds);
        return queued with { Invitation = queued.Invitation with { Kind = InvitationKind.Assigned }, DeclineAt = Now.AddSeconds(declineAt) };
    }

    private static QueuedInvitation Invitation(string key, int deadlineSeconds) => new()
    {
        Invitation = new Invitation
        {
            RunKey = key,
            RunGrain = GrainId.Create("fake-run", key),
            Mechanism = "race",
            ProgramId = new string('a', 64),
            Work = new WorkUnits(1),
            Reward = Credits.Whole(1),
            Bond = Credits.Zero,
            SoftDeadline = Now.AddSeconds(deadlineSeconds),
            HardDeadline = Now.AddSeconds(deadlineSeconds),
        },
    };
}
