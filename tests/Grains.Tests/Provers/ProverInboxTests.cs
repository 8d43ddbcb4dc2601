using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Provers;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Provers;

public sealed class ProverInboxTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    private readonly ProverInbox _inbox = new(Second * 30);

    [Fact]
    public void Own_invitations_and_announced_ones_come_together_by_deadline_and_each_run_once()
    {
        Assert.True(_inbox.Add(To("own", 20), Start));
        Assert.False(_inbox.Add(To("own", 20), Start));
        var notices = _inbox.With(Announced(To("late", 30), To("own", 25), To("soon", 10)), Start);
        Assert.Equal(["soon", "own", "late"], notices.Invitations.Select(invitation => invitation.RunKey));
        Assert.Equal(Start + (Second * 20), notices.Invitations[1].HardDeadline);
        Assert.Empty(notices.Stopped);
    }

    /// <summary>A prover that is out of an auction which goes on for the others.</summary>
    [Fact]
    public void A_run_that_is_over_for_this_prover_stays_so_while_it_is_announced_to_others()
    {
        Assert.True(_inbox.Stop(Stop("r1"), Start));
        Assert.False(_inbox.Stop(Stop("r1"), Start));
        Assert.False(_inbox.Add(To("r1", 100), Start));
        Assert.Equal((0, 1), Count(_inbox.With(Announced(To("r1", 100)), Start + (Second * 29))));
        Assert.Equal((0, 0), Count(_inbox.With(Announced(To("r1", 100)), Start + (Second * 60))));
        Assert.Equal((0, 0), Count(_inbox.With(RunNotices.None, Start + (Second * 61))));
    }

    [Fact]
    public void A_stop_is_told_by_one_of_both_and_to_a_winner_by_none()
    {
        _inbox.Stop(Stop("lost"), Start);
        _inbox.Stop(Stop("won") with { Reason = ReasonCode.Won }, Start);
        var notices = _inbox.With(new RunNotices { Stopped = [Stop("lost"), Stop("other"), Stop("won")] }, Start);
        Assert.Equal(["lost", "other"], notices.Stopped.Select(stop => stop.RunKey).Order());
    }

    [Fact]
    public void What_is_past_is_forgotten()
    {
        Assert.False(_inbox.Add(To("r0", 0), Start));
        _inbox.Add(To("r1", 10), Start);
        _inbox.Stop(Stop("r2"), Start);
        Assert.Equal((1, 1), Count(_inbox.With(RunNotices.None, Start + (Second * 9))));
        Assert.Equal((0, 1), Count(_inbox.With(RunNotices.None, Start + (Second * 10))));
        Assert.Equal((0, 0), Count(_inbox.With(RunNotices.None, Start + (Second * 30))));
        Assert.True(_inbox.Add(To("r2", 100), Start + (Second * 30)));
    }

    private static (int Invitations, int Stopped) Count(RunNotices notices) => (notices.Invitations.Length, notices.Stopped.Length);

    private static RunNotices Announced(params Invitation[] invitations) => new() { Invitations = [.. invitations] };

    private static StopWork Stop(string runKey) => new() { RunKey = runKey, Reason = ReasonCode.Outraced };

    private static Invitation To(string runKey, int seconds) => new()
    {
        RunKey = runKey, RunGrain = GrainId.Create("race-run", runKey), ProgramId = ProgramId, Work = new WorkUnits(1_000), Reward = Credits(1), Bond = Credits(0),
        SoftDeadline = Start + (Second * seconds), HardDeadline = Start + (Second * seconds), Mechanism = "race",
    };
}
