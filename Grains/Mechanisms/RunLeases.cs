using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Registry;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>The leases a run takes at the registry, one a prover. Their ids follow from run and prover, so every call may be repeated.</summary>
internal sealed class RunLeases(IGrainFactory grains, string runKey, MarketOptions options)
{
    /// <summary>Takes a slot and the bond, together or not at all.</summary>
    public Task<ReserveAnswer> ReserveAsync(RunOrder order, string proverId, string session, LeaseTerms terms) =>
        Registry(proverId).ReserveAsync(Command(order, proverId, session, terms));

    /// <summary>Takes a slot and the bond of each of several provers, on the run's own account.</summary>
    /// <returns>What became of each, by prover.</returns>
    public async Task<IReadOnlyDictionary<string, ReserveAnswer>> ReserveManyAsync(
        RunOrder order, IReadOnlyCollection<(string ProverId, LeaseTerms Terms)> leases)
    {
        var shards = leases.GroupBy(lease => Registry(lease.ProverId)).Select(shard => (Registry: shard.Key, Leases: shard.ToArray())).ToArray();
        var answers = await Task.WhenAll(shards.Select(shard => shard.Registry.ReserveManyAsync(
            [.. shard.Leases.Select(lease => Command(order, lease.ProverId, session: "", lease.Terms))], shard.Leases.Length)));
        return shards.Zip(answers, (shard, some) => shard.Leases.Zip(some, (lease, answer) => (lease.ProverId, Answer: answer)))
            .SelectMany(some => some).ToDictionary(one => one.ProverId, one => one.Answer, StringComparer.Ordinal);
    }

    /// <summary>The lease of a prover, if the registry knows one.</summary>
    public Task<ReserveAnswer> FindAsync(string proverId) => Registry(proverId).FindLeaseAsync(proverId, GrainKeys.Lease(runKey, proverId));

    /// <summary>Why this is not the session in which a prover works just now; null when it is.</summary>
    public async Task<Refusal?> CheckSessionAsync(string proverId, string session) => (await Registry(proverId).FindOfferAsync(proverId, session)).Refusal;

    /// <summary>Ends the lease of a prover before the run ends.</summary>
    public Task EndAsync(LeaseEnding ending) => Registry(ending.ProverId).EndLeaseAsync(GrainKeys.Lease(runKey, ending.ProverId), ending);

    private ReserveCommand Command(RunOrder order, string proverId, string session, LeaseTerms terms) =>
        new()
        {
            ProverId = proverId,
            Session = session,
            LeaseId = GrainKeys.Lease(runKey, proverId),
            ProgramId = order.Program.ProgramId,
            Bond = terms.Bond,
            Deadline = terms.Deadline,
            Constraints = order.Constraints,
            Work = terms.Work ?? order.Program.Work,
        };

    private ITaskRegistryGrain Registry(string proverId) => grains.RegistryOf(proverId, options);
}
