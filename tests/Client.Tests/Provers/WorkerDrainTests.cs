using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Tests.Provers;

/// <summary>Stopping the worker.</summary>
public sealed class WorkerDrainTests : WorkerTestBase
{
    private FakeProver Prover => Harness.Prover;

    [Fact]
    public async Task An_idle_worker_says_goodbye_and_is_gone()
    {
        await Harness.StartAsync();
        await Harness.Worker.StopAsync(CancellationToken.None).Soon();
        Assert.Equal("session-1", Assert.Single(Prover.Disconnects.Calls));
        Assert.Equal(0, Harness.Grains.References);
        await Events.NextAsync(ProverEventKind.Disconnected);
    }

    [Fact]
    public async Task A_draining_worker_finishes_what_it_has_and_takes_nothing_new()
    {
        await Harness.StartAsync();
        var (running, waiting, late) = (Harness.Run("running/0"), Harness.Run("waiting/0"), Harness.Run("late/0"));
        var proof = await Harness.BeginProofAsync(running);
        await Harness.InviteAsync(waiting);
        await Events.NextAsync(ProverEventKind.Queued);

        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        await Events.NextAsync(ProverEventKind.Draining);
        Assert.Equal("session-1", await Prover.Drains.NextAsync());
        await Harness.InviteAsync(late);
        Assert.False(stopping.IsCompleted);
        proof.Complete();
        await stopping.Soon();

        await Events.NextAsync(ProverEventKind.Won);
        Assert.Single(running.Submissions.Calls);
        Assert.Empty(waiting.Joins.Calls);
        Assert.Empty(late.Joins.Calls);
        Assert.Single(Prover.Disconnects.Calls);
    }

    [Fact]
    public async Task The_session_is_renewed_while_the_worker_drains()
    {
        await Harness.StartAsync();
        var proof = await Harness.BeginProofAsync(Harness.Run("r1/0"));
        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        await Prover.Renewals.NextAsync(); // with the message that it drains
        await Clock.PassAsync(FakeProver.RenewsAfter);
        await Prover.Renewals.NextAsync();
        proof.Complete();
        await stopping.Soon();
    }

    [Fact]
    public async Task A_worker_that_had_to_connect_again_while_draining_says_again_that_it_drains()
    {
        await Harness.StartAsync();
        var proof = await Harness.BeginProofAsync(Harness.Run("r1/0"));
        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        await Prover.Drains.NextAsync();
        await Prover.Renewals.NextAsync();
        Prover.Renewals.Then(new RenewAnswer { Refusal = Refusal.Of(ReasonCode.SessionUnknown, "session") });
        await Clock.PassAsync(FakeProver.RenewsAfter);
        await Prover.Drains.NextAsync();
        proof.Complete();
        await stopping.Soon();
    }

    [Fact]
    public async Task What_is_not_done_within_the_drain_timeout_is_cancelled_and_given_back()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        var proof = await Harness.BeginProofAsync(run);
        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        await Clock.PassAsync(TimeSpan.FromSeconds(20));
        await proof.Cancelled.Task.Soon();
        await stopping.Soon();
        Assert.Equal(("p1", "session-1", ReasonCode.WorkerDraining), Assert.Single(run.Declines.Calls));
        await Events.NextAsync(ProverEventKind.GivenBack);
        Assert.Single(Prover.Disconnects.Calls);
    }

    [Fact]
    public async Task A_lease_that_is_reserved_and_not_taken_up_yet_is_declined_at_once()
    {
        await Harness.StartAsync();
        var proof = await Harness.BeginProofAsync(Harness.Run("r1/0"));
        var reserved = Harness.Run("r2/0");
        reserved.Invitation = reserved.Invitation with { Kind = InvitationKind.Assigned, AnswerBy = Clock.Now.AddSeconds(5) };
        await Harness.InviteAsync(reserved);
        await Events.NextAsync(ProverEventKind.Queued);
        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        Assert.Equal(ReasonCode.WorkerDraining, (await reserved.Declines.NextAsync()).Reason);
        proof.Complete();
        await stopping.Soon();
        Assert.Empty(reserved.Joins.Calls);
    }

    [Fact]
    public async Task A_host_in_a_hurry_cuts_the_drain_short()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        var proof = await Harness.BeginProofAsync(run);
        using var hurry = new CancellationTokenSource();
        var stopping = Harness.Worker.StopAsync(hurry.Token);
        await Events.NextAsync(ProverEventKind.Draining);
        await hurry.CancelAsync();
        await proof.Cancelled.Task.Soon();
        await run.Declines.NextAsync();
        await stopping.Soon();
        await Harness.Worker.ExecuteTask!.Soon();
    }

    [Fact]
    public async Task A_lease_that_was_being_taken_when_time_ran_out_is_given_back_too()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Joins.ThenHang();
        await Harness.InviteAsync(run);
        await run.Joins.NextAsync();
        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        await Clock.PassAsync(TimeSpan.FromSeconds(20));
        await stopping.Soon();
        Assert.Equal(ReasonCode.WorkerDraining, Assert.Single(run.Declines.Calls).Reason);
    }

    [Fact]
    public async Task A_join_that_is_refused_because_the_worker_drains_is_not_tried_again()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        var answer = run.Joins.ThenHang();
        await Harness.InviteAsync(run);
        await run.Joins.NextAsync();
        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        await Events.NextAsync(ProverEventKind.Draining);
        answer.SetResult(new JoinAnswer { Refusal = Refusal.Of(ReasonCode.ProverNotLive, "proverId") });
        await stopping.Soon();
        Assert.Single(run.Joins.Calls);
        Assert.Single(Prover.Connects.Calls);
    }

    [Fact]
    public async Task A_market_that_does_not_answer_holds_the_worker_up_for_the_leave_timeout_only()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        await Harness.BeginProofAsync(run);
        run.Declines.ThenHang();
        Prover.Disconnects.ThenHang();
        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        await Clock.PassAsync(TimeSpan.FromSeconds(20));
        await run.Declines.NextAsync();
        await Clock.PassAsync(TimeSpan.FromSeconds(5)); // giving back
        await Prover.Disconnects.NextAsync();
        await Clock.PassAsync(TimeSpan.FromSeconds(5)); // saying goodbye
        await stopping.Soon();
        Assert.Contains("could not be given back", (await Events.NextAsync(ProverEventKind.GivenBack)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proof_finished_at_the_last_moment_is_delivered_rather_than_given_back()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        var proof = await Harness.BeginProofAsync(run);
        var answer = run.Submissions.ThenHang();
        var stopping = Harness.Worker.StopAsync(CancellationToken.None);
        await Events.NextAsync(ProverEventKind.Draining);
        proof.Complete();
        await run.Submissions.NextAsync();
        await Clock.PassAsync(TimeSpan.FromSeconds(20));
        await Clock.TimerAsync(TimeSpan.FromSeconds(5));
        answer.SetResult(new SubmissionAnswer { Reward = Credits.Whole(1) });
        await stopping.Soon();
        await Events.NextAsync(ProverEventKind.Won);
        Assert.Empty(run.Declines.Calls);
    }
}
