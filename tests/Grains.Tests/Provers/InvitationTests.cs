using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
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

    [Fact]
    public async Task A_prover_whose_grain_lost_its_memory_is_still_reminded_of_open_runs()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        await prover.InvitedToAsync();
        await DropProverGrainAsync(market, prover);

        await market.AdvanceAsync(Second * 25);
        Assert.Equal("r1/0", Assert.Single((await prover.RenewAsync()).Invitations).RunKey);
        Assert.Null(prover.InvitedSoFar());
    }

    /// <summary>Announcements are kept in memory: whoever was told may not have heard.</summary>
    [Fact]
    public async Task A_prover_whose_registry_shard_lost_its_memory_is_invited_again()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        await prover.InvitedToAsync();
        await DropShardAsync(market);

        await market.AdvanceAsync(Second * 10);
        Assert.Empty((await prover.RenewAsync()).Stopped);
        await market.AdvanceAsync(Second * 15);
        Assert.Equal("r1/0", (await prover.InvitedToAsync()).RunKey);
    }

    [Fact]
    public async Task A_shard_that_could_not_be_asked_is_asked_at_the_next_announcement()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await DropShardAsync(market);
        market.Faults.MakeUnreadable("registry");

        await market.OpenAsync(market.Spec("r1"));
        await market.AdvanceAsync(Second / 2);
        await prover.ConnectAsync();
        Assert.Null(prover.InvitedSoFar());
        await market.AdvanceAsync(Second * 2);
        Assert.Equal("r1/0", (await prover.InvitedToAsync()).RunKey);
        Assert.Equal(1, (await market.ReachesAsync("r1", status => status.Invited > 0, "told who was invited")).Invited);
    }

    [Fact]
    public async Task A_prover_whose_grain_hangs_is_invited_and_delays_nobody()
    {
        await using var market = await MarketAsync();
        var hanging = await market.ProverAsync("hanging");
        var quick = await market.ProverAsync("quick");
        await DropProverGrainAsync(market, hanging);
        hanging.Renews = false;
        var gate = market.Faults.HoldRead("prover", "hanging");
        var renewal = hanging.RenewAsync();
        await gate.Reached;

        await market.OpenAsync(market.Spec("r1"));
        Assert.Equal("r1/0", (await hanging.InvitedToAsync()).RunKey);
        await quick.InvitedToAsync();
        await quick.DeliverAsync("r1", await quick.TakeAsync("r1"));
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        Assert.Equal(ReasonCode.Outraced, (await hanging.StoppedByAsync()).Reason);
        gate.Open();
        Assert.Equal("r1/0", Assert.Single((await renewal).Stopped).RunKey);
    }

    [Fact]
    public async Task A_worker_that_hangs_delays_nobody()
    {
        await using var market = await MarketAsync();
        var hanging = await market.ProverAsync("hanging");
        var hangs = new TaskCompletionSource();
        hanging.Listens = hangs.Task;
        var quick = await market.ProverAsync("quick");

        await market.OpenAsync(market.Spec("r1"));
        await hanging.InvitedToAsync();
        await quick.InvitedToAsync();
        await quick.DeliverAsync("r1", await quick.TakeAsync("r1"));
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        Assert.Equal(ReasonCode.Outraced, Assert.Single((await hanging.RenewAsync()).Stopped).Reason);
        hangs.SetResult();
    }

    [Fact]
    public async Task Invitations_and_their_ends_are_counted_for_the_prover()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        var other = await market.ProverAsync("p2");
        await market.OpenAsync(market.Spec("r1"));
        await prover.InvitedToAsync();
        await other.DeliverAsync("r1", await other.TakeAsync("r1"));
        await prover.StoppedByAsync();
        var invitations = (await market.Prover("p1").GetScoreAsync()).Score!.Invitations;
        Assert.Equal([KeyValuePair.Create("race", 1)], invitations.Invited);
        Assert.Equal([KeyValuePair.Create(ReasonCode.Outraced, 1)], invitations.Ended);
    }

    /// <summary>The prover's grain loses its memory: another one seems to have written its record.</summary>
    private static async Task DropProverGrainAsync(MarketCluster market, TestProver prover)
    {
        await market.FundAsync(prover.Offer.Account, Credits(1), "drop");
        // The first write is the shard's, to which the deposit is announced.
        market.Faults.Plan(2, StorageFault.Conflict);
        await Assert.ThrowsAnyAsync<Exception>(() => prover.StakeAsync("drop", Credits(1)));
    }

    /// <summary>The shard of the prover "p1" loses its memory: another one seems to have written its journal.</summary>
    private static async Task DropShardAsync(MarketCluster market)
    {
        market.Faults.Plan(1, StorageFault.Conflict);
        await Assert.ThrowsAnyAsync<Exception>(() => market.RegistryOf("p1").AddStakeAsync("p1", "drop", Credits(1), ["drop"]));
    }
}
