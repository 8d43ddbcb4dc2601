using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Registry;

/// <summary>Independent front ends that know nothing of each other ask one registry for more than there is.</summary>
public sealed class SaturationTests
{
    private const int FrontEnds = 6;
    private const int Rounds = 40;
    private const int Slots = 8;

    // Each prover's stake carries as many bonds as it has slots, but for the last, whose stake runs out before its slots do.
    private static readonly (string Id, int Slots, decimal Stake, int Capacity)[] Field =
        [("p1", Slots, 2 * Slots, Slots), ("p2", Slots, 2 * Slots, Slots), ("p3", Slots, 2 * Slots, Slots), ("p4", Slots, 10, 5)];

    private static readonly int Capacity = Field.Sum(prover => prover.Capacity);

    [Fact]
    public async Task Conflicting_front_ends_never_exceed_a_limit_and_leave_nothing_idle()
    {
        await using var market = await MarketAsync();
        var provers = new List<TestProver>();
        foreach (var (id, slots, stake, _) in Field) provers.Add(await market.ProverAsync(id, stake, slots));
        var random = new Random(1);
        var held = new List<(string Prover, string Lease)>();
        var (inUse, offered, refused) = (0, 0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            // Some proofs end, in any way.
            foreach (var lease in held.OrderBy(_ => random.Next()).Take(random.Next(1, 10)).ToArray())
            {
                held.Remove(lease);
                await EndAsync(market, lease, random.Next(2) == 0 ? LeaseOutcome.Complete : LeaseOutcome.Cancel);
            }

            // Every front end wants a slot of every prover as often as it has slots: many times what is free.
            var wishes = Enumerable.Range(0, FrontEnds).SelectMany(front => provers.SelectMany(prover => Enumerable.Range(0, Slots)
                .Select(i => (prover, Lease: $"front{front}-{round}-{i}/0/{prover.Id}")))).OrderBy(_ => random.Next()).ToArray();
            var answers = await Task.WhenAll(wishes.Select(wish => ReserveAsync(market, wish.prover, wish.Lease)));
            foreach (var (wish, answer) in wishes.Zip(answers))
            {
                if (answer.Lease is not null) held.Add((wish.prover.Id, wish.Lease));
                else Assert.Contains(answer.Refusal!.Code, (ReasonCode[])[ReasonCode.SlotsFull, ReasonCode.StakeInsufficient]);
            }
            refused += answers.Count(answer => answer.Lease is null);

            foreach (var (id, slots, _, capacity) in Field)
            {
                var record = (await market.RegistryOf(id).GetProverAsync(id))!;
                Assert.True(record.Leases.Count <= slots && record.LockedBond <= record.Stake, $"{id}: {record.Leases.Count} leases, {record.LockedBond} bonded of {record.Stake}");
                Assert.Equal(held.Where(lease => lease.Prover == id).Select(lease => lease.Lease).Order(), record.Leases.Keys.Order());
                inUse += record.Leases.Count;
                offered += capacity;
            }
            Audit.Always(market);
        }
        Assert.True(inUse >= 0.99 * offered, $"{inUse} of {offered} slots were in use");
        Assert.True(refused > Rounds * Capacity, $"only {refused} wishes were refused: nothing was contended for");

        foreach (var lease in held) await EndAsync(market, lease, LeaseOutcome.Complete);
        await Audit.AtRestAsync(market);
    }

