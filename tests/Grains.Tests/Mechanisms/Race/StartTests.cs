using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Requests;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Race;

/// <summary>The start of a race follows from its order, so it is written with the first wish to join.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task A_race_is_written_when_somebody_joins()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        await prover.InvitedToAsync();
        Assert.Empty(market.Disk.All<RaceState>("race"));
        await prover.TakeAsync("r1");
        Assert.Contains("p1", market.Disk.All<RaceState>("race")["r1/0"].Run.Participants.Keys);
    }

    [Fact]
    public async Task A_race_that_nobody_had_joined_is_started_again_after_a_crash()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        await prover.InvitedToAsync();
        await market.KillAsync();
        await market.StartAgainAsync();
        await market.ReachesAsync("r1", RequestPhase.Open);
        await prover.ConnectAsync();
        // That the request is open is known before its run has been started again.
        await market.SettleAsync();
        await prover.DeliverAsync("r1", await prover.TakeAsync("r1"));
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        await Audit.AtRestAsync(market);
    }

    /// <summary>With the write its memory is lost. Its request does not wait until it looks by itself.</summary>
    [Theory]
    [InlineData(StorageFault.FailBefore)]
    [InlineData(StorageFault.FailAfter)]
    public async Task A_race_whose_first_join_could_not_be_written_goes_on_at_once(StorageFault fault)
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        await prover.InvitedToAsync();
        market.Faults.Plan(1, fault);
        await Assert.ThrowsAnyAsync<Exception>(() => prover.JoinAsync("r1"));
        await market.SettleAsync();
        await prover.DeliverAsync("r1", await prover.TakeAsync("r1"));
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        await Audit.AtRestAsync(market);
    }

    /// <summary>Where losing it has a cause that lasts, starting it again at once, for ever, is work for nothing.</summary>
    [Fact]
    public async Task A_race_that_is_lost_again_and_again_is_started_again_after_ever_longer_pauses()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1") with { SoftDeadline = market.Now.AddHours(1), HardDeadline = market.Now.AddHours(1) });
        var pauses = new List<TimeSpan>();
        for (var loss = 0; loss < 9; loss++)
        {
            market.Faults.Plan(1, StorageFault.FailBefore);
            await Assert.ThrowsAnyAsync<Exception>(() => prover.JoinAsync("r1"));
            var lostAt = market.Now;
            await market.AdvanceUntilAsync(async () => (await market.Run("r1").GetProgressAsync()).Started, TimeSpan.FromMinutes(2), "the race started again");
            pauses.Add(market.Now - lostAt);
        }

        Assert.Equal(TimeSpan.Zero, pauses[0]);
        // 1, 2, 4, ... seconds, at most 30, each a fourth longer or shorter.
        for (var loss = 1; loss < pauses.Count; loss++)
        {
            var pause = Math.Min(30, 1 << (loss - 1));
            Assert.InRange(pauses[loss].TotalSeconds, pause * 0.75, (pause * 1.25) + 0.4);
        }

        await prover.DeliverAsync("r1", await prover.TakeAsync("r1"));
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_race_that_is_lost_again_and_again_is_concluded_at_its_deadline_and_when_its_request_is_cancelled()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        foreach (var id in new[] { "r1", "r2" })
        {
            await market.OpenAsync(market.Spec(id));
            for (var loss = 0; loss < 7; loss++)
            {
                market.Faults.Plan(1, StorageFault.FailBefore);
                await Assert.ThrowsAnyAsync<Exception>(() => prover.JoinAsync(id));
                if (loss < 6) await market.AdvanceUntilAsync(async () => (await market.Run(id).GetProgressAsync()).Started, TimeSpan.FromSeconds(60), "the race started again");
            }
            if (id == "r2") await market.CompleteAsync(market.Request(id).CancelAsync());
            else await market.AdvanceToAsync(market.Now + HardIn);
            Assert.Equal(id == "r2" ? RequestPhase.Cancelled : RequestPhase.Expired, (await market.EndsAsync(id)).Phase);
        }
        Assert.Equal(Credits(1_000), await market.AvailableAsync("alice"));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_race_that_was_lost_is_concluded_when_its_request_is_cancelled()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        await prover.InvitedToAsync();
        var gate = market.Faults.HoldWrite("race", "r1/0");
        var joining = prover.JoinAsync("r1");
        await gate.Reached;
        Assert.Null((await market.Request("r1").CancelAsync()).Refusal);
        market.Faults.Plan(1, StorageFault.FailBefore);
        gate.Open();
        await Assert.ThrowsAnyAsync<Exception>(() => joining);
        Assert.Equal(RequestPhase.Cancelled, (await market.EndsAsync("r1")).Phase);
        Assert.Equal(Credits(1_000), await market.AvailableAsync("alice"));
        await Audit.AtRestAsync(market);
    }
}
