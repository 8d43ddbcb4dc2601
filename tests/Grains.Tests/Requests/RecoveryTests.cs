using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.RandomElection;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Requests;

public sealed class RecoveryTests
{
    // The writes of a submission: its body and the watch shard, at once, then the hold.
    private const int Submission = 3;

    /// <summary>Its money is held already, and the client may never come back.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_submission_that_failed_half_way_goes_on_by_itself(int write)
    {
        await using var market = await MarketAsync();
        market.Faults.Plan(write, StorageFault.FailBefore);
        await Assert.ThrowsAnyAsync<Exception>(() => market.SubmitAsync(market.Spec("r1")));
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(RequestPhase.Open, (await market.StatusAsync("r1")).Phase);
    }

    [Fact]
    public async Task A_submission_that_failed_before_anything_was_written_never_was()
    {
        await using var market = await MarketAsync();
        market.Faults.Plan(1, StorageFault.FailBefore);
        await Assert.ThrowsAnyAsync<Exception>(() => market.SubmitAsync(market.Spec("r1")));
        await market.AdvanceAsync(HardIn);
        Assert.Null(await market.Request("r1").GetStatusAsync());
        Assert.Equal(Credits(1_000), await market.AvailableAsync("alice"));
    }

    /// <summary>Its shard forgets a request without a body; who submits it again is watched like anybody else.</summary>
    [Fact]
    public async Task A_submission_that_is_repeated_after_its_shard_has_forgotten_it_is_watched()
    {
        await using var market = await MarketAsync();
        var spec = market.Spec("r1") with { SoftDeadline = market.Now + HardIn };
        market.Faults.Plan(1, StorageFault.FailBefore);
        await Assert.ThrowsAnyAsync<Exception>(() => market.SubmitAsync(spec));
        Assert.Contains("r1", await market.WatchOf("r1").ListAsync());
        // The shard's reminder.
        await market.AdvanceAsync(TimeSpan.FromSeconds(61) + MarketCluster.RemindersLateBy);
        Assert.Empty(await market.WatchOf("r1").ListAsync());

        await market.SubmitAsync(spec);
        Assert.Contains("r1", await market.WatchOf("r1").ListAsync());
        await market.KillAsync();
        await market.StartAgainAsync();
        await market.AdvanceToAsync(spec.HardDeadline + TimeSpan.FromSeconds(1));
        Assert.Equal(Credits(1_000), await market.AvailableAsync("alice"));
        await Audit.AtRestAsync(market);
    }

    /// <summary>The shard asks while there is no such request, and hears so when there is one.</summary>
    [Fact]
    public async Task A_request_is_watched_although_its_shard_had_asked_when_there_was_none()
    {
        var answers = new HeldAnswers(nameof(IRequestForMarket.WakeAsync));
        await using var market = await MarketAsync(services: services => services.AddSingleton<IIncomingGrainCallFilter>(answers));
        var spec = market.Spec("r1") with { SoftDeadline = market.Now + HardIn };
        market.Faults.Plan(1, StorageFault.FailBefore);
        await Assert.ThrowsAnyAsync<Exception>(() => market.SubmitAsync(spec));
        answers.Hold();
        var asking = market.WatchOf("r1").ResumeAsync();
        await answers.Reached;
        await market.SubmitAsync(spec);
        answers.Open();
        await asking;
        Assert.Contains("r1", await market.WatchOf("r1").ListAsync());
        await market.KillAsync();
        await market.StartAgainAsync();
        await market.AdvanceToAsync(spec.HardDeadline + TimeSpan.FromSeconds(1));
        Assert.Equal(Credits(1_000), await market.AvailableAsync("alice"));
        await Audit.AtRestAsync(market);
    }

    /// <summary>The shard was told that there is no such request, and hears of it once more while it is open.</summary>
    [Fact]
    public async Task A_request_is_watched_although_its_shard_hears_late_that_there_was_none()
    {
        await using var market = await MarketAsync();
        var spec = market.Spec("r1") with { SoftDeadline = market.Now + HardIn };
        await market.SubmitAsync(spec);
        await market.WatchOf("r1").RemoveAsync("r1", endedAt: null);
        Assert.Contains("r1", await market.WatchOf("r1").ListAsync());
        await market.KillAsync();
        await market.StartAgainAsync();
        await market.AdvanceToAsync(spec.HardDeadline + TimeSpan.FromSeconds(1));
        Assert.Equal(Credits(1_000), await market.AvailableAsync("alice"));
        await Audit.AtRestAsync(market);
    }

