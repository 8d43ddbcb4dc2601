using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Tests.Provers;

/// <summary>How leases that are reserved and not wanted are declined: that is owed, since silence counts like a miss, and no courtesy.</summary>
public sealed class WorkerDeclineTests : WorkerTestBase
{
    public WorkerDeclineTests() => Harness.Configure = options => options.AskPerUnit = Credits.Whole(1);

    [Theory]
    [InlineData(InvitationKind.Assigned)]
    [InlineData(InvitationKind.Sealed)]
    public async Task What_is_asked_of_this_prover_is_declined_while_a_run_that_is_open_to_all_does_not_answer(InvitationKind kind)
    {
        await Harness.StartAsync();
        var (open, own) = (Cheap("open/0"), Cheap("own/0", kind));
        open.Declines.ThenHang();
        await Harness.InviteAsync(open);
        await open.Declines.NextAsync();
        await Harness.InviteAsync(own);
        Assert.Equal(("p1", "session-1", ReasonCode.PriceBelowAsk), await own.Declines.NextAsync());
    }

    [Fact]
    public async Task Leases_that_are_reserved_are_declined_side_by_side()
    {
        await Harness.StartAsync();
        var (one, other) = (Cheap("one/0", InvitationKind.Assigned), Cheap("other/0", InvitationKind.Assigned));
        one.Declines.ThenHang();
        await Harness.InviteAsync(one);
        await one.Declines.NextAsync();
        await Harness.InviteAsync(other);
        await other.Declines.NextAsync();
    }

    [Fact]
    public async Task A_lease_that_is_reserved_is_declined_again_until_the_run_has_answered()
    {
        await Harness.StartAsync();
        var run = Cheap("r1/0", InvitationKind.Assigned);
        run.Declines.ThenThrow(new TimeoutException("lost")).ThenThrow(new SiloUnavailableException());
        await Harness.InviteAsync(run);
        await run.Declines.NextAsync();
        await Clock.PassAsync(FirstRetry);
        await run.Declines.NextAsync();
        await Clock.PassAsync(FirstRetry * 2);
        await run.Declines.NextAsync();
        Assert.Equal(1, Events.Count(ProverEventKind.Declined));
    }

    [Fact]
    public async Task It_is_not_declined_any_more_once_it_has_lapsed()
    {
        await Harness.StartAsync();
        var run = Cheap("r1/0", InvitationKind.Assigned);
        run.Invitation = run.Invitation with { AnswerBy = Clock.Now.AddMilliseconds(530) };
        for (var i = 0; i < 4; i++) run.Declines.ThenThrow(new TimeoutException("lost"));
        await Harness.InviteAsync(run);
        foreach (var milliseconds in (int[])[50, 100, 200]) await Clock.PassAsync(TimeSpan.FromMilliseconds(milliseconds));
        for (var calls = 0; calls < 4; calls++) await run.Declines.NextAsync();
        // 180 milliseconds are left, and the next try would be in 400.
        await Clock.PassAsync(TimeSpan.FromMilliseconds(180));
        await Harness.Worker.StopAsync(CancellationToken.None).Soon();
        Assert.Equal(4, run.Declines.Calls.Length);
    }

    [Fact]
    public async Task A_worker_that_leaves_declines_what_waits_and_goes_when_that_was_heard()
    {
        await Harness.StartAsync();
        var (open, reserved) = (Cheap("open/0"), Waiting("reserved/0"));
        open.Declines.ThenHang();
        await Harness.InviteAsync(open);
        await open.Declines.NextAsync();
        await Harness.InviteAsync(reserved);
        await Events.NextAsync(ProverEventKind.JoinPostponed);
        // It is tried again in twice that time now, and nothing else waits as long as a decline does.
        await Clock.PassAsync(FirstRetry);
        await Events.NextAsync(ProverEventKind.JoinPostponed);
        reserved.Declines.ThenThrow(new TimeoutException("lost"));

        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        await reserved.Declines.NextAsync();
        await Clock.PassAsync(FirstRetry);
        Assert.Equal(("p1", "session-1", ReasonCode.WorkerDraining), await reserved.Declines.NextAsync());
        await stopping.Soon();
        Assert.Equal(2, reserved.Declines.Calls.Length);
        Assert.Single(Harness.Prover.Disconnects.Calls);
    }

