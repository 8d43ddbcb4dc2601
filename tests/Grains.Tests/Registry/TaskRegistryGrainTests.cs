using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Registry;

public sealed class TaskRegistryGrainTests
{
    [Fact]
    public async Task Reserving_again_gives_the_same_lease()
    {
        await using var market = await StakedAsync();
        var registry = market.RegistryOf("p1");
        var reserve = Reserve(market, "r1");
        var first = await registry.ReserveAsync(reserve);
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var again = await registry.ReserveAsync(reserve);
        Assert.Equal(first.Lease!.GrantedAt, again.Lease!.GrantedAt);
        Assert.Equal("p1-account", again.Account);
        Assert.Equal(1, (await registry.GetTotalsAsync()).Leases);
    }

    [Fact]
    public async Task A_lease_that_ended_does_not_come_back()
    {
        await using var market = await StakedAsync();
        var registry = market.RegistryOf("p1");
        var reserve = Reserve(market, "r1");
        await registry.EndLeaseAsync(reserve.LeaseId, Ending(reserve, LeaseOutcome.Cancel));
        Assert.Equal(ReasonCode.LeaseEnded, (await registry.ReserveAsync(reserve)).Refusal!.Code);
        Assert.Equal(0, (await registry.GetTotalsAsync()).Leases);
    }

    [Fact]
    public async Task A_missed_lease_is_slashed_once()
    {
        await using var market = await StakedAsync();
        var registry = market.RegistryOf("p1");
        var reserve = Reserve(market, "r1");
        await registry.ReserveAsync(reserve);
        for (var i = 0; i < 3; i++) await registry.EndLeaseAsync(reserve.LeaseId, Ending(reserve, LeaseOutcome.Miss));
        var totals = await registry.GetTotalsAsync();
        Assert.Equal((Credits(7), Domain.Credits.Zero, 0), (totals.Stake, totals.LockedBond, totals.Leases));
    }

    [Fact]
    public async Task Stake_is_added_once_an_entry()
    {
        await using var market = await StakedAsync();
        var registry = market.RegistryOf("p1");
        for (var i = 0; i < 3; i++) Assert.Null(await registry.AddStakeAsync("p1", "e", Credits(5), ["e"]));
        Assert.Equal(ReasonCode.EntryConflict, (await registry.AddStakeAsync("p1", "e", Credits(6), ["e"]))!.Code);
        Assert.Equal(Credits(15), (await registry.GetTotalsAsync()).Stake);
    }

    [Fact]
    public async Task Registering_again_replaces_the_offer_and_keeps_what_the_prover_has()
    {
        await using var market = await StakedAsync();
        var registry = market.RegistryOf("p1");
        await registry.ReserveAsync(Reserve(market, "r1"));
        for (var i = 0; i < 2; i++) Assert.Null(await registry.RegisterAsync(Offer("p1", slots: 1)));
        var record = (await registry.GetProverAsync("p1"))!;
        Assert.Equal((1, Credits(10), 1), (record.Offer.Slots, record.Stake, record.Leases.Count));
    }

    [Fact]
    public async Task Reservations_at_once_never_exceed_slots_or_stake()
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("slots", slots: 5);
        await market.ProverAsync("stake", stake: 10, slots: 100);
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).SelectMany(i => new[]
        {
            market.RegistryOf("slots").ReserveAsync(Reserve(market, $"r{i}", "slots", bond: 0)),
            market.RegistryOf("stake").ReserveAsync(Reserve(market, $"r{i}", "stake", bond: 3)),
        }));
        Assert.Equal(5 + 3, answers.Count(answer => answer.Lease is not null));
        var refusals = answers.Where(answer => answer.Refusal is not null).CountBy(answer => answer.Refusal!.Code).ToDictionary();
        Assert.Equal(new Dictionary<ReasonCode, int> { [ReasonCode.SlotsFull] = 55, [ReasonCode.StakeInsufficient] = 57 }, refusals);
        Audit.Always(market);
        var durable = market.Disk.Provers().Sum(prover => prover.Leases.Count);
        Assert.Equal(8, durable);
    }

    [Fact]
    public async Task A_reservation_that_failed_to_be_written_was_not_made()
    {
        await using var market = await StakedAsync();
        var registry = market.RegistryOf("p1");
        market.Faults.Plan(1, StorageFault.FailBefore);
        await Assert.ThrowsAnyAsync<Exception>(() => registry.ReserveAsync(Reserve(market, "r1")));
        var totals = await registry.GetTotalsAsync();
        Assert.Equal((1, 0, Domain.Credits.Zero), (totals.Provers, totals.Leases, totals.LockedBond));
    }

    /// <summary>Presences are in memory: a shard that was dropped knows them again after the next renewal.</summary>
    [Fact]
    public async Task A_shard_that_lost_its_memory_learns_who_is_there_from_renewals()
    {
        await using var market = await StakedAsync();
        var registry = market.RegistryOf("p1");
        market.Faults.Plan(1, StorageFault.FailBefore);
        await Assert.ThrowsAnyAsync<Exception>(() => registry.ReserveAsync(Reserve(market, "r1")));
        Assert.Equal(ReasonCode.SessionUnknown, (await registry.ReserveAsync(Reserve(market, "r1"))).Refusal!.Code);
        await market.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.NotNull((await registry.ReserveAsync(Reserve(market, "r1"))).Lease);
    }

    private static async Task<MarketCluster> StakedAsync()
    {
        var market = await MarketAsync();
        await market.ProverAsync("p1", stake: 10);
        return market;
    }

    private static ReserveCommand Reserve(MarketCluster market, string requestId, string proverId = "p1", decimal bond = 3) => new()
    {
        ProverId = proverId,
        Session = "s1",
        LeaseId = $"{requestId}/0/{proverId}",
        ProgramId = ProgramId,
        Bond = Credits(bond),
        Deadline = market.Now + HardIn,
        Constraints = new RequestConstraints(),
        Work = new WorkUnits(1),
    };

    private static LeaseEnding Ending(ReserveCommand reserve, LeaseOutcome outcome) => new()
    {
        ProverId = reserve.ProverId, Outcome = outcome, Reason = ReasonCode.RunClosed, Bond = reserve.Bond, Deadline = reserve.Deadline,
    };
}
