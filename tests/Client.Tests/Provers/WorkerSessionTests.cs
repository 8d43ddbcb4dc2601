using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Tests.Provers;

/// <summary>The session with the market: connecting, renewing, outages.</summary>
public sealed class WorkerSessionTests : WorkerTestBase
{
    private FakeProver Prover => Harness.Prover;

    [Fact]
    public async Task The_session_is_drawn_at_random_for_each_start_and_kept()
    {
        await Harness.StartAsync();
        Assert.Equal("session-1", Prover.Connects.Calls[0].Session);
        await Clock.PassAsync(FakeProver.RenewsAfter);
        Assert.Equal("session-1", await Prover.Renewals.NextAsync());
    }

    [Fact]
    public async Task A_worker_waits_for_a_market_that_is_not_there_yet()
    {
        for (var i = 0; i < 3; i++) Prover.Connects.ThenThrow(new SiloUnavailableException());
        await Harness.StartAsync(untilConnected: false);
        foreach (var milliseconds in (int[])[50, 100, 200]) await Clock.PassAsync(TimeSpan.FromMilliseconds(milliseconds));
        await Harness.Events.NextAsync(ProverEventKind.Connected);
        Assert.Equal(4, Prover.Connects.Calls.Length);
        Assert.Equal(1, Harness.Events.Count(ProverEventKind.ConnectionLost)); // an outage is told once
        Assert.Equal(1, Harness.Grains.References);
    }

    [Fact]
    public async Task It_renews_somewhat_before_the_interval_that_the_market_asks_for()
    {
        Harness.Randomness.Fraction = 0.8;
        await Harness.StartAsync();
        var latest = FakeProver.RenewEvery * (0.8 + (0.15 * 0.8));
        Assert.True(latest < FakeProver.RenewEvery);
        await Clock.PassAsync(latest);
        await Prover.Renewals.NextAsync();
        await Clock.PassAsync(latest);
        await Prover.Renewals.NextAsync();
    }

    [Fact]
    public async Task After_a_restart_of_the_silo_it_connects_again_at_once_in_the_same_session()
    {
        await Harness.StartAsync();
        await Clock.PassAsync(FakeProver.RenewsAfter);
        await Prover.Renewals.NextAsync();
        Prover.Renewals.Then(Forgotten());
        await Clock.PassAsync(FakeProver.RenewsAfter);
        await Harness.Events.NextAsync(ProverEventKind.Connected);
        Assert.Equal(["session-1", "session-1"], Prover.Connects.Calls.Select(call => call.Session));
        Assert.Equal(1, Harness.Grains.References); // the old observer is gone
    }

    [Fact]
    public async Task Two_workers_under_one_id_do_not_chase_each_other()
    {
        Prover.Renewals.Usual = _ => Forgotten();
        await Harness.StartAsync();
        foreach (var milliseconds in (int[])[50, 100, 200])
        {
            await Clock.PassAsync(FakeProver.RenewsAfter);
            await Clock.PassAsync(TimeSpan.FromMilliseconds(milliseconds));
            await Harness.Events.NextAsync(ProverEventKind.Connected);
        }
    }

    [Fact]
    public async Task An_outage_is_outlived_with_growing_waits()
    {
        await Harness.StartAsync();
        Prover.Renewals.ThenThrow(new SiloUnavailableException()).ThenThrow(new TimeoutException()).ThenThrow(new InvalidDataException("even a bug"));
        await Clock.PassAsync(FakeProver.RenewsAfter);
        foreach (var milliseconds in (int[])[50, 100, 200]) await Clock.PassAsync(TimeSpan.FromMilliseconds(milliseconds));
        await Clock.TimerAsync(FakeProver.RenewsAfter);
        Assert.Equal(4, Prover.Renewals.Calls.Length);
        Assert.Single(Prover.Connects.Calls);

        // The next outage begins with the first wait again.
        Prover.Renewals.ThenThrow(new SiloUnavailableException());
        await Clock.PassAsync(FakeProver.RenewsAfter);
        await Clock.PassAsync(FirstRetry);
        await Clock.TimerAsync(FakeProver.RenewsAfter);
    }

    [Fact]
    public async Task A_passing_refusal_is_tried_again()
    {
        Prover.Connects.Then(new ConnectAnswer { Refusal = Refusal.Of(ReasonCode.SlotsFull, "slots") });
        await Harness.StartAsync(untilConnected: false);
        await Clock.PassAsync(FirstRetry);
        await Harness.Events.NextAsync(ProverEventKind.Connected);
    }

    [Fact]
    public async Task A_refusal_for_good_ends_the_worker_with_the_reason()
    {
        Prover.Connects.Then(new ConnectAnswer { Refusal = Refusal.Of(ReasonCode.ProverIdConflict, "account") });
        await Harness.StartAsync(untilConnected: false);
        var exception = await Assert.ThrowsAsync<ProverRefusedException>(() => Harness.Worker.ExecuteTask!.Soon());
        Assert.Equal(ReasonCode.ProverIdConflict, exception.Refusal.Code);
        Assert.Empty(Prover.Disconnects.Calls);
    }

