using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms;

/// <summary>Whoever is out of a run has its slot and the rest of its stake back at once, and what it did is counted then: a run may last for days.</summary>
public sealed class SlotsOfTheFailedTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task Who_misses_its_delivery_time_is_counted_and_has_its_slot_back_before_the_run_ends(int bond)
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 20, slots: 1);
        await market.OpenAsync(market.Spec("r1") with
        {
            Mechanism = MechanismOf("random-election", ("bond", $"{bond}"), ("answerWindow", "5"), ("deliveryTime", "5")),
        });
        await prover.InvitedToAsync();
        Assert.NotNull((await market.Run<IRandomElectionRunGrain>("r1").JoinAsync("p1", prover.Session)).Assignment);
        await market.AdvanceAsync(TimeSpan.FromSeconds(12));
        await IsOutAsync(market, "p1", bond);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task Who_delivers_an_invalid_proof_is_counted_and_has_its_slot_back_before_the_run_ends(int bond)
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 20, slots: 1);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("bond", $"{bond}")) });
        await prover.DeliverCorruptedAsync("r1", await prover.TakeAsync("r1"));
        await market.SettleAsync();
        await IsOutAsync(market, "p1", bond);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task Who_delivers_an_invalid_proof_for_a_batch_is_counted_and_has_its_slot_back_before_the_run_ends(int bond)
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("p1", stake: 20, slots: 1, conduct: Conduct.Corrupt);
        foreach (var id in new[] { "p2", "p3", "p4" }) await market.ProverAsync(id, stake: 20, conduct: Conduct.Silent);
        await market.OpenAsync(market.Batch("r1", 8) with { Mechanism = MechanismOf("cooperative", ("bond", $"{bond}"), ("faults", "1"), ("backups", "0")) });
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        await IsOutAsync(market, "p1", bond);
    }

    private static async Task IsOutAsync(MarketCluster market, string prover, int bond)
    {
        Assert.False((await market.StatusAsync("r1")).Phase.IsFinal());
        var record = (await market.RegistryOf(prover).GetProverAsync(prover))!;
        Assert.Equal((0, 1L, Credits(20 - bond), Credits(bond)), (record.Leases.Count, record.Missed, record.Stake, record.Slashed));
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        record = (await market.RegistryOf(prover).GetProverAsync(prover))!;
        Assert.Equal((1L, Credits(bond)), (record.Missed, record.Slashed));
        await Audit.AtRestAsync(market);
    }
}