    /// <summary>A call that timed out may still be on its way; it arrives when the request has been rejected and the account has money again.</summary>
    [Fact]
    public async Task A_hold_that_arrives_after_its_request_was_rejected_holds_nothing()
    {
        await using var market = await MarketAsync(funds: 1);
        Assert.NotNull((await market.Request("r1").SubmitAsync(market.Spec("r1"))).Refusal);
        await market.FundAsync("alice", Credits(100), "more");

        var late = await market.Account("alice").HoldAsync("r1", Credits(10), market.Now);

        Assert.Equal(ReasonCode.EntryConflict, late.Refusal!.Code);
        Assert.Equal(Domain.Credits.Zero, late.Balance.Held);
        await Audit.AtRestAsync(market);
    }

    /// <summary>The rejection is durable, what comes after it is not: the watch comes back to it.</summary>
    [Fact]
    public async Task A_rejection_that_was_cut_off_is_completed()
    {
        await using var market = await MarketAsync(funds: 1);
        // The body and the watch, the rejection; then the end of the hold.
        market.Faults.Plan(4, StorageFault.CrashBefore);
        await Assert.ThrowsAnyAsync<Exception>(() => market.Request("r1").SubmitAsync(market.Spec("r1")));
        await market.KillAsync();
        await market.StartAgainAsync();
        await market.FundAsync("alice", Credits(100), "more");
        await market.SettleAsync();

        Assert.NotNull((await market.Account("alice").HoldAsync("r1", Credits(10), market.Now)).Refusal);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_request_dropped_because_of_a_failed_write_still_meets_its_deadline()
    {
        await using var market = await MarketAsync();
        // Not at a time at which the run announces and so wakes its request.
        var hard = market.Now.AddSeconds(127);
        await market.OpenAsync(market.Spec("r1") with { HardDeadline = hard });
        await market.AdvanceToAsync(hard.AddSeconds(-2));
        market.Faults.Plan(1, StorageFault.FailWithReads);
        var readsAgain = market.Faults.HoldRead("request", "r1");
        var isAwakeAgain = market.Faults.HoldRead("request", "r1");
        var cancelled = market.Request("r1").CancelAsync();
        await readsAgain.Reached;
        readsAgain.Open();
        // An activation takes its time to go, and the clock does not wait for that on every engine.
        await isAwakeAgain.Reached;
        isAwakeAgain.Open();
        await Assert.ThrowsAnyAsync<Exception>(() => cancelled);
        // Asking would wake it, too, five seconds late.
        await market.AdvanceToAsync(hard.AddSeconds(5));
        Assert.Equal(hard, (await market.EndsAsync("r1")).Timeline[^1].At);
        await Audit.AtRestAsync(market);
    }

    /// <summary>Retries come at growing intervals; the last one before the deadline must not sleep through it.</summary>
    [Fact]
    public async Task A_deadline_acts_in_time_after_a_storage_outage()
    {
        await using var market = await MarketAsync();
        var hard = market.Now.AddSeconds(20);
        for (var attempt = 1; attempt <= 8; attempt++) market.Faults.Plan(Submission + attempt, StorageFault.FailBefore);
        // Its start is written; a race's is not.
        await market.SubmitAsync(market.Spec("r1") with { SoftDeadline = hard, HardDeadline = hard, Mechanism = MechanismOf(RandomElectionParameters.MechanismName) });
        await market.AdvanceToAsync(hard.AddSeconds(5));
        Assert.Equal(hard, (await market.EndsAsync("r1")).Timeline[^1].At);
        await Audit.AtRestAsync(market);
    }

    /// <summary>One record that cannot be read just now keeps neither the market from starting nor its requests asleep for long.</summary>
    [Fact]
    public async Task A_watch_shard_that_cannot_be_read_at_a_start_is_asked_again_until_it_answers()
    {
        await using var market = await MarketAsync();
        var hard = market.Now.AddSeconds(20);
        await market.OpenAsync(market.Spec("r1") with { SoftDeadline = hard, HardDeadline = hard });
        await market.KillAsync();
        var gate = market.Faults.HoldRead("watch", GrainKeys.WatchShard("r1").ToString("X", CultureInfo.InvariantCulture));
        var starting = market.StartAgainAsync();
        await gate.Reached;
        // All other shards have been read.
        await market.SettleAsync();
        market.Faults.MakeUnreadable("watch");
        gate.Open();
        await starting;
        await market.AdvanceToAsync(hard.AddSeconds(2));
        // Asking would wake it, too, five seconds later.
        var status = await market.StatusAsync("r1");
        Assert.True(status.Phase.IsFinal());
        Assert.Equal(hard, status.Timeline[^1].At);
    }

    /// <summary>Reminders are not among the records that move to another storage, so a start must not rely on them being there.</summary>
    [Fact]
    public async Task A_start_that_finds_no_reminder_registers_one_for_a_shard_with_open_requests()
    {
        await using var market = await MarketAsync();
        var hard = market.Now.AddSeconds(20);
        await market.OpenAsync(market.Spec("r1") with { SoftDeadline = hard, HardDeadline = hard });
        await market.KillAsync();
        // The start itself cannot wake it.
        market.Faults.MakeUnreadable("request");
        await market.StartAgainAsync();
        var start = market.Now;
        await market.AdvanceAsync(TimeSpan.FromSeconds(65) + MarketCluster.RemindersLateBy);
        // Asking would wake it, too, five seconds later.
        var status = await market.StatusAsync("r1");
        Assert.True(status.Phase.IsFinal());
        Assert.InRange(status.Timeline[^1].At - start.AddMinutes(1), TimeSpan.Zero, MarketCluster.RemindersLateBy);
    }

    /// <summary>What is left when everything else has failed.</summary>
    [Fact]
    public async Task A_request_that_nothing_else_wakes_is_woken_by_its_watch_shards_reminder()
    {
        await using var market = await MarketAsync();
        var start = market.Now;
        await market.OpenAsync(market.Spec("r1"));
        // The wish to cancel is stored, as though by another activation; this one is dropped, and cannot wake the next.
        market.Faults.Plan(1, StorageFault.Conflict);
        market.Faults.MakeUnreadable("request");
        await Assert.ThrowsAnyAsync<Exception>(() => market.Request("r1").CancelAsync());
        await market.AdvanceAsync(TimeSpan.FromSeconds(65) + MarketCluster.RemindersLateBy);
        // Asking would wake it, too, five seconds later.
        var status = await market.StatusAsync("r1");
        Assert.Equal(RequestPhase.Cancelled, status.Phase);
        Assert.InRange(status.Timeline[^1].At, start.AddMinutes(1), start.AddMinutes(1) + MarketCluster.RemindersLateBy);
    }

    /// <summary>That a request is open is not written: it follows from its body and its hold. Who has only the body must not say that there is no such request.</summary>
    [Fact]
    public async Task A_request_that_was_acknowledged_is_never_denied_while_its_hold_is_looked_up()
    {
        await using var market = await MarketAsync();
        var (gate, starting) = await StartAgainWithoutAccountAsync(market);
        var (asked, watched) = (market.Request("r1").GetStatusAsync(), market.Request("r1").WatchAsync(-1, TimeSpan.Zero));
        await market.SettleAsync();
        Assert.False(asked.IsCompleted || watched.IsCompleted);
        gate.Open();
        await starting;
        Assert.Equal(RequestPhase.Open, (await asked)!.Phase);
        Assert.Equal(RequestPhase.Open, (await watched)!.Phase);
    }

    [Fact]
    public async Task A_request_known_by_its_body_only_can_be_cancelled()
    {
        await using var market = await MarketAsync();
        var (gate, starting) = await StartAgainWithoutAccountAsync(market);
        var cancelled = market.Request("r1").CancelAsync();
        gate.Open();
        await starting;
        Assert.Null((await cancelled).Refusal);
        Assert.Equal(RequestPhase.Cancelled, (await market.EndsAsync("r1")).Phase);
        Assert.Equal(Credits(1_000), await market.AvailableAsync("alice"));
        await Audit.AtRestAsync(market);
    }

    /// <summary>A market that was killed after a submission and is starting again: of the request its body is known, and the hold is not.</summary>
    private static async Task<(StorageGate Gate, Task Starting)> StartAgainWithoutAccountAsync(MarketCluster market)
    {
        await market.SubmitAsync(market.Spec("r1"));
        await market.KillAsync();
        var gate = market.Faults.HoldRead("account", "alice");
        var starting = market.StartAgainAsync();
        await gate.Reached;
        return (gate, starting);
    }
}
