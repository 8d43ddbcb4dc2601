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

    private static Task<ReserveAnswer> ReserveAsync(MarketCluster market, TestProver prover, string lease) => market.RegistryOf(prover.Id).ReserveAsync(new ReserveCommand
    {
        ProverId = prover.Id, Session = prover.Session, LeaseId = lease, ProgramId = ProgramId, Bond = Credits(2), Deadline = market.Now + HardIn,
        Constraints = new RequestConstraints(), Work = new WorkUnits(1),
    });

    private static Task EndAsync(MarketCluster market, (string Prover, string Lease) lease, LeaseOutcome outcome) => market.RegistryOf(lease.Prover).EndLeaseAsync(
        lease.Lease, new LeaseEnding { ProverId = lease.Prover, Outcome = outcome, Reason = ReasonCode.None, Bond = Credits(2), Deadline = market.Now + HardIn });
}
