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
