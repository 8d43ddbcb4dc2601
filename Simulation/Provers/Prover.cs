using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Simulation;
using ProvingMarket.Client;
using ProvingMarket.Client.Provers;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Simulation.Invariants;
using ProvingMarket.Simulation.Proving;
using ProvingMarket.Simulation.Worlds;

namespace ProvingMarket.Simulation.Provers;

/// <summary>A prover's process: the market's own worker with a synthetic backend, and the stake it puts up. A hostile one has no worker but
/// <see cref="HostileProver"/>.</summary>
internal sealed class Prover(World world, ProverPlan plan, SimulatedProcess process) : IProverEvents
{
    private const int Boast = 8;

    /// <summary>Works until the process is told to end.</summary>
    public async Task RunAsync()
    {
        var staking = new Staking(plan.Id, plan.Account, plan.Funds, plan.Stake, process, world.Observe).RunAsync();
        if (plan.Conduct == ProverConduct.Hostile) await new HostileProver(world, plan, process).RunAsync();
        else await WorkerLoop.RunAsync(Worker(), new ProverPolicy(plan.Conduct, process.Random), process.Ended, process.Ended);
        await staking;
    }

    public void OnEvent(ProverEvent happened)
    {
        if (happened.Kind == ProverEventKind.Joined) world.Observe(new LeaseAcknowledged(happened.RunKey, plan.Id));
        else if (happened is { Kind: ProverEventKind.Delivered, Statement: { } statement, Reward: { } part })
            world.Observe(new StatementRewardAcknowledged(happened.RunKey, plan.Id, statement, part));
        else if (happened is { Kind: ProverEventKind.Won, Statements: 0, Reward: { } reward }) world.Observe(new RewardAcknowledged(happened.RunKey, plan.Id, reward));
    }

    private WorkerContext Worker()
    {
        var boast = plan.Conduct == ProverConduct.Boasting ? Boast : 1;
        var options = new ProverWorkerOptions
        {
            ProverId = plan.Id,
            Account = plan.Account,
            Slots = plan.Slots * boast,
            MilliUnitsPerSecond = plan.MilliUnitsPerSecond * boast,
            AskPerUnit = plan.AskPerUnit,
            StandingAsks = true,
        };
        var randomness = new SimulatedRandomness(process.Random);
        return new WorkerContext
        {
            Options = options,
            Offer = options.Offer(plan.Programs.Select(ProgramRules.IdOf)),
            Session = randomness.NextSecret(),
            Grains = process.Grains,
            Catalog = CircuitCatalog.Empty,
            Backend = new SyntheticBackend(world, plan, process),
            ProofSystems = SyntheticProofSystem.Alone,
            Time = process.Clock,
            Randomness = randomness,
            Metrics = world.ProverMetrics,
            Listeners = [this],
            Logger = NullLogger.Instance,
        };
    }
}
