using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Simulation;
using ProvingMarket.Client;
using ProvingMarket.Client.Provers;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Mechanisms;
using ProvingMarket.Simulation.Invariants;
using ProvingMarket.Simulation.Study.Demand;
using ProvingMarket.Simulation.Study.Supply;
using ProvingMarket.Simulation.Worlds;

namespace ProvingMarket.Simulation.Study.Worlds;

/// <summary>One market of a study, under one policy, in virtual time on this thread. Nothing goes wrong but what provers do.</summary>
internal sealed class StudyWorld : IDisposable
{
    private static readonly TimeSpan BeginLimit = TimeSpan.FromHours(1);
    private static readonly TimeSpan Rest = TimeSpan.FromHours(12);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);

    private readonly SimulatedCluster _cluster;
    private readonly OutcomeReader _outcomes;
    private readonly SilentMeters _meters = new();
    private readonly Dictionary<string, double> _worked = new(StringComparer.Ordinal);
    private int _ready;

    public StudyWorld(StudyPlan plan, StudyPolicy policy)
    {
        (Plan, Policy) = (plan, policy);
        ProverMetrics = new ProverMetrics(_meters);
        _outcomes = new OutcomeReader(plan);
        var seed = unchecked((ulong)plan.Seed);
        _cluster = new SimulatedCluster(new SimulationOptions
        {
            Seed = seed,
            GrainCallsTravel = false,
            ConfigureSilo = silo =>
            {
                MarketSilo.Configure(
                    silo, WorldOptions.MarketGrains, new StudyBeacon(plan.Seed),
                    options =>
                    {
                        // Nothing gets lost here: what renewals repeat has arrived before, and 100 workers' renewals would be most of the work.
                        options.SessionRenewal = TimeSpan.FromMinutes(5);
                        options.SessionLifetime = TimeSpan.FromMinutes(30);
                        options.TuneInstances = policy.Tunes;
                    },
                    started: _ => { });
                if (policy.Mistuning is { } mistuning)
                    silo.Services.Replace(ServiceDescriptor.Singleton(services => mistuning.CatalogFrom(new MechanismCatalog(services.GetServices<RegisteredMechanism>()))));
            },
        });
        _cluster.Disk.Changed += _outcomes.OnWritten;
    }

    /// <summary>What it has in common with the worlds of other policies.</summary>
    public StudyPlan Plan { get; }

    /// <summary>How requests are served.</summary>
    public StudyPolicy Policy { get; }

    /// <summary>The meter of all workers; nobody listens.</summary>
    public ProverMetrics ProverMetrics { get; }

    /// <summary>Lives through the study.</summary>
    public StudyWorldReport Run()
    {
        var programsReady = false;
        _cluster.StartProcess("operator", async process =>
        {
            await MarketSilo.RegisterProgramsAsync(process, Plan.Demand.Programs);
            programsReady = true;
        });
        Until(() => programsReady, BeginLimit, "programs to be registered");
        foreach (var prover in Plan.Supply.Provers) _cluster.StartProcess(prover.Id, process => new StudyWorker(this, prover, process).RunAsync());
        Until(() => _ready == Plan.Supply.Provers.Length, BeginLimit, "provers to put up their stake");
        _cluster.RunFor(Settling);

        var began = _cluster.Now;
        _worked.Clear();
        _cluster.StartProcess("requesters", AskAsync);
        var last = Plan.Demand.Requests[^1].At;
        Until(() => _outcomes.Ended == Plan.Demand.Requests.Length, last + Rest, "all requests to end");
        var took = _cluster.Now - began;
        return new StudyWorldReport
        {
            Policy = Policy.Name,
            Outcomes = [.. Plan.Demand.Requests.Select(request => _outcomes.Find(request.Id)!)],
            Incomes = _outcomes.Incomes,
            Utilisation = _worked.Values.Sum() / (Plan.Supply.Provers.Sum(prover => prover.Slots) * took.TotalSeconds),
            Steps = _cluster.Steps,
        };
    }

    /// <summary>A prover is connected and has its stake.</summary>
    public void NoteReady() => _ready++;

    /// <summary>A slot of a prover was busy.</summary>
    public void NoteWork(StudyProver prover, TimeSpan time) => _worked[prover.Id] = _worked.GetValueOrDefault(prover.Id) + time.TotalSeconds;

    /// <summary>Somebody was told something.</summary>
    public void Observe(Observation observation)
    {
        if (observation is ClientBroke broke) throw new InvalidOperationException($"{broke.Who}, {broke.What}: {broke.Exception.Message}", broke.Exception);
    }

    public void Dispose()
    {
        _cluster.Dispose();
        _meters.Dispose();
    }

    /// <summary>All requesters: each request at its time, whatever becomes of the others.</summary>
    private async Task AskAsync(SimulatedProcess process)
    {
        var client = MarketSilo.Client(process);
        foreach (var account in Plan.Demand.Requests.Select(request => request.Account).Distinct(StringComparer.Ordinal))
        {
            if ((await client.DepositAsync(account, $"{account}-funds", MarketLimits.Amount)).Refusal is { } refusal)
                throw new InvalidOperationException($"{account}: {refusal}");
        }
        var began = process.Clock.GetUtcNow();
        var asking = new List<Task>();
        foreach (var request in Plan.Demand.Requests)
        {
            var wait = began + request.At - process.Clock.GetUtcNow();
            if (wait > TimeSpan.Zero) await Task.Delay(wait, process.Clock);
            asking.Add(AskAsync(client, request, process.Clock.GetUtcNow()));
        }
        await Task.WhenAll(asking);
    }

    private async Task AskAsync(ProvingMarketClient client, StudyRequest request, DateTimeOffset now)
    {
        var inputs = Bytes.Utf8(request.Index.ToString(CultureInfo.InvariantCulture));
        var result = await client.ProveAsync(new ProofRequestSpec
        {
            RequestId = request.Id,
            Account = request.Account,
            ProgramId = ProgramRules.IdOf(request.Program),
            PublicInputs = inputs,
            Input = inputs,
            MaxPrice = request.MaxPrice,
            SoftDeadline = now + request.Soft,
            HardDeadline = now + request.Hard,
            Weights = request.Persona.Weights,
            Mechanism = Policy.Mechanism,
            HalfLife = request.HalfLife,
        });
        if (result.Refusal is { } refusal) _outcomes.OnRefused(request, refusal);
    }

    private void Until(Func<bool> condition, TimeSpan limit, string what)
    {
        if (!_cluster.RunUntil(condition, limit))
            throw new InvalidOperationException($"seed {Plan.Seed}, {Plan.Population}, {Policy.Name}: {what} took more than {limit}.");
    }
}

/// <summary>What a world came to.</summary>
internal sealed record StudyWorldReport
{
    /// <summary>The policy.</summary>
    public required string Policy { get; init; }

    /// <summary>What became of the requests, in the order of their arrival.</summary>
    public required ImmutableArray<StudyOutcome> Outcomes { get; init; }

    /// <summary>What provers were paid for proofs, in micro-credits; those that were not are left out.</summary>
    public required IReadOnlyDictionary<string, long> Incomes { get; init; }

    /// <summary>The part of all slots' time that was spent proving.</summary>
    public required double Utilisation { get; init; }

    /// <summary>Steps of the simulation.</summary>
    public required long Steps { get; init; }
}