    /// <summary>Front ends that want several provers at once, ranked, of one shard: what they cannot have of the first ones they get of those behind, and when
    /// there is not enough they get what there is.</summary>
    [Fact]
    public async Task Conflicting_front_ends_get_partial_answers_with_backups_and_leave_nothing_idle()
    {
        await using var market = await MarketAsync(configure: options => options.RegistryShards = 1);
        var registry = market.Grains.GetGrain<ITaskRegistryGrain>(0);
        foreach (var (id, slots, stake, _) in Field)
        {
            await market.ProverAsync(id, slots: slots);
            Assert.Null(await registry.AddStakeAsync(id, "first", Credits(stake), []));
        }
        var random = new Random(2);
        var held = new List<(string Prover, string Lease)>();
        var (inUse, partial, byBackup) = (0, 0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var lease in held.OrderBy(_ => random.Next()).Take(random.Next(1, 10)).ToArray())
            {
                held.Remove(lease);
                await EndAsync(registry, lease, random.Next(2) == 0 ? LeaseOutcome.Complete : LeaseOutcome.Cancel);
            }

            var free = Capacity - held.Count;
            var wishes = Enumerable.Range(0, 2 * Capacity).Select(front => Field.OrderBy(_ => random.Next())
                .Select(prover => Command(market, prover.Id, "s1", $"front{front}-{round}/0/{prover.Id}")).ToImmutableArray()).ToArray();
            const int Wanted = 2;
            var answers = await Task.WhenAll(wishes.Select(wish => registry.ReserveManyAsync(wish, Wanted)));

            var granted = 0;
            foreach (var (wish, answer) in wishes.Zip(answers))
            {
                var leases = answer.Count(one => one.Lease is not null);
                Assert.InRange(leases, 0, Wanted);
                granted += leases;
                held.AddRange(wish.Zip(answer).Where(one => one.Second.Lease is not null).Select(one => (one.First.ProverId, one.First.LeaseId)));
                // Whoever was not asked was not needed any more; whoever was asked in vain says why.
                Assert.All(answer.Where(one => one.Refusal is not null), one => Assert.Contains(one.Refusal!.Code, (ReasonCode[])[ReasonCode.SlotsFull, ReasonCode.StakeInsufficient]));
                if (leases < Wanted) Assert.All(answer, one => Assert.True(one.Lease is not null || one.Refusal is not null));
                if (leases == 1) partial++;
                if (leases == Wanted && answer.Take(Wanted).Any(one => one.Refusal is not null)) byBackup++;
            }
            Assert.Equal(free, granted);
            foreach (var (id, slots, _, _) in Field)
            {
                var record = (await registry.GetProverAsync(id))!;
                Assert.True(record.Leases.Count <= slots && record.LockedBond <= record.Stake, $"{id}: {record.Leases.Count} leases, {record.LockedBond} bonded of {record.Stake}");
                inUse += record.Leases.Count;
            }
        }
        Assert.True(inUse >= 0.99 * Rounds * Capacity, $"{inUse} of {Rounds * Capacity} slots were in use");
        Assert.True(partial > 0 && byBackup > 0, $"{partial} partial answers, {byBackup} that a backup completed");
    }

    private static Task<ReserveAnswer> ReserveAsync(MarketCluster market, TestProver prover, string lease) =>
        market.RegistryOf(prover.Id).ReserveAsync(Command(market, prover.Id, prover.Session, lease));

    private static ReserveCommand Command(MarketCluster market, string prover, string session, string lease) => new()
    {
        ProverId = prover, Session = session, LeaseId = lease, ProgramId = ProgramId, Bond = Credits(2), Deadline = market.Now + HardIn,
        Constraints = new RequestConstraints(), Work = new WorkUnits(1),
    };

    private static Task EndAsync(MarketCluster market, (string Prover, string Lease) lease, LeaseOutcome outcome) =>
        EndAsync(market.RegistryOf(lease.Prover), lease, outcome);

    // The lease's own deadline matters only when it is ended before it was reserved.
    private static Task EndAsync(ITaskRegistryGrain registry, (string Prover, string Lease) lease, LeaseOutcome outcome) => registry.EndLeaseAsync(
        lease.Lease, new LeaseEnding { ProverId = lease.Prover, Outcome = outcome, Reason = ReasonCode.None, Bond = Credits(2), Deadline = DateTimeOffset.MaxValue });
}
