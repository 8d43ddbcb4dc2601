using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Registry;

namespace ProvingMarket.Grains.Mechanisms;

/// <summary>The leases a run takes at the registry, one a prover. Their ids follow from run and prover, so every call may be repeated.</summary>
internal sealed class RunLeases(IGrainFactory grains, string runKey)
{
    /// <summary>Takes a slot and the bond, together or not at all.</summary>
    public Task<ReserveAnswer> ReserveAsync(RunOrder order, string proverId, string session, LeaseTerms terms) =>
        Registry(proverId).ReserveAsync(new ReserveCommand
        {
            ProverId = proverId,
            Session = session,
            LeaseId = GrainKeys.Lease(runKey, proverId),
            ProgramId = order.Program.ProgramId,
            Bond = terms.Bond,
            Deadline = terms.Deadline,
            Constraints = order.Constraints,
            Work = order.Program.Work,
        });

    /// <summary>The lease of a prover, if the registry knows one.</summary>
    public Task<ReserveAnswer> FindAsync(string proverId) => Registry(proverId).FindLeaseAsync(proverId, GrainKeys.Lease(runKey, proverId));

    /// <summary>Ends the lease of a prover before the run ends.</summary>
    public Task EndAsync(LeaseEnding ending) => Registry(ending.ProverId).EndLeaseAsync(GrainKeys.Lease(runKey, ending.ProverId), ending);

    private ITaskRegistryGrain Registry(string proverId) => grains.GetGrain<ITaskRegistryGrain>(GrainKeys.RegistryShard(proverId));
}
