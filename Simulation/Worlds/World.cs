using System.Globalization;
using Orleans.Simulation;
using ProvingMarket.Client.Provers;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Requests;
using ProvingMarket.Simulation.Invariants;
using ProvingMarket.Simulation.Provers;
using ProvingMarket.Simulation.Requesters;
using ProvingMarket.Simulation.Running;

namespace ProvingMarket.Simulation.Worlds;

/// <summary>A market with everybody in it, in virtual time on this thread, all of it decided by a seed.</summary>
internal sealed class World : IDisposable
{
    private static readonly TimeSpan OpenLimit = TimeSpan.FromHours(12);
    private static readonly TimeSpan RestLimit = TimeSpan.FromHours(1);
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(90);

    private readonly SimulatedBeacon _beacon;
    private readonly WorldOptions _options;
    private readonly SimulatedCluster _cluster;
    private readonly InvariantSet _invariants;
    private readonly List<Violation> _violations = [];
    private readonly List<RequestBook> _books = [];
    private readonly HashSet<SimulatedProcess> _crashed = new(ReferenceEqualityComparer.Instance);
    private readonly PriorityQueue<Action, DateTimeOffset> _later = new();
    private readonly SilentMeters _meters = new();
    private TimeProvider? _siloClock;
    private DateTimeOffset _disturbedAt = DateTimeOffset.MinValue;
    private long _refused;
    private long _deleted;
    private int _working;

    public World(WorldOptions options)
    {
        _options = options;
        var seed = unchecked((ulong)options.Seed);
        _beacon = new SimulatedBeacon(new SimulatedRandom(seed, "beacon"));
        Plan = WorldPlanner.Draw(new SimulatedRandom(seed, "world"), new SimulatedRandom(seed, "sweeping"), new SimulatedRandom(seed, "hostility"), options.Lifecycles, options.Mechanisms);
        ProverMetrics = new ProverMetrics(_meters);
        _invariants = new InvariantSet(Report, Plan.Retention, new Conduct
        {
            Honest = [.. Plan.Provers.Where(prover => prover.Conduct == ProverConduct.Honest).Select(prover => prover.Id)],
            IsCalm = Plan.IsCalm,
        });
        _cluster = new SimulatedCluster(new SimulationOptions
        {
            Seed = seed,
            Faults = Plan.IsCalm ? FaultRates.None : FaultRates.Draw(new SimulatedRandom(seed, "faults")),
            GrainCallsTravel = !Plan.IsOneMachine,
            // As the silo has it with SQLite; with another storage on one machine they wait.
            ExternalSynchrony = Plan.IsOneMachine && new SimulatedRandom(seed, "synchrony").Chance(0.5),
            ConfigureSilo = ConfigureSilo,
            Trace = options.Trace,
        });
        _cluster.Disk.Changed += OnWritten;
        _cluster.AfterStep = _ => OnStep();
        _cluster.FaultInjected += kind =>
        {
            // The others concern clients only: nothing of the market waits for them.
            if (kind is not (FaultKind.ClockSkew or FaultKind.CallDuplicated or FaultKind.ProcessCrash)) _disturbedAt = _cluster.Now;
        };
    }

    /// <summary>Who is in it.</summary>
    public WorldPlan Plan { get; }

    /// <summary>The meter of all workers; nobody listens.</summary>
    public ProverMetrics ProverMetrics { get; }

    /// <summary>How wrong clocks can be, in either direction.</summary>
    public TimeSpan ClockSkew => _cluster.Faults.ClockSkew;

    private DateTimeOffset SiloNow => _siloClock?.GetUtcNow() ?? _cluster.Now;

    /// <summary>Lives through all of it: requests are made while things go wrong, then nothing goes wrong any more and the market comes to rest.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted before anything was violated.</exception>
    public SeedReport Run()
    {
        try
        {
            Live();
        }
        catch (Exception exception) when (exception is SimulationEscapedException or SimulatedProcessException)
        {
            Report("simulation", "every turn on this thread and every process to end in order", exception.ToString()[..Math.Min(2_000, exception.ToString().Length)]);
        }
        if (!IsBroken) _options.Interrupted.ThrowIfCancellationRequested();
        return new SeedReport
        {
            Seed = _options.Seed,
            Steps = _cluster.Steps,
            VirtualTime = _cluster.Now - _cluster.Options.Start,
            TraceHash = _options.Trace is null ? null : _cluster.TraceHash,
            Ends = CountEnds(),
            Faults = _cluster.FaultsInjected,
            Violations = [.. _violations],
        };
    }

    /// <summary>Somebody was told something.</summary>
    public void Observe(Observation observation)
    {
        if (observation is SubmissionRefused) _refused++;
        _invariants.Observed(observation, SiloNow);
    }

