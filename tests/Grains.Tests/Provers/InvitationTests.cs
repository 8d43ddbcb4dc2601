using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Mechanisms;
using ProvingMarket.Grains.Tests.Mechanisms.Race;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Provers;

public sealed class InvitationTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_prover_that_connects_later_is_invited_at_a_later_announcement()
    {
        await using var market = await MarketAsync();
        await market.OpenAsync(market.Spec("r1"));
        await market.AdvanceAsync(Second / 2);
        var late = await market.ProverAsync("late");
        Assert.Null(late.InvitedSoFar());
        await market.AdvanceAsync(Second);
        Assert.Equal("r1/0", (await late.InvitedToAsync()).RunKey);
        var later = await market.ProverAsync("later");
        await market.AdvanceAsync(Second * 15);
        Assert.Equal("r1/0", (await later.InvitedToAsync()).RunKey);
        await later.TakeAsync("r1");
    }

    [Fact]
    public async Task A_prover_is_pushed_an_invitation_once_and_reminded_by_every_renewal()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        await prover.InvitedToAsync();
        await market.AdvanceAsync(Second * 40);
        Assert.Null(prover.InvitedSoFar());
        Assert.Equal("r1/0", Assert.Single((await prover.RenewAsync()).Invitations).RunKey);
        Assert.Equal("r1/0", Assert.Single((await prover.ConnectAsync()).Invitations).RunKey);
    }

    [Fact]
    public async Task A_stop_comes_again_with_renewals_until_it_is_old()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        await prover.InvitedToAsync();
        await market.Request("r1").CancelAsync();
        await prover.StoppedByAsync();
        var renewal = await prover.RenewAsync();
        Assert.Empty(renewal.Invitations);
        Assert.Equal(("r1/0", ReasonCode.RunClosed), Assert.Single(renewal.Stopped.Select(stop => (stop.RunKey, stop.Reason))));
        await market.AdvanceAsync(Second * 31);
        Assert.Empty((await prover.RenewAsync()).Stopped);
    }

    [Fact]
    public async Task Everybody_is_told_to_stop_even_if_one_more_is_invited_meanwhile()
    {
        await using var market = await MarketAsync();
        var provers = new List<TestProver>();
        for (var i = 0; i < 66; i++) provers.Add(await market.ProverAsync($"p{i:00}"));
        var announcer = new RunAnnouncer(market.Grains, "r1/0", new MarketOptions());
        var invitation = Invitation(market.Now);
        await Task.WhenAll(provers.Select(prover => announcer.InviteOneAsync(prover.Id, invitation)));
        // As in a grain: turns one at a time, so that the last is invited while the others are being told.
        var turns = new TaskFactory(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
        await turns.StartNew(() =>
        {
            announcer.Stop(announcer.InvitedProvers, ReasonCode.RunClosed);
            _ = announcer.InviteOneAsync("late", invitation);
        });
        foreach (var prover in provers) Assert.Equal(ReasonCode.RunClosed, (await prover.StoppedByAsync()).Reason);
    }

    /// <summary>An announcement is not answered: the first may have been lost, and nobody would know.</summary>
    [Theory]
    [InlineData(false, 2)]
    [InlineData(true, 1)]
    public async Task Who_has_not_reacted_is_told_once_more_unless_somebody_has_taken_it_up(bool taken, int times)
    {
        var told = new ToldProvers();
        var announcer = new RunAnnouncer(told.Grains, "r1/0", new MarketOptions());
        var connectedAt = DateTimeOffset.UnixEpoch;
        for (var announcement = 0; announcement < 4; announcement++)
            await announcer.InviteAsync(new CandidateAnswer { Provers = ["p1"], ConnectedAt = [connectedAt] }, Invitation(connectedAt), () => taken, () => false);
        Assert.Equal(times, told.Count("p1"));

        // Who has connected anew has forgotten.
        await announcer.InviteAsync(new CandidateAnswer { Provers = ["p1"], ConnectedAt = [connectedAt + Second] }, Invitation(connectedAt), () => taken, () => false);
        Assert.Equal(times + 1, told.Count("p1"));
        Assert.Equal(1, announcer.Count);
    }

    [Fact]
    public async Task An_invitation_expires_with_its_deadline()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.StartRunAsync("r1");
        await prover.InvitedToAsync();
        await market.AdvanceAsync(HardIn);
        Assert.Empty((await prover.RenewAsync()).Invitations);
    }

    [Fact]
    public async Task Invitations_are_ordered_by_deadline()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        foreach (var (id, seconds) in new[] { ("r1", 300), ("r2", 100), ("r3", 200) })
            await market.OpenAsync(market.Spec(id) with { HardDeadline = market.Now.AddSeconds(seconds) });
        for (var i = 0; i < 3; i++) await prover.InvitedToAsync();
        Assert.Equal(["r2/0", "r3/0", "r1/0"], (await prover.RenewAsync()).Invitations.Select(invitation => invitation.RunKey));
    }

    [Theory]
    [InlineData("lapsed")]
    [InlineData("draining")]
    [InlineData("gone")]
    public async Task Who_is_not_there_is_not_invited_until_it_is_back(string absence)
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        prover.Renews = false;
        if (absence == "lapsed") await market.AdvanceAsync(Second * 31);
        if (absence == "draining") await prover.DrainAsync();
        if (absence == "gone") await prover.DisconnectAsync();
        var opened = await market.OpenAsync(market.Spec("r1"));
        await market.AdvanceAsync(Second * 5);
        Assert.Null(prover.InvitedSoFar());
        Assert.Equal(1, (await market.ReachesAsync("r1", status => status.LeftOut.Count > 0, "told who was left out")).LeftOut[ReasonCode.ProverNotLive]);
        Assert.NotEqual(0, opened.Version);

        await prover.ConnectAsync();
        await market.AdvanceAsync(Second * 15);
        await prover.InvitedToAsync();
    }

    /// <summary>Invitations are kept in memory: a prover that connects anew after its grain was dropped must hear of open runs again.</summary>
    [Fact]
    public async Task A_prover_whose_invitations_were_lost_is_invited_again()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        await prover.InvitedToAsync();
        await DropProverGrainAsync(market, prover);

        await market.AdvanceAsync(Second * 10);
        Assert.Empty((await prover.RenewAsync()).Stopped);
        await market.AdvanceAsync(Second * 15);
        Assert.Equal("r1/0", (await prover.InvitedToAsync()).RunKey);
    }

    [Fact]
    public async Task A_prover_that_could_not_be_invited_is_invited_at_the_next_announcement()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await DropProverGrainAsync(market, prover);
        market.Faults.MakeUnreadable("prover");

        await market.OpenAsync(market.Spec("r1"));
        await market.AdvanceAsync(Second * 2);
        await prover.ConnectAsync();
        Assert.Equal("r1/0", (await InvitationAsync(market, prover)).RunKey);
    }

    [Fact]
    public async Task A_prover_whose_grain_hangs_delays_nobody()
    {
        await using var market = await MarketAsync();
        var hanging = await market.ProverAsync("hanging");
        var quick = await market.ProverAsync("quick");
        await DropProverGrainAsync(market, hanging);
        hanging.Renews = false;
        var gate = market.Faults.HoldRead("prover", "hanging");

        await market.OpenAsync(market.Spec("r1"));
        await gate.Reached;
        await quick.InvitedToAsync();
        await quick.DeliverAsync("r1", await quick.TakeAsync("r1"));
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        gate.Open();
    }

    private static async Task<Interfaces.Provers.Invitation> InvitationAsync(MarketCluster market, TestProver prover)
    {
        await market.AdvanceUntilAsync(
            async () => (await prover.RenewAsync()).Invitations.Length > 0, Second * 20, "an invitation");
        return Assert.Single((await prover.RenewAsync()).Invitations);
    }

    /// <summary>The prover's grain loses its memory: another one seems to have written its record.</summary>
    private static async Task DropProverGrainAsync(MarketCluster market, TestProver prover)
    {
        await market.FundAsync(prover.Offer.Account, Credits(1), "drop");
        market.Faults.Plan(1, StorageFault.Conflict);
        await Assert.ThrowsAnyAsync<Exception>(() => prover.StakeAsync("drop", Credits(1)));
    }

    private static Invitation Invitation(DateTimeOffset now) => new()
    {
        RunKey = "r1/0", RunGrain = GrainId.Create("race-run", "r1/0"), ProgramId = ProgramId, Work = new WorkUnits(1_000), Reward = Credits(1), Bond = Credits(0),
        SoftDeadline = now + SoftIn, HardDeadline = now + HardIn, Mechanism = "race",
    };

    /// <summary>Grains of which each only counts how often it was announced to.</summary>
    private sealed class ToldProvers
    {
        private readonly Dictionary<string, int> _told = [];

        public ToldProvers()
        {
            Grains = DispatchProxy.Create<IGrainFactory, Proxy>();
            ((Proxy)(object)Grains).Answer = (_, key) =>
            {
                var prover = DispatchProxy.Create<IProverGrain, Proxy>();
                ((Proxy)(object)prover).Answer = (method, _) =>
                {
                    Assert.Equal(nameof(IProverGrain.AnnounceAsync), method);
                    _told[(string)key!] = Count((string)key!) + 1;
                    return Task.CompletedTask;
                };
                return prover;
            };
        }

        public IGrainFactory Grains { get; }

        public int Count(string prover) => _told.GetValueOrDefault(prover);
    }

    [SuppressMessage("Performance", "CA1852:Seal internal types", Justification = "What is created derives from it.")]
    private class Proxy : DispatchProxy
    {
        public Func<string, object?, object> Answer { get; set; } = null!;

        protected override object Invoke(MethodInfo? targetMethod, object?[]? args) => Answer(targetMethod!.Name, args![0]);
    }
}
