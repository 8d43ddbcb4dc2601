using Orleans.Simulation;
using ProvingMarket.Client.Provers;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Simulation.Provers;

/// <summary>The worker's standard policy, for those who mean well; others take everything, or hardly anything.</summary>
internal sealed class ProverPolicy(ProverConduct conduct, SimulatedRandom random) : IJobPolicy
{
    private readonly CostModelPolicy _standard = new();

    public JobDecision Consider(Invitation invitation, JobOutlook outlook) => conduct switch
    {
        ProverConduct.Declining when random.Chance(0.7) => JobDecision.Decline(ReasonCode.WorkerDraining),
        ProverConduct.Boasting or ProverConduct.Silent or ProverConduct.Garbage or ProverConduct.Replaying => JobDecision.Take,
        _ => _standard.Consider(invitation, outlook),
    };
}
