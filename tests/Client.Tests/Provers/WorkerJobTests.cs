using System.Collections.Concurrent;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;
using Microsoft.Extensions.DependencyInjection;

namespace ProvingMarket.Client.Tests.Provers;

/// <summary>Which work a worker takes, and when: decisions, the queue, slots; and one whole way from the invitation to the payment.</summary>
public sealed class WorkerJobTests : WorkerTestBase
{
    [Fact]
    public async Task An_invitation_is_joined_proved_delivered_and_paid()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        var proof = await Harness.BeginProofAsync(run);
        Assert.Equal(("p1", "session-1"), run.Joins.Calls[0]);
        Assert.Equal(Harness.Circuit.ProgramId, proof.Job.ProgramId);
        Assert.Equal("input of r1/0", proof.Input);
        Assert.Equal(Path.Combine(Harness.Circuit.Folder, "circuit.zkey"), proof.Job.Artefacts[ArtefactRoles.ProvingKey]);
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
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Assignment = run.Assignment with { ConfirmBy = Clock.Now.AddSeconds(10) };
        run.Confirmations.ThenThrow(new TimeoutException("lost"));
        await Harness.InviteAsync(run);
        await Clock.PassAsync(FirstRetry);
        var proof = await Harness.Backend.NextAsync();
        Assert.Equal<(string, string)>([("p1", "session-1"), ("p1", "session-1")], run.Confirmations.Calls);
        proof.Complete();
        await Events.NextAsync(ProverEventKind.Won);
    }

    [Fact]
    public async Task A_lease_that_lapsed_before_it_was_confirmed_is_not_worked_on()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Assignment = run.Assignment with { ConfirmBy = Clock.Now.AddSeconds(10) };
        run.Confirmations.Then(Refusal.Of(ReasonCode.LeaseMissing, "proverId", "a prover with a lease", "p1"));
        await Harness.InviteAsync(run);
        // The slot is free for the next.
        var next = await Harness.BeginProofAsync(Harness.Run("r2/0"));
        Assert.Equal("input of r2/0", next.Input);
        Assert.DoesNotContain(Events.All, happened => happened is { RunKey: "r1/0", Kind: ProverEventKind.Joined or ProverEventKind.Proving });
        Assert.Empty(run.Submissions.Calls);
    }

    [Fact]
    public async Task A_run_that_ended_here_is_not_taken_again_however_often_it_is_repeated()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        (await Harness.BeginProofAsync(run)).Complete();
        await Events.NextAsync(ProverEventKind.Won);
        await Harness.InviteAsync(run);
        await Harness.BeginProofAsync(Harness.Run("r2/0"));
        Assert.Single(run.Joins.Calls);
    }

    [Fact]
    public async Task No_more_jobs_run_than_there_are_slots_and_the_earliest_deadline_goes_first()
    {
        Harness.Configure = options => options.Slots = 2;
        await Harness.StartAsync();
        var first = await Harness.BeginProofAsync(Harness.Run("first/0", 1000));
        var second = await Harness.BeginProofAsync(Harness.Run("second/0", 1000));
        foreach (var (key, deadline) in ((string, double)[])[("late/0", 400), ("soon/0", 200), ("middle/0", 300)])
        {
            await Harness.InviteAsync(Harness.Run(key, deadline));
            await Events.NextAsync(ProverEventKind.Queued);
        }
        first.Complete();
        Assert.Equal("input of soon/0", (await Harness.Backend.NextAsync()).Input);
        second.Complete();
        Assert.Equal("input of middle/0", (await Harness.Backend.NextAsync()).Input);
        Assert.Equal(2, Harness.Backend.MostAtOnce);
    }

    [Theory]
    [InlineData(ReasonCode.PriceBelowAsk)]
    [InlineData(ReasonCode.DeadlineTooSoon)]
    [InlineData(ReasonCode.ArtefactsMissing)]
    [InlineData(ReasonCode.BondAboveLimit)]
    public async Task An_unwanted_invitation_is_declined_with_its_reason_once(ReasonCode reason)
    {
        Harness.Configure = options => (options.AskPerUnit, options.MaxBond) = (Credits.Whole(1), Credits.Whole(1));
        await Harness.StartAsync();
        var run = Harness.Run("r1/0", reason == ReasonCode.DeadlineTooSoon ? 1.4 : 3600);
        run.Invitation = reason switch
        {
            ReasonCode.PriceBelowAsk => run.Invitation with { Reward = new Credits(999_999) },
            ReasonCode.ArtefactsMissing => run.Invitation with { ProgramId = new string('b', 64) },
            ReasonCode.BondAboveLimit => run.Invitation with { Bond = Credits.Whole(2) },
            _ => run.Invitation,
        };
        await Harness.InviteAsync(run);
        Assert.Equal(("p1", "session-1", reason), await run.Declines.NextAsync());
        await Harness.InviteAsync(run);
        await Harness.BeginProofAsync(Harness.Run("r2/0"));
        Assert.Single(run.Declines.Calls);
        Assert.Empty(run.Joins.Calls);
    }

    [Fact]
    public async Task An_invitation_that_waited_too_long_is_declined_when_its_turn_comes()
    {
        await Harness.StartAsync();
        var running = await Harness.BeginProofAsync(Harness.Run("r1/0"));
        var waiting = Harness.Run("r2/0", 10);
        await Harness.InviteAsync(waiting);
        await Events.NextAsync(ProverEventKind.Queued);
        Clock.Advance(TimeSpan.FromSeconds(9));
        running.Complete();
        Assert.Equal(ReasonCode.DeadlineTooSoon, (await waiting.Declines.NextAsync()).Reason);
        Assert.Empty(waiting.Joins.Calls);
    }

    [Fact]
    public async Task An_invitation_that_expires_in_the_queue_is_dropped()
    {
        await Harness.StartAsync();
        await Harness.BeginProofAsync(Harness.Run("r1/0"));
        await Harness.InviteAsync(Harness.Run("r2/0", 7));
        await Clock.PassAsync(TimeSpan.FromSeconds(7));
        Assert.Equal("r2/0", (await Events.NextAsync(ProverEventKind.Dropped)).RunKey);
    }

    [Fact]
    public async Task An_invitation_that_expires_while_the_worker_looks_around_is_dropped_all_the_same()
    {
        await Harness.StartAsync();
        await Harness.BeginProofAsync(Harness.Run("r1/0"));
        await Harness.InviteAsync(Harness.Run("r2/0", 7.0005));
        await Clock.TimerAsync(TimeSpan.FromMilliseconds(7001));
        Clock.Advance(TimeSpan.FromSeconds(7));
        // Something wakes the worker just before it expires, and time goes on while it looks.
        var looked = Clock.AdvanceAfterNextReading(TimeSpan.FromMilliseconds(0.5));
        await Harness.StopWorkAsync(Harness.Run("another/0"));
        await looked.Soon();
        await Clock.PassAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal("r2/0", (await Events.NextAsync(ProverEventKind.Dropped)).RunKey);
    }

    [Fact]
    public async Task A_lease_that_is_reserved_goes_before_what_is_open_to_all()
    {
        await Harness.StartAsync();
        var first = await Harness.BeginProofAsync(Harness.Run("first/0"));
        var (open, assigned) = (Harness.Run("open/0", 200), Harness.Run("assigned/0", 300));
        assigned.Invitation = assigned.Invitation with { Kind = InvitationKind.Assigned, AnswerBy = Clock.Now.AddSeconds(5) };
        foreach (var run in (FakeRun[])[open, assigned])
        {
            await Harness.InviteAsync(run);
            await Events.NextAsync(ProverEventKind.Queued);
        }
        first.Complete();
        Assert.Equal("input of assigned/0", (await Harness.Backend.NextAsync()).Input);
    }

    [Fact]
    public async Task A_lease_that_is_reserved_is_declined_for_what_it_still_waits_for_when_its_answer_is_due()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Invitation = run.Invitation with { Kind = InvitationKind.Assigned, AnswerBy = Clock.Now.AddMilliseconds(520) };
        run.Joins.Then(new JoinAnswer { Refusal = Refusal.Of(ReasonCode.StakeInsufficient, "stake") });
        await Harness.InviteAsync(run);
        await Clock.PassAsync(TimeSpan.FromMilliseconds(20));
        Assert.Equal(ReasonCode.StakeInsufficient, (await run.Declines.NextAsync()).Reason);
        Assert.Single(run.Joins.Calls);
    }

    [Fact]
    public async Task A_full_queue_keeps_the_earliest_deadlines()
    {
        Harness.Configure = options => options.QueueCapacity = 2;
        await Harness.StartAsync();
        await Harness.BeginProofAsync(Harness.Run("r0/0"));
        foreach (var (key, deadline) in ((string, double)[])[("r1/0", 200), ("r2/0", 300), ("r3/0", 100)])
        {
            await Harness.InviteAsync(Harness.Run(key, deadline));
            await Events.NextAsync(ProverEventKind.Queued);
        }
        Assert.Equal("r2/0", (await Events.NextAsync(ProverEventKind.Dropped)).RunKey);
    }

    [Fact]
    public async Task A_policy_of_ones_own_decides_and_a_broken_one_declines()
    {
        Harness.ConfigureServices = services => services.AddSingleton<IJobPolicy>(new OddPolicy());
        await Harness.StartAsync();
        var (declined, broken) = (Harness.Run("declined/0"), Harness.Run("broken/0"));
        await Harness.InviteAsync(declined);
        Assert.Equal(ReasonCode.HardwareMissing, (await declined.Declines.NextAsync()).Reason);
        await Harness.InviteAsync(broken);
        Assert.Equal(ReasonCode.ProvingFailed, (await broken.Declines.NextAsync()).Reason);
        await Harness.BeginProofAsync(Harness.Run("taken/0"));
    }

    [Fact]
    public async Task A_listener_that_fails_disturbs_nobody()
    {
        Harness.ConfigureServices = services => services.AddSingleton<IProverEvents>(new BrokenListener());
        await Harness.StartAsync();
        (await Harness.BeginProofAsync(Harness.Run("r1/0"))).Complete();
        await Events.NextAsync(ProverEventKind.Won);
    }

    [Fact]
    public async Task The_meter_counts_jobs_by_outcome_with_money_and_time()
    {
        await Harness.StartAsync();
        var measured = new ConcurrentQueue<string>();
        using var joined = Listen(ProverMetrics.Joined);
        using var ended = Listen(ProverMetrics.Ended);
        using var earned = Listen(ProverMetrics.Earned);
        using var declined = Listen(ProverMetrics.Declined);
        using var duration = Listen(ProverMetrics.ProvingDuration);

        var won = await Harness.BeginProofAsync(Harness.Run("r1/0"));
        Clock.Advance(TimeSpan.FromSeconds(2));
        won.Complete();
        await Events.NextAsync(ProverEventKind.Won);
        var lost = Harness.Run("r2/0");
        await Harness.BeginProofAsync(lost);
        await Harness.StopWorkAsync(lost);
        await Events.NextAsync(ProverEventKind.Outraced);
        await Harness.InviteAsync(Harness.Run("r3/0", 1));
        await Events.NextAsync(ProverEventKind.Declined);

        string[] expected =
        [
            "joined 1 prover=p1", "proving.duration 2 prover=p1 outcome=proved", "ended 1 prover=p1 outcome=won", "earned 1000000 prover=p1",
            "joined 1 prover=p1", "proving.duration 0 prover=p1 outcome=stopped", "ended 1 prover=p1 outcome=outraced",
            "declined 1 prover=p1 reason=DeadlineTooSoon",
        ];
        Assert.Equal(expected.Order(), measured.Order());

        IDisposable Listen(string instrument) => Harness.Listen(
            instrument,
            (value, tags) => measured.Enqueue($"{instrument.Replace("provingmarket.prover.", "", StringComparison.Ordinal).Replace("jobs.", "", StringComparison.Ordinal).Replace("invitations.", "", StringComparison.Ordinal)} {value} {tags}"));
    }

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
