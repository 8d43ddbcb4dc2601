using ProvingMarket.Client.Provers;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Tests.Provers;

/// <summary>How a worker gets its lease: repeated calls, refusals that pass, refusals for good.</summary>
public sealed class WorkerJoinTests : WorkerTestBase
{
    [Fact]
    public async Task Joining_is_repeated_while_its_outcome_is_unknown()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Joins.ThenThrow(new TimeoutException()).ThenThrow(new SiloUnavailableException());
        await Harness.InviteAsync(run);
        await Clock.PassAsync(FirstRetry);
        await Clock.PassAsync(FirstRetry * 2);
        (await Harness.Backend.NextAsync()).Complete();
        await Events.NextAsync(ProverEventKind.Won);
        Assert.Equal(3, run.Joins.Calls.Length);
    }

    [Theory]
    [InlineData(ReasonCode.SlotsFull)]
    [InlineData(ReasonCode.RunFull)]
    [InlineData(ReasonCode.StakeInsufficient)]
    public async Task A_refusal_that_passes_is_tried_again_at_growing_intervals(ReasonCode code)
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Joins.Then(RefuseToJoin(code)).Then(RefuseToJoin(code));
        await Harness.InviteAsync(run);
        await Clock.PassAsync(FirstRetry);
        await Clock.PassAsync(FirstRetry * 2);
        await Harness.Backend.NextAsync();
        Assert.Equal(2, Events.Count(ProverEventKind.JoinPostponed));
    }

    [Fact]
    public async Task A_run_that_is_put_off_does_not_hold_up_the_next()
    {
        await Harness.StartAsync();
        var full = Harness.Run("full/0", 100);
        full.Joins.Then(RefuseToJoin(ReasonCode.RunFull));
        await Harness.InviteAsync(full);
        await Events.NextAsync(ProverEventKind.JoinPostponed);
        Assert.Equal("input of other/0", (await Harness.BeginProofAsync(Harness.Run("other/0", 200))).Input);
    }

    [Fact]
    public async Task While_the_market_counts_the_slots_as_full_no_run_overtakes_another()
    {
        await Harness.StartAsync();
        var (soon, late) = (Harness.Run("soon/0", 100), Harness.Run("late/0", 200));
        soon.Joins.Then(RefuseToJoin(ReasonCode.SlotsFull)).Then(RefuseToJoin(ReasonCode.SlotsFull));
        await Harness.InviteAsync(soon);
        await Events.NextAsync(ProverEventKind.JoinPostponed);
        await Harness.InviteAsync(late);
        await Events.NextAsync(ProverEventKind.Queued);
        await Clock.PassAsync(FirstRetry);
        await Events.NextAsync(ProverEventKind.JoinPostponed);
        await Clock.PassAsync(FirstRetry * 2);
        Assert.Equal("input of soon/0", (await Harness.Backend.NextAsync()).Input);
        Assert.Empty(late.Joins.Calls);
    }

    /// <summary>The market has forgotten the worker for every run: a later deadline would only be luckier with the moment.</summary>
    [Fact]
    public async Task While_the_market_has_forgotten_the_worker_no_run_overtakes_another()
    {
        await Harness.StartAsync();
        var (soon, late) = (Harness.Run("soon/0", 100), Harness.Run("late/0", 200));
        soon.Joins.Then(RefuseToJoin(ReasonCode.SessionUnknown));
        await Harness.InviteAsync(soon);
        await Events.NextAsync(ProverEventKind.Connected);
        await Harness.InviteAsync(late);
        await Events.NextAsync(ProverEventKind.Queued);
        await Clock.PassAsync(FirstRetry);
        Assert.Equal("input of soon/0", (await Harness.Backend.NextAsync()).Input);
        Assert.Empty(late.Joins.Calls);
    }

    /// <summary>It may be this very lease that takes the slot in the market's eyes.</summary>
    [Fact]
    public async Task A_lease_that_is_reserved_is_taken_up_while_the_market_counts_the_slots_as_full()
    {
        await Harness.StartAsync();
        var (open, reserved) = (Harness.Run("open/0", 100), Harness.Run("reserved/0", 200));
        open.Joins.Then(RefuseToJoin(ReasonCode.SlotsFull));
        reserved.Invitation = reserved.Invitation with { Kind = InvitationKind.Assigned, AnswerBy = Clock.Now.AddSeconds(5) };
        await Harness.InviteAsync(open);
        await Events.NextAsync(ProverEventKind.JoinPostponed);
        Assert.Equal("input of reserved/0", (await Harness.BeginProofAsync(reserved)).Input);
        Assert.Single(open.Joins.Calls);
    }

    [Fact]
    public async Task A_lease_that_is_reserved_and_refused_because_the_slots_are_full_waits_before_it_is_tried_again()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Invitation = run.Invitation with { Kind = InvitationKind.Assigned, AnswerBy = Clock.Now.AddSeconds(5) };
        run.Joins.Then(RefuseToJoin(ReasonCode.SlotsFull));
        await Harness.InviteAsync(run);
        await Events.NextAsync(ProverEventKind.JoinPostponed);
        await Clock.TimerAsync(FirstRetry);
        Assert.Single(run.Joins.Calls);
        Clock.Advance(FirstRetry);
        await Harness.Backend.NextAsync();
    }

    [Theory]
    [InlineData(ReasonCode.RunWon)]
    [InlineData(ReasonCode.RunClosed)]
    [InlineData(ReasonCode.ProverExcluded)]
    [InlineData(ReasonCode.LeaseEnded)]
    public async Task A_refusal_for_good_ends_it(ReasonCode code)
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Joins.Then(RefuseToJoin(code));
        await Harness.InviteAsync(run);
        Assert.Equal(code, (await Events.NextAsync(ProverEventKind.JoinRefused)).Reason);
        await Harness.InviteAsync(run);
        await Harness.BeginProofAsync(Harness.Run("r2/0"));
        Assert.Single(run.Joins.Calls);
    }

    [Fact]
    public async Task A_run_that_does_not_know_the_session_makes_the_worker_connect_again_and_then_join()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Joins.Then(RefuseToJoin(ReasonCode.SessionUnknown));
        await Harness.InviteAsync(run);
        await Events.NextAsync(ProverEventKind.Connected);
        await Clock.PassAsync(FirstRetry);
        await Harness.Backend.NextAsync();
        Assert.Equal(2, Harness.Prover.Connects.Calls.Length);
    }

    private static JoinAnswer RefuseToJoin(ReasonCode code) => new() { Refusal = Refusal.Of(code, "run") };
}
