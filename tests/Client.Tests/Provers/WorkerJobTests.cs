using System.Collections.Concurrent;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;
using Microsoft.Extensions.DependencyInjection;

namespace ProvingMarket.Client.Tests.Provers;

/// <summary>An invitation's way through the worker: decide, wait, join, prove, deliver.</summary>
public sealed class WorkerJobTests : IAsyncDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private readonly WorkerHarness _harness = new();

    private TestClock Clock => _harness.Clock;

    private EventRecorder Events => _harness.Events;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task An_invitation_is_joined_proved_delivered_and_paid()
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        var proof = await _harness.BeginProofAsync(run);
        Assert.Equal(("p1", "session-1"), run.Joins.Calls[0]);
        Assert.Equal(_harness.Circuit.ProgramId, proof.Job.ProgramId);
        Assert.Equal("input of r1/0", proof.Input);
        Assert.Equal(Path.Combine(_harness.Circuit.Folder, "circuit.zkey"), proof.Job.Artefacts[ArtefactRoles.ProvingKey]);
        Clock.Advance(TimeSpan.FromSeconds(3));
        proof.Complete();

        var won = await Events.NextAsync(ProverEventKind.Won);
        Assert.Equal((Credits.Whole(1), TimeSpan.FromSeconds(3), "r1/0"), (won.Reward, won.Proving, won.RunKey));
        var submission = Assert.Single(run.Submissions.Calls);
        Assert.Equal(("p1", "session-1", "the proof", "[]"), (submission.ProverId, submission.Session, submission.Proof.ToUtf8String(), submission.PublicInputs.ToUtf8String()));
        Assert.Equal(
            [ProverEventKind.Queued, ProverEventKind.Joined, ProverEventKind.Proving, ProverEventKind.Submitting, ProverEventKind.Won],
            Events.All.Where(happened => happened.RunKey == "r1/0").Select(happened => happened.Kind));
    }

    [Fact]
    public async Task A_lease_that_has_to_be_confirmed_is_confirmed_before_any_work_until_the_market_has_answered()
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        run.Assignment = run.Assignment with { ConfirmBy = Clock.Now.AddSeconds(10) };
        run.Confirmations.ThenThrow(new TimeoutException("lost"));
        await _harness.InviteAsync(run);
        await Clock.PassAsync(FirstRetry);
        var proof = await _harness.Backend.NextAsync();
        Assert.Equal<(string, string)>([("p1", "session-1"), ("p1", "session-1")], run.Confirmations.Calls);
        proof.Complete();
        await Events.NextAsync(ProverEventKind.Won);
    }

    [Fact]
    public async Task A_lease_that_lapsed_before_it_was_confirmed_is_not_worked_on()
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        run.Assignment = run.Assignment with { ConfirmBy = Clock.Now.AddSeconds(10) };
        run.Confirmations.Then(Refusal.Of(ReasonCode.LeaseMissing, "proverId", "a prover with a lease", "p1"));
        await _harness.InviteAsync(run);
        // The slot is free for the next.
        var next = await _harness.BeginProofAsync(_harness.Run("r2/0"));
        Assert.Equal("input of r2/0", next.Input);
        Assert.DoesNotContain(Events.All, happened => happened is { RunKey: "r1/0", Kind: ProverEventKind.Joined or ProverEventKind.Proving });
        Assert.Empty(run.Submissions.Calls);
    }

    [Fact]
    public async Task A_run_that_ended_here_is_not_taken_again_however_often_it_is_repeated()
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        (await _harness.BeginProofAsync(run)).Complete();
        await Events.NextAsync(ProverEventKind.Won);
        await _harness.InviteAsync(run);
        await _harness.BeginProofAsync(_harness.Run("r2/0"));
        Assert.Single(run.Joins.Calls);
    }

    [Fact]
    public async Task No_more_jobs_run_than_there_are_slots_and_the_earliest_deadline_goes_first()
    {
        _harness.Configure = options => options.Slots = 2;
        await _harness.StartAsync();
        var first = await _harness.BeginProofAsync(_harness.Run("first/0", 1000));
        var second = await _harness.BeginProofAsync(_harness.Run("second/0", 1000));
        foreach (var (key, deadline) in ((string, double)[])[("late/0", 400), ("soon/0", 200), ("middle/0", 300)])
        {
            await _harness.InviteAsync(_harness.Run(key, deadline));
            await Events.NextAsync(ProverEventKind.Queued);
        }
        first.Complete();
        Assert.Equal("input of soon/0", (await _harness.Backend.NextAsync()).Input);
        second.Complete();
        Assert.Equal("input of middle/0", (await _harness.Backend.NextAsync()).Input);
        Assert.Equal(2, _harness.Backend.MostAtOnce);
    }

    [Theory]
    [InlineData(ReasonCode.PriceBelowAsk)]
    [InlineData(ReasonCode.DeadlineTooSoon)]
    [InlineData(ReasonCode.ArtefactsMissing)]
    [InlineData(ReasonCode.BondAboveLimit)]
    public async Task An_unwanted_invitation_is_declined_with_its_reason_once(ReasonCode reason)
    {
        _harness.Configure = options => (options.AskPerUnit, options.MaxBond) = (Credits.Whole(1), Credits.Whole(1));
        await _harness.StartAsync();
        var run = _harness.Run("r1/0", reason == ReasonCode.DeadlineTooSoon ? 1.4 : 3600);
        run.Invitation = reason switch
        {
            ReasonCode.PriceBelowAsk => run.Invitation with { Reward = new Credits(999_999) },
            ReasonCode.ArtefactsMissing => run.Invitation with { ProgramId = new string('b', 64) },
            ReasonCode.BondAboveLimit => run.Invitation with { Bond = Credits.Whole(2) },
            _ => run.Invitation,
        };
        await _harness.InviteAsync(run);
        Assert.Equal(("p1", "session-1", reason), await run.Declines.NextAsync());
        await _harness.InviteAsync(run);
        await _harness.BeginProofAsync(_harness.Run("r2/0"));
        Assert.Single(run.Declines.Calls);
        Assert.Empty(run.Joins.Calls);
    }

    [Fact]
    public async Task An_invitation_that_waited_too_long_is_declined_when_its_turn_comes()
    {
        await _harness.StartAsync();
        var running = await _harness.BeginProofAsync(_harness.Run("r1/0"));
        var waiting = _harness.Run("r2/0", 10);
        await _harness.InviteAsync(waiting);
        await Events.NextAsync(ProverEventKind.Queued);
        Clock.Advance(TimeSpan.FromSeconds(9));
        running.Complete();
        Assert.Equal(ReasonCode.DeadlineTooSoon, (await waiting.Declines.NextAsync()).Reason);
        Assert.Empty(waiting.Joins.Calls);
    }

    [Fact]
    public async Task An_invitation_that_expires_in_the_queue_is_dropped()
    {
        await _harness.StartAsync();
        await _harness.BeginProofAsync(_harness.Run("r1/0"));
        await _harness.InviteAsync(_harness.Run("r2/0", 7));
        await Clock.PassAsync(TimeSpan.FromSeconds(7));
        Assert.Equal("r2/0", (await Events.NextAsync(ProverEventKind.Dropped)).RunKey);
    }

    [Fact]
    public async Task A_full_queue_keeps_the_earliest_deadlines()
    {
        _harness.Configure = options => options.QueueCapacity = 2;
        await _harness.StartAsync();
        await _harness.BeginProofAsync(_harness.Run("r0/0"));
        foreach (var (key, deadline) in ((string, double)[])[("r1/0", 200), ("r2/0", 300), ("r3/0", 100)])
        {
            await _harness.InviteAsync(_harness.Run(key, deadline));
            await Events.NextAsync(ProverEventKind.Queued);
        }
        Assert.Equal("r2/0", (await Events.NextAsync(ProverEventKind.Dropped)).RunKey);
    }

    [Fact]
    public async Task Joining_is_repeated_while_its_outcome_is_unknown()
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        run.Joins.ThenThrow(new TimeoutException()).ThenThrow(new SiloUnavailableException());
        await _harness.InviteAsync(run);
        await Clock.PassAsync(FirstRetry);
        await Clock.PassAsync(FirstRetry * 2);
        (await _harness.Backend.NextAsync()).Complete();
        await Events.NextAsync(ProverEventKind.Won);
        Assert.Equal(3, run.Joins.Calls.Length);
    }

    [Theory]
    [InlineData(ReasonCode.SlotsFull)]
    [InlineData(ReasonCode.RunFull)]
    [InlineData(ReasonCode.StakeInsufficient)]
    public async Task A_refusal_that_passes_is_tried_again_at_growing_intervals(ReasonCode code)
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        run.Joins.Then(RefuseToJoin(code)).Then(RefuseToJoin(code));
        await _harness.InviteAsync(run);
        await Clock.PassAsync(FirstRetry);
        await Clock.PassAsync(FirstRetry * 2);
        await _harness.Backend.NextAsync();
        Assert.Equal(2, Events.Count(ProverEventKind.JoinPostponed));
    }

    [Fact]
    public async Task A_run_that_is_put_off_does_not_hold_up_the_next()
    {
        await _harness.StartAsync();
        var full = _harness.Run("full/0", 100);
        full.Joins.Then(RefuseToJoin(ReasonCode.RunFull));
        await _harness.InviteAsync(full);
        await Events.NextAsync(ProverEventKind.JoinPostponed);
        Assert.Equal("input of other/0", (await _harness.BeginProofAsync(_harness.Run("other/0", 200))).Input);
    }

    [Fact]
    public async Task While_the_market_counts_the_slots_as_full_no_run_overtakes_another()
    {
        await _harness.StartAsync();
        var (soon, late) = (_harness.Run("soon/0", 100), _harness.Run("late/0", 200));
        soon.Joins.Then(RefuseToJoin(ReasonCode.SlotsFull)).Then(RefuseToJoin(ReasonCode.SlotsFull));
        await _harness.InviteAsync(soon);
        await Events.NextAsync(ProverEventKind.JoinPostponed);
        await _harness.InviteAsync(late);
        await Events.NextAsync(ProverEventKind.Queued);
        await Clock.PassAsync(FirstRetry);
        await Events.NextAsync(ProverEventKind.JoinPostponed);
        await Clock.PassAsync(FirstRetry * 2);
        Assert.Equal("input of soon/0", (await _harness.Backend.NextAsync()).Input);
        Assert.Empty(late.Joins.Calls);
    }

    [Theory]
    [InlineData(ReasonCode.RunWon)]
    [InlineData(ReasonCode.RunClosed)]
    [InlineData(ReasonCode.ProverExcluded)]
    [InlineData(ReasonCode.LeaseEnded)]
    public async Task A_refusal_for_good_ends_it(ReasonCode code)
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        run.Joins.Then(RefuseToJoin(code));
        await _harness.InviteAsync(run);
        Assert.Equal(code, (await Events.NextAsync(ProverEventKind.JoinRefused)).Reason);
        await _harness.InviteAsync(run);
        await _harness.BeginProofAsync(_harness.Run("r2/0"));
        Assert.Single(run.Joins.Calls);
    }

    [Fact]
    public async Task A_run_that_does_not_know_the_session_makes_the_worker_connect_again_and_then_join()
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        run.Joins.Then(RefuseToJoin(ReasonCode.SessionUnknown));
        await _harness.InviteAsync(run);
        await Events.NextAsync(ProverEventKind.Connected);
        await Clock.PassAsync(FirstRetry);
        await _harness.Backend.NextAsync();
        Assert.Equal(2, _harness.Prover.Connects.Calls.Length);
    }

    [Theory]
    [InlineData(ReasonCode.Outraced, ProverEventKind.Outraced)]
    [InlineData(ReasonCode.RunClosed, ProverEventKind.Closed)]
    [InlineData(ReasonCode.None, ProverEventKind.Closed)]
    public async Task An_order_to_stop_cancels_the_proof_at_once(ReasonCode reason, ProverEventKind outcome)
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        var proof = await _harness.BeginProofAsync(run);
        await _harness.StopWorkAsync(run, reason);
        await proof.Cancelled.Task.Soon();
        await Events.NextAsync(outcome);
        Assert.Empty(run.Submissions.Calls);
        Assert.Empty(run.Declines.Calls); // the lease has ended with the run
    }

    [Fact]
    public async Task An_order_to_stop_takes_a_waiting_invitation_out_of_the_queue()
    {
        await _harness.StartAsync();
        var running = await _harness.BeginProofAsync(_harness.Run("r1/0"));
        var (over, next) = (_harness.Run("over/0", 100), _harness.Run("next/0", 200));
        await _harness.InviteAsync(over);
        await _harness.InviteAsync(next);
        await Events.NextAsync(ProverEventKind.Queued);
        await Events.NextAsync(ProverEventKind.Queued);
        await _harness.StopWorkAsync(over);
        running.Complete();
        Assert.Equal("input of next/0", (await _harness.Backend.NextAsync()).Input);
        Assert.Empty(over.Joins.Calls);
    }

    [Fact]
    public async Task A_proof_that_is_being_delivered_when_the_order_to_stop_comes_is_delivered()
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        var proof = await _harness.BeginProofAsync(run);
        var answer = run.Submissions.ThenHang();
        proof.Complete();
        await run.Submissions.NextAsync();
        await _harness.StopWorkAsync(run);
        answer.SetResult(new SubmissionAnswer { Reward = Credits.Whole(1) });
        await Events.NextAsync(ProverEventKind.Won);
    }

    [Fact]
    public async Task A_proof_whose_delivery_has_an_unknown_outcome_is_delivered_again()
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        var proof = await _harness.BeginProofAsync(run);
        run.Submissions.ThenThrow(new TimeoutException()).ThenThrow(new SiloUnavailableException());
        proof.Complete();
        await Clock.PassAsync(FirstRetry);
        await Clock.PassAsync(FirstRetry * 2);
        await Events.NextAsync(ProverEventKind.Won);
        Assert.Equal(3, run.Submissions.Calls.Length);
        Assert.Single(run.Submissions.Calls.Distinct());
    }

    [Fact]
    public async Task Delivery_is_given_up_at_the_deadline()
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0", 10);
        var proof = await _harness.BeginProofAsync(run);
        run.Submissions.Usual = _ => throw new SiloUnavailableException();
        proof.Complete();
        await Events.NextAsync(ProverEventKind.Submitting);
        await Clock.TimerAsync(FirstRetry);
        Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Contains("may have been accepted", (await Events.NextAsync(ProverEventKind.Late)).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ReasonCode.RunWon, ProverEventKind.Outraced)]
    [InlineData(ReasonCode.RunClosed, ProverEventKind.Closed)]
    [InlineData(ReasonCode.ProofLate, ProverEventKind.Late)]
    [InlineData(ReasonCode.ProofInvalid, ProverEventKind.Failed)]
    [InlineData(ReasonCode.LeaseMissing, ProverEventKind.Failed)]
    public async Task A_proof_that_is_refused_ends_with_the_reason(ReasonCode code, ProverEventKind outcome)
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        run.Submissions.Then(new SubmissionAnswer { Refusal = Refusal.Of(code, "proof") });
        (await _harness.BeginProofAsync(run)).Complete();
        Assert.Equal(code, (await Events.NextAsync(outcome)).Reason);
        Assert.Single(run.Submissions.Calls);
    }

    [Theory]
    [InlineData(ProverFailureReason.Crashed, ReasonCode.ProvingFailed)]
    [InlineData(ProverFailureReason.InputRejected, ReasonCode.ProvingFailed)]
    [InlineData(ProverFailureReason.ArtefactInvalid, ReasonCode.ArtefactsMissing)]
    public async Task A_backend_that_fails_gives_the_lease_back_and_frees_the_slot(ProverFailureReason failure, ReasonCode reason)
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        run.Declines.ThenThrow(new TimeoutException());
        (await _harness.BeginProofAsync(run)).Fail(failure);
        await Clock.PassAsync(FirstRetry);
        Assert.Equal(reason, (await Events.NextAsync(ProverEventKind.Failed)).Reason);
        Assert.Equal([("p1", "session-1", reason), ("p1", "session-1", reason)], run.Declines.Calls.AsEnumerable());
        await _harness.BeginProofAsync(_harness.Run("r2/0"));
    }

    [Fact]
    public async Task A_backend_that_throws_is_a_failure_like_any_other()
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        (await _harness.BeginProofAsync(run)).Result.SetException(new InvalidDataException("a bug"));
        await Events.NextAsync(ProverEventKind.Failed);
        Assert.Equal(ReasonCode.ProvingFailed, Assert.Single(run.Declines.Calls).Reason);
    }

    [Fact]
    public async Task An_assignment_with_artefacts_that_are_not_here_is_given_back()
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        run.Assignment = run.Assignment with
        {
            Program = run.Assignment.Program with { Artefacts = [new ProgramArtefact { Role = "zkey", Sha256 = new string('0', 64), Size = 1 }] },
        };
        await _harness.InviteAsync(run);
        Assert.Equal(ReasonCode.ArtefactsMissing, (await run.Declines.NextAsync()).Reason);
        await Events.NextAsync(ProverEventKind.Failed);
    }

    [Theory]
    [InlineData(10)] // of the invitation
    [InlineData(4)] // an earlier one of the assignment
    public async Task The_proof_is_cancelled_when_the_deadline_has_passed(double leaseSeconds)
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0", 10);
        run.Assignment = run.Assignment with { Deadline = Clock.Now.AddSeconds(leaseSeconds) };
        var proof = await _harness.BeginProofAsync(run);
        await Clock.PassAsync(TimeSpan.FromSeconds(leaseSeconds));
        await proof.Cancelled.Task.Soon();
        await Events.NextAsync(ProverEventKind.Late);
        Assert.Empty(run.Submissions.Calls);
    }

    [Fact]
    public async Task A_worker_that_turned_out_slower_than_it_declared_takes_only_what_it_can_do()
    {
        await _harness.StartAsync();
        var proof = await _harness.BeginProofAsync(_harness.Run("r1/0"));
        Clock.Advance(TimeSpan.FromSeconds(20));
        proof.Complete();
        await Events.NextAsync(ProverEventKind.Won);
        var tooSoon = _harness.Run("r2/0", 20.4);
        await _harness.InviteAsync(tooSoon);
        Assert.Equal(ReasonCode.DeadlineTooSoon, (await tooSoon.Declines.NextAsync()).Reason);
        await _harness.BeginProofAsync(_harness.Run("r3/0", 20.5));
    }

    [Fact]
    public async Task An_outage_in_the_middle_of_a_proof_does_not_touch_it()
    {
        await _harness.StartAsync();
        var run = _harness.Run("r1/0");
        var proof = await _harness.BeginProofAsync(run);
        _harness.Prover.Renewals.ThenThrow(new SiloUnavailableException()).Then(new RenewAnswer { Refusal = Refusal.Of(ReasonCode.SessionUnknown, "session") });
        await Clock.PassAsync(FakeProver.RenewsAfter);
        await Clock.PassAsync(FirstRetry);
        await Clock.PassAsync(FirstRetry * 2); // the session had not been renewed yet, so it could have been taken over
        await Events.NextAsync(ProverEventKind.Connected);
        Assert.False(proof.Cancelled.Task.IsCompleted);
        proof.Complete();
        await Events.NextAsync(ProverEventKind.Won);
        Assert.Equal("session-1", Assert.Single(run.Submissions.Calls).Session);
    }

    [Fact]
    public async Task A_policy_of_ones_own_decides_and_a_broken_one_declines()
    {
        _harness.ConfigureServices = services => services.AddSingleton<IJobPolicy>(new OddPolicy());
        await _harness.StartAsync();
        var (declined, broken) = (_harness.Run("declined/0"), _harness.Run("broken/0"));
        await _harness.InviteAsync(declined);
        Assert.Equal(ReasonCode.HardwareMissing, (await declined.Declines.NextAsync()).Reason);
        await _harness.InviteAsync(broken);
        Assert.Equal(ReasonCode.ProvingFailed, (await broken.Declines.NextAsync()).Reason);
        await _harness.BeginProofAsync(_harness.Run("taken/0"));
    }

    [Fact]
    public async Task A_listener_that_fails_disturbs_nobody()
    {
        _harness.ConfigureServices = services => services.AddSingleton<IProverEvents>(new BrokenListener());
        await _harness.StartAsync();
        (await _harness.BeginProofAsync(_harness.Run("r1/0"))).Complete();
        await Events.NextAsync(ProverEventKind.Won);
    }

    [Fact]
    public async Task The_meter_counts_jobs_by_outcome_with_money_and_time()
    {
        await _harness.StartAsync();
        var measured = new ConcurrentQueue<string>();
        using var joined = Listen(ProverMetrics.Joined);
        using var ended = Listen(ProverMetrics.Ended);
        using var earned = Listen(ProverMetrics.Earned);
        using var declined = Listen(ProverMetrics.Declined);
        using var duration = Listen(ProverMetrics.ProvingDuration);

        var won = await _harness.BeginProofAsync(_harness.Run("r1/0"));
        Clock.Advance(TimeSpan.FromSeconds(2));
        won.Complete();
        await Events.NextAsync(ProverEventKind.Won);
        var lost = _harness.Run("r2/0");
        await _harness.BeginProofAsync(lost);
        await _harness.StopWorkAsync(lost);
        await Events.NextAsync(ProverEventKind.Outraced);
        await _harness.InviteAsync(_harness.Run("r3/0", 1));
        await Events.NextAsync(ProverEventKind.Declined);

        string[] expected =
        [
            "joined 1 prover=p1", "proving.duration 2 prover=p1 outcome=proved", "ended 1 prover=p1 outcome=won", "earned 1000000 prover=p1",
            "joined 1 prover=p1", "proving.duration 0 prover=p1 outcome=stopped", "ended 1 prover=p1 outcome=outraced",
            "declined 1 prover=p1 reason=DeadlineTooSoon",
        ];
        Assert.Equal(expected.Order(), measured.Order());

        IDisposable Listen(string instrument) => _harness.Listen(
            instrument,
            (value, tags) => measured.Enqueue($"{instrument.Replace("provingmarket.prover.", "", StringComparison.Ordinal).Replace("jobs.", "", StringComparison.Ordinal).Replace("invitations.", "", StringComparison.Ordinal)} {value} {tags}"));
    }

    private static JoinAnswer RefuseToJoin(ReasonCode code) => new() { Refusal = Refusal.Of(code, "run") };

    private sealed class OddPolicy : IJobPolicy
    {
        public JobDecision Consider(Invitation invitation, JobOutlook outlook) => invitation.RunKey switch
        {
            "declined/0" => JobDecision.Decline(ReasonCode.HardwareMissing),
            "broken/0" => throw new InvalidDataException("a bug"),
            _ => JobDecision.Take,
        };
    }

    private sealed class BrokenListener : IProverEvents
    {
        public void OnEvent(ProverEvent happened) => throw new InvalidDataException("a bug");
    }
}
