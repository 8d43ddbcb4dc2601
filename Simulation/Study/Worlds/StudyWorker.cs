using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Simulation;
using ProvingMarket.Client;
using ProvingMarket.Client.Provers;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Simulation.Provers;
using ProvingMarket.Simulation.Proving;
using ProvingMarket.Simulation.Study.Supply;
using ProvingMarket.Simulation.Worlds;

namespace ProvingMarket.Simulation.Study.Worlds;

/// <summary>A prover's process in a study: the market's own worker.</summary>
/// <param name="world">The world.</param>
/// <param name="prover">The prover.</param>
/// <param name="process">The process.</param>
internal sealed class StudyWorker(StudyWorld world, StudyProver prover, SimulatedProcess process)
{
    /// <summary>Puts up the stake and works until the process is told to end.</summary>
    public async Task RunAsync()
    {
        var working = WorkerLoop.RunAsync(Worker(), new Policy(world.Plan, prover), process.Ended, process.Ended);
        await new Staking(prover.Id, prover.Account, prover.Stake, prover.Stake, process, world.Observe).RunAsync();
        world.NoteReady();
        await working;
    }

    private WorkerContext Worker()
    {
        var options = new ProverWorkerOptions
        {
            ProverId = prover.Id,
            Account = prover.Account,
            Slots = prover.Slots,
            MilliUnitsPerSecond = prover.MilliUnitsPerSecond,
            AskPerUnit = prover.AskPerUnit,
            StandingAsks = world.Policy.NeedsOrderBooks,
            // Who was put off asks again less often than by default: jobs take minutes, and asking would be most of the work of a study.
            BackOff = new BackOffOptions { Most = TimeSpan.FromSeconds(20) },
            Hardware = [prover.IsGpu ? "gpu" : "cpu"],
        };
        var randomness = new SimulatedRandomness(process.Random);
        return new WorkerContext
        {
            Options = options,
            Offer = options.Offer(world.Plan.Demand.Programs.Select(ProgramRules.IdOf)),
            Session = randomness.NextSecret(),
            Grains = process.Grains,
            Catalog = CircuitCatalog.Empty,
            Backend = new StudyBackend(world, prover, process),
            ProofSystems = SyntheticProofSystem.Alone,
            Time = process.Clock,
            Randomness = randomness,
            Metrics = world.ProverMetrics,
            Listeners = [],
            Logger = NullLogger.Instance,
        };
    }

    /// <summary>The worker's standard policy, for those who mean well; others take everything. Who censors declines, or lets the invitation
    /// lie until it has expired.</summary>
    private sealed class Policy(StudyPlan plan, StudyProver prover) : IJobPolicy
    {
        private readonly CostModelPolicy _standard = new();

        public JobDecision Consider(Invitation invitation, JobOutlook outlook)
        {
            if (prover.Censorship != Censorship.None && plan.OfRun(invitation.RunKey).Persona.IsCensored)
            {
                return prover.Censorship == Censorship.Declines
                    ? JobDecision.Decline(ReasonCode.ProverExcluded)
                    : JobDecision.TakeAt(invitation.HardDeadline);
            }
            return prover.Conduct is StudyConduct.Invalid or StudyConduct.Silent ? JobDecision.Take : _standard.Consider(invitation, outlook);
        }
    }
}