    /// <summary>Kills a process, which is started again after a while. One that proves several statements in a turn may die of each of them: it dies once.</summary>
    public void Crash(SimulatedProcess process)
    {
        if (!_crashed.Add(process)) return;
        process.Crash();
        var again = _cluster.Now + process.Random.NextTime(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(20));
        var plan = Plan.Provers.Single(prover => prover.Id == process.Name);
        _later.Enqueue(() => Start(plan), again);
    }

    public void Dispose()
    {
        _cluster.Dispose();
        _meters.Dispose();
    }

    private void Live()
    {
        var ready = false;
        _cluster.StartProcess("operator", async process =>
        {
            await MarketSilo.RegisterProgramsAsync(process, Plan.Programs);
            ready = true;
        });
        _cluster.RunUntil(() => ready || IsOver, OpenLimit);
        foreach (var prover in Plan.Provers) Start(prover);
        foreach (var requester in Plan.Requesters) Start(requester);

        _cluster.RunUntil(() => IsOver || AllBegun(), OpenLimit);
        _cluster.StopFaults();
        var rested = _cluster.RunUntil(() => IsOver || (_working == 0 && _invariants.Records.IsAtRest), RestLimit);
        if (IsOver) return;
        if (rested) _cluster.RunFor(Plan.IsSweptAtTheEnd ? Plan.Retention + Aftermath : Aftermath);
        _invariants.AtRest(SiloNow);
        if (!rested && !IsBroken)
            Report("every-request-ends", "every requester to learn how its requests ended", $"{_working} that still wait after {RestLimit}");
    }

    private bool AllBegun()
    {
        foreach (var book in _books)
        {
            if (book.Left > 0) return false;
        }
        return true;
    }

    private bool IsBroken => _violations.Count > 0;

    private bool IsOver => IsBroken || _options.Interrupted.IsCancellationRequested;

    private void Start(ProverPlan prover) => _cluster.StartProcess(
        prover.Id, process => new Prover(this, prover, process).RunAsync(), new SimulatedProcessOptions { MayCrash = true });

    private void Start(RequesterPlan requester)
    {
        var scripts = Enumerable.Range(0, requester.Requests)
            .Select(n => new RequestScript(string.Create(CultureInfo.InvariantCulture, $"{requester.Name}-{n}")));
        var book = new RequestBook(scripts);
        _books.Add(book);
        _working++;
        _cluster.StartProcess(
            requester.Name,
            async process =>
            {
                await new Requester(this, requester, book, process).RunAsync();
                _working--;
            },
            new SimulatedProcessOptions { MayCrash = true });
    }

    private void ConfigureSilo(ISiloBuilder silo)
    {
        MarketSilo.Configure(silo, _options.GrainClasses, _beacon, Plan.Market, clock => _siloClock = clock);
        silo.AllowEarlyCall<IProverObserver>(nameof(IProverObserver.InvitedAsync));
        _options.ConfigureSilo?.Invoke(silo);
    }

    private void OnWritten(SimulatedRecord? before, SimulatedRecord? after)
    {
        // A record that is written again as it was, by a fault, is no news.
        if (after is not null && before is not null && after.HasContentOf(before)) return;
        if (after is null)
        {
            if (before?.Read<object>() is StoredRequest) _deleted++;
            if (before is not null) _invariants.Deleted(before.GrainId.Key.ToString()!, before.Read<object>(), SiloNow);
            return;
        }
        _invariants.Written(after.GrainId.Key.ToString()!, after.Read<object>(), SiloNow);
    }

    private void OnStep()
    {
        while (_later.TryPeek(out var action, out var due) && due <= _cluster.Now)
        {
            _later.Dequeue();
            action();
        }
        _invariants.Stepped(SiloNow, _disturbedAt == DateTimeOffset.MinValue ? _disturbedAt : _disturbedAt + (SiloNow - _cluster.Now));
    }

    private void Report(string invariant, string expected, string found) => _violations.Add(new Violation
    {
        Seed = _options.Seed, Step = _cluster.Steps, At = _cluster.Now, Invariant = invariant, Expected = expected, Found = found,
    });

    private SortedDictionary<string, long> CountEnds()
    {
        var ends = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var id in _invariants.Records.Bodies.Keys)
        {
            var end = _invariants.Records.Requests.GetValueOrDefault(id)?.Phase.ToString() ?? nameof(RequestPhase.Submitted);
            ends[end] = ends.GetValueOrDefault(end) + 1;
            // Batches are counted among the others, and once more by what came of them.
            if (_invariants.Records.Requests.GetValueOrDefault(id) is not { } request || RequestLifecycle.ProvedOf(request).IsEmpty) continue;
            var batch = end == nameof(RequestPhase.Fulfilled) ? "BatchFulfilled" : "BatchInPart";
            ends[batch] = ends.GetValueOrDefault(batch) + 1;
        }
        if (_refused > 0) ends["Refused"] = _refused;
        if (_deleted > 0) ends["Deleted"] = _deleted;
        return ends;
    }
}