    [Fact]
    public async Task A_run_that_does_not_hear_of_it_keeps_no_worker_from_leaving()
    {
        await Harness.StartAsync();
        var reserved = Waiting("reserved/0");
        reserved.Declines.ThenHang();
        await Harness.InviteAsync(reserved);
        await Events.NextAsync(ProverEventKind.JoinPostponed);
        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        await reserved.Declines.NextAsync();
        Assert.False(stopping.IsCompleted);
        await Clock.PassAsync(new ProverWorkerOptions().LeaveTimeout);
        await stopping.Soon();
        Assert.Single(Harness.Prover.Disconnects.Calls);
    }

    [Fact]
    public async Task A_worker_that_leaves_declines_also_what_its_policy_wanted_to_take_later()
    {
        Harness.ConfigureServices = services => services.AddSingleton<IJobPolicy>(new LaterPolicy(Clock.Now.AddMinutes(1)));
        await Harness.StartAsync();
        var (reserved, auction) = (Waiting("reserved/0"), Cheap("auction/0", InvitationKind.Sealed));
        foreach (var run in (FakeRun[])[reserved, auction])
        {
            await Harness.InviteAsync(run);
            await Events.NextAsync(ProverEventKind.Queued);
        }
        await Harness.Worker.StopAsync(CancellationToken.None).Soon();
        Assert.Equal(ReasonCode.WorkerDraining, Assert.Single(reserved.Declines.Calls).Reason);
        Assert.Equal(ReasonCode.WorkerDraining, Assert.Single(auction.Declines.Calls).Reason);
    }

    [Fact]
    public async Task A_lease_that_is_reserved_and_cannot_be_taken_up_any_more_because_the_worker_leaves_is_declined()
    {
        await Harness.StartAsync();
        var run = Waiting("r1/0");
        var refused = run.Joins.Usual(("p1", "session-1"));
        run.Joins.Usual = _ => new JoinAnswer { Assignment = run.Assignment };
        var answer = run.Joins.ThenHang();
        await Harness.InviteAsync(run);
        await run.Joins.NextAsync();
        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        await Events.NextAsync(ProverEventKind.Draining);
        answer.SetResult(refused);
        await stopping.Soon();
        Assert.Equal(ReasonCode.WorkerDraining, Assert.Single(run.Declines.Calls).Reason);
        Assert.Single(run.Joins.Calls);
    }

    [Fact]
    public async Task A_lease_that_is_reserved_and_has_no_room_in_the_queue_is_declined()
    {
        Harness.Configure = options => options.QueueCapacity = 1;
        Harness.ConfigureServices = services => services.AddSingleton<IJobPolicy>(new LaterPolicy(Clock.Now.AddMinutes(1)));
        await Harness.StartAsync();
        var (one, other) = (Waiting("one/0"), Waiting("other/0"));
        foreach (var run in (FakeRun[])[one, other])
        {
            await Harness.InviteAsync(run);
            await Events.NextAsync(ProverEventKind.Queued);
        }
        Assert.Equal(ReasonCode.SlotsFull, (await other.Declines.NextAsync()).Reason);
    }

    /// <summary>A run that pays less than this worker asks.</summary>
    private FakeRun Cheap(string key, InvitationKind kind = InvitationKind.Open)
    {
        var run = Harness.Run(key);
        run.Invitation = run.Invitation with
        {
            Kind = kind, Reward = new Credits(1), AnswerBy = kind == InvitationKind.Open ? null : Clock.Now.AddSeconds(30),
        };
        return run;
    }

    /// <summary>A lease that is reserved and cannot be taken up now.</summary>
    private FakeRun Waiting(string key)
    {
        var run = Harness.Run(key);
        run.Invitation = run.Invitation with { Kind = InvitationKind.Assigned, AnswerBy = Clock.Now.AddSeconds(30) };
        run.Joins.Usual = _ => new JoinAnswer { Refusal = Refusal.Of(ReasonCode.StakeInsufficient, "stake") };
        return run;
    }

    private sealed class LaterPolicy(DateTimeOffset at) : IJobPolicy
    {
        public JobDecision Consider(Invitation invitation, JobOutlook outlook) => JobDecision.TakeAt(at);
    }
}
