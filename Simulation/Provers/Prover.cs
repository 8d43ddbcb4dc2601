using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Simulation;
using ProvingMarket.Client;
using ProvingMarket.Client.Provers;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Simulation.Invariants;
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
        var staking = StakeAsync();
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
            Offer = options.Offer(plan.Programs.Select(program => ProgramRules.IdOf(program.ProofSystem, program.VerificationKey))),
            Session = randomness.NextSecret(),
            Grains = process.Grains,
            Catalog = CircuitCatalog.Empty,
            Backend = new SyntheticBackend(world, plan, process),
            Time = process.Clock,
            Randomness = randomness,
            Metrics = world.ProverMetrics,
            Listeners = [this],
            Logger = NullLogger.Instance,
        };
    }

    /// <summary>Funds the account and puts up the stake, in two parts: ids are the same in every life of the process.</summary>
    private async Task StakeAsync()
    {
        var client = new ProvingMarketClient(
            process.Grains, Options.Create(new MarketClientOptions()), new SimulatedRandomness(process.Random), process.Clock,
            NullLogger<ProvingMarketClient>.Instance);
        var half = plan.Stake.Scale(1, 2);
        await InsistAsync(async () =>
        {
            var entry = $"{plan.Id}-start";
            if ((await client.DepositAsync(plan.Account, entry, plan.Funds)).Refusal is { } refusal) throw new InvalidOperationException($"{entry}: {refusal}");
            world.Observe(new DepositAcknowledged(plan.Account, entry, plan.Funds));
            return true;
        });
        await InsistAsync(() => PutUpAsync(client, "first", half));
        await InsistAsync(() => PutUpAsync(client, "second", plan.Stake - half));
    }

    /// <summary>False when it is too early: a prover must be registered before it can have a stake.</summary>
    private async Task<bool> PutUpAsync(ProvingMarketClient client, string entryId, Credits amount)
    {
        if (amount == Credits.Zero) return true;
        var refusal = await client.DepositStakeAsync(plan.Id, entryId, amount);
        if (refusal is null) world.Observe(new StakeAcknowledged(plan.Id, entryId, amount));
        return refusal?.Code != ReasonCode.ProverUnknown;
    }

    private async Task InsistAsync(Func<Task<bool>> attempt)
    {
        while (!process.Ended.IsCancellationRequested)
        {
            try
            {
                if (await attempt()) return;
            }
            catch (MarketUnavailableException)
            {
                // Tried again below.
            }
            catch (Exception exception)
            {
                world.Observe(new ClientBroke(plan.Id, "putting up stake", exception));
                return;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(500), process.Clock);
        }
    }
}
