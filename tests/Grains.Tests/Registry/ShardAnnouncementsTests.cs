using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Registry;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Registry;

public sealed class ShardAnnouncementsTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    private readonly ShardAnnouncements _announcements = new(Second * 30, Start);
    private readonly Dictionary<string, ProverSession> _sessions = [];
    private readonly Dictionary<string, Worker> _workers = [];

    [Fact]
    public async Task Everybody_is_told_once_however_often_a_run_is_announced()
    {
        Connect("p1", "p2");
        Assert.Equal("p1", Assert.Single(await AnnounceAsync("r1/0", "p1")));
        Assert.Equal(["p1", "p2"], (await AnnounceAsync("r1/0", "p1", "p2")).Order());
        Assert.Equal(["p1", "p2"], (await AnnounceAsync("r1/0", "p1", "p2")).Order());
        Assert.Equal(["r1/0"], _workers["p1"].Invited);
        Assert.Equal(["r1/0"], _workers["p2"].Invited);
    }

    [Fact]
    public async Task Who_is_eligible_and_has_no_session_is_told_when_it_has_one()
    {
        Assert.Empty(await AnnounceAsync("r1/0", "p1"));
        Connect("p1");
        Assert.Equal("p1", Assert.Single(await AnnounceAsync("r1/0", "p1")));
    }

    /// <summary>The race to rescue an auction is another invitation to the same run.</summary>
    [Fact]
    public async Task Who_is_invited_later_is_invited_on_the_terms_of_then()
    {
        Connect("p1", "p2");
        await AnnounceAsync("r1/0", "p1");
        await _announcements.AnnounceAsync(InvitationTo("r1/0") with { Reward = Credits(5) }, ["p1", "p2"], _sessions, Start);
        Assert.Equal(("r1/0", Credits(5)), (Assert.Single(_workers["p2"].Invited), _workers["p2"].Reward));
        Assert.Equal(("r1/0", Credits(1)), (Assert.Single(_workers["p1"].Invited), _workers["p1"].Reward));
        Assert.Equal(Credits(5), Assert.Single(_announcements.Of("p1", Start).Invitations).Reward);
    }

    [Fact]
    public async Task A_run_that_is_over_stops_those_who_were_told_but_those_who_hear_it_elsewhere()
    {
        Connect("p1", "p2", "p3");
        await AnnounceAsync("r1/0", "p1", "p2");
        await WithdrawAsync("r1/0", "p2");
        await WithdrawAsync("r1/0");
        Assert.Equal(["r1/0"], _workers["p1"].Stopped);
        Assert.Empty(_workers["p2"].Stopped);
        Assert.Empty(_workers["p3"].Stopped);
        Assert.Equal((0, 1), Known("p1", Start));
        Assert.Equal((0, 0), Known("p2", Start));
        Assert.Equal(1, _announcements.TallyOf("p1").Ended[ReasonCode.Outraced]);
        Assert.Empty(_announcements.TallyOf("p2").Ended);
    }

    [Fact]
    public async Task A_winner_is_not_told_to_stop_and_is_not_invited_any_more()
    {
        Connect("p1", "p2");
        await AnnounceAsync("r1/0", "p1", "p2");
        for (var i = 0; i < 2; i++)
            await _announcements.WithdrawAsync(new StopWork { RunKey = "r1/0", Reason = ReasonCode.Outraced, Winners = ["p1", "p3"] }, [], _sessions, Start);
        Assert.Empty(_workers["p1"].Stopped);
        Assert.Equal(["r1/0"], _workers["p2"].Stopped);
        Assert.Equal((0, 0), Known("p1", Start));
        Assert.Equal((0, 1), Known("p2", Start));
        Assert.Equal((ReasonCode.Won, 1), _announcements.TallyOf("p1").Ended.Select(ended => (ended.Key, ended.Value)).Single());
        Assert.Empty(_announcements.TallyOf("p3").Ended);
    }

    [Fact]
    public async Task An_announcement_that_comes_after_the_end_is_ignored()
    {
        Connect("p1");
        await WithdrawAsync("r1/0");
        Assert.Empty(await AnnounceAsync("r1/0", "p1"));
        Assert.Empty(_workers["p1"].Invited);
        Assert.Equal((0, 0), Known("p1", Start));
    }

    [Fact]
    public async Task Nobody_is_invited_any_more_while_everybody_is_being_stopped()
    {
        var provers = Enumerable.Range(0, 200).Select(i => $"p{i:000}").ToArray();
        Connect(provers);
        // As in a grain: turns one at a time, so that the end comes while the first provers are being told.
        var turns = new TaskFactory(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
        var (announced, withdrawn) = await turns.StartNew(() => (AnnounceAsync("r1/0", [.. provers]), WithdrawAsync("r1/0")));
        Assert.Empty(await announced);
        await withdrawn;
        var invited = _workers.Where(worker => worker.Value.Invited.Count > 0).Select(worker => worker.Key).ToHashSet();
        Assert.InRange(invited.Count, 1, provers.Length - 1);
        Assert.True(invited.SetEquals(_workers.Where(worker => worker.Value.Stopped.Count > 0).Select(worker => worker.Key)));
    }

    [Fact]
    public async Task What_was_announced_expires_with_its_deadline_and_a_stop_after_its_time()
    {
        Connect("p1");
        await AnnounceAsync("r1/0", "p1");
        await AnnounceAsync("r2/0", "p1");
        await WithdrawAsync("r2/0");
        Assert.Equal((1, 1), Known("p1", Start + (Second * 29)));
        Assert.Equal((1, 0), Known("p1", Start + (Second * 30)));
        Assert.Equal((0, 0), Known("p1", Start + HardIn));
        Assert.Empty(await _announcements.AnnounceAsync(InvitationTo("r1/0"), ["p1"], _sessions, Start + HardIn));
    }

    /// <summary>A run without a proof is over when its deadline has passed: nobody is told, and nobody remembers it.</summary>
    [Fact]
    public async Task A_run_that_is_over_after_its_deadline_leaves_nothing_with_those_who_were_told()
    {
        Connect("p1");
        await AnnounceAsync("r1/0", "p1");
        Assert.Equal(1, _announcements.KeptFor("p1"));
        // Not looked through since its deadline.
        await AnnounceAsync("r2/0", "p1");
        await _announcements.WithdrawAsync(new StopWork { RunKey = "none", Reason = ReasonCode.RunClosed }, [], _sessions, Start + HardIn - Second);
        await _announcements.WithdrawAsync(new StopWork { RunKey = "r1/0", Reason = ReasonCode.RunClosed }, [], _sessions, Start + HardIn);
        Assert.Empty(_workers["p1"].Stopped);
        Assert.Equal(1, _announcements.KeptFor("p1"));
    }

    /// <summary>What was forgotten of a run does not take away what was announced of it later.</summary>
    [Fact]
    public async Task A_run_that_is_announced_again_after_its_stop_is_forgotten_is_kept_until_its_own_deadline()
    {
        Connect("p1");
        await AnnounceAsync("r1/0", "p1");
        await WithdrawAsync("r1/0");
        await _announcements.AnnounceAsync(InvitationTo("r1/0") with { HardDeadline = Start + (HardIn * 2) }, ["p1"], _sessions, Start + (Second * 31));
        await _announcements.AnnounceAsync(InvitationTo("r2/0") with { HardDeadline = Start + (HardIn * 2) }, ["p1"], _sessions, Start + HardIn);
        await _announcements.AnnounceAsync(InvitationTo("r1/0") with { HardDeadline = Start + (HardIn * 2) }, ["p1"], _sessions, Start + HardIn);
        Assert.Equal(["r1/0", "r1/0", "r2/0"], _workers["p1"].Invited);
    }

    /// <summary>Most requests end long before their deadline: what is kept of their runs must not wait for it.</summary>
    [Fact]
    public async Task Runs_that_are_over_are_not_kept_until_their_deadlines()
    {
        Connect("p1");
        for (var second = 0; second < 200; second++)
        {
            var (run, now) = ($"r{second}/0", Start + (Second * second));
            await _announcements.AnnounceAsync(InvitationTo(run) with { HardDeadline = Start.AddDays(1) }, ["p1"], _sessions, now);
            await _announcements.WithdrawAsync(new StopWork { RunKey = run, Reason = ReasonCode.Outraced, Winners = ["p1"] }, [], _sessions, now);
        }
        Assert.InRange(_announcements.Kept, 30, 61);
        await _announcements.AnnounceAsync(InvitationTo("open/0") with { HardDeadline = Start.AddDays(1) }, ["p1"], _sessions, Start + (Second * 200));
        await _announcements.AnnounceAsync(InvitationTo("last/0") with { HardDeadline = Start.AddDays(1) }, ["p1"], _sessions, Start + (Second * 300));
        Assert.Equal(2, _announcements.Kept);
        Assert.Equal(["open/0", "last/0"], _announcements.Of("p1", Start.AddDays(1) - Second).Invitations.Select(invitation => invitation.RunKey));
    }

    private void Connect(params string[] provers)
    {
        foreach (var prover in provers)
        {
            _workers[prover] = new Worker();
            _sessions[prover] = new ProverSession { Presence = new ProverPresence { Session = "s1", LiveUntil = DateTimeOffset.MaxValue }, Observer = _workers[prover] };
        }
    }

    private Task<ImmutableArray<string>> AnnounceAsync(string runKey, params ImmutableArray<string> eligible) =>
        _announcements.AnnounceAsync(InvitationTo(runKey), eligible, _sessions, Start);

    private Task WithdrawAsync(string runKey, params ImmutableArray<string> except) =>
        _announcements.WithdrawAsync(new StopWork { RunKey = runKey, Reason = ReasonCode.Outraced }, except, _sessions, Start);

    private (int Invitations, int Stopped) Known(string prover, DateTimeOffset now)
    {
        var known = _announcements.Of(prover, now);
        return (known.Invitations.Length, known.Stopped.Length);
    }

    private static Invitation InvitationTo(string runKey) => new()
    {
        RunKey = runKey, RunGrain = GrainId.Create("race-run", runKey), ProgramId = ProgramId, Work = new WorkUnits(1_000), Reward = Credits(1), Bond = Credits(0),
        SoftDeadline = Start + SoftIn, HardDeadline = Start + HardIn, Mechanism = "race",
    };

    private sealed class Worker : IProverObserver
    {
        public List<string> Invited { get; } = [];

        public List<string> Stopped { get; } = [];

        public Credits Reward { get; private set; }

        public Task InvitedAsync(Invitation invitation)
        {
            Invited.Add(invitation.RunKey);
            Reward = invitation.Reward;
            return Task.CompletedTask;
        }

        public Task StoppedAsync(StopWork stop)
        {
            Stopped.Add(stop.RunKey);
            return Task.CompletedTask;
        }
    }
}