    [Fact]
    public async Task A_backend_that_cannot_work_here_ends_the_worker_before_it_connects()
    {
        Harness.Backend.Preparing = _ => throw new ProverBackendException(ProverFailureReason.BackendMissing, "no node");
        await Harness.StartAsync(untilConnected: false);
        await Assert.ThrowsAsync<ProverBackendException>(() => Harness.Worker.ExecuteTask!.Soon());
        Assert.Empty(Prover.Connects.Calls);
    }

    [Fact]
    public async Task Preparing_the_backend_is_shown()
    {
        Harness.Backend.Preparing = progress =>
        {
            progress!.Report("installing");
            return ValueTask.CompletedTask;
        };
        await Harness.StartAsync();
        Assert.Equal("installing", Harness.Events.All.First(happened => happened.Kind == ProverEventKind.Preparing).Detail);
    }

    [Fact]
    public async Task Invitations_come_with_the_connection_with_a_push_and_with_a_renewal_and_count_once()
    {
        Harness.Configure = options => options.Slots = 3;
        var (first, second, third) = (Harness.Run("r1/0"), Harness.Run("r2/0"), Harness.Run("r3/0"));
        Prover.Connects.Then(new ConnectAnswer { RenewEvery = FakeProver.RenewEvery, Invitations = [first.Invitation] });
        await Harness.StartAsync();
        Assert.Equal("r1/0", await RunOfNextProofAsync());
        await Harness.InviteAsync(second);
        await Harness.InviteAsync(first);
        Assert.Equal("r2/0", await RunOfNextProofAsync());

        Prover.Renewals.Then(new RenewAnswer { Invitations = [first.Invitation, second.Invitation, third.Invitation] });
        await Clock.PassAsync(FakeProver.RenewsAfter);
        Assert.Equal("r3/0", await RunOfNextProofAsync());
        Assert.All([first, second, third], run => Assert.Single(run.Joins.Calls));
    }

    [Fact]
    public async Task An_order_to_stop_that_was_lost_comes_with_the_renewal()
    {
        await Harness.StartAsync();
        var proof = await Harness.BeginProofAsync(Harness.Run("r1/0"));
        Prover.Renewals.Then(new RenewAnswer { Stopped = [new StopWork { RunKey = "r1/0", Reason = ReasonCode.Outraced }] });
        await Clock.PassAsync(FakeProver.RenewsAfter);
        await proof.Cancelled.Task.Soon();
    }

    [Theory]
    [InlineData("another", ProverEventKind.Outraced)]
    [InlineData(null, ProverEventKind.Closed)]
    public async Task A_run_that_ended_unnoticed_is_noticed_when_it_is_asked_at_a_renewal(string? winner, ProverEventKind outcome)
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        var proof = await Harness.BeginProofAsync(run);
        await Clock.PassAsync(FakeProver.RenewsAfter); // the first renewal only notes that the proof is under way
        await Clock.TimerAsync(FakeProver.RenewsAfter);
        Assert.Empty(run.Progress.Calls);

        run.Progress.Then(new RunProgress
        {
            Started = true, Report = FakeRun.Report(winner is null ? ReasonCode.CancelledByRequester : ReasonCode.Won, winner),
        });
        await Clock.PassAsync(FakeProver.RenewsAfter);
        await proof.Cancelled.Task.Soon();
        await Harness.Events.NextAsync(outcome);
    }

    [Fact]
    public async Task A_run_that_cannot_be_asked_or_was_won_by_the_worker_itself_is_left_alone()
    {
        await Harness.StartAsync();
        // A round that comes while the one before it has not ended is left out, so the number of renewals is open; the work is not over before the last of them.
        const int most = 100_000;
        var run = Harness.Run("r1/0", deadlineSeconds: 2 * most * FakeProver.RenewEvery.TotalSeconds);
        var proof = await Harness.BeginProofAsync(run);
        run.Progress.ThenThrow(new TimeoutException())
            .Then(new RunProgress { Started = true, Report = FakeRun.Report(ReasonCode.Won, "p1") });
        for (var renewals = 0; run.Progress.Calls.Length < 3; renewals++)
        {
            Assert.True(renewals < most, $"The run was asked {run.Progress.Calls.Length} times in {renewals} renewals.");
            await Clock.PassAsync(FakeProver.RenewsAfter);
        }
        await Clock.TimerAsync(FakeProver.RenewsAfter);
        Assert.False(proof.Cancelled.Task.IsCompleted);
    }

    private static RenewAnswer Forgotten() => new() { Refusal = Refusal.Of(ReasonCode.SessionUnknown, "session") };

    private async Task<string> RunOfNextProofAsync() => (await Harness.Backend.NextAsync()).Input["input of ".Length..];
}
