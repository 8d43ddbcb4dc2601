using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Storage;
using Orleans.TestingHost;
using ProvingMarket.Domain;
using ProvingMarket.Grains;
using ProvingMarket.Grains.Infrastructure;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.Proofs;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Storage;

namespace ProvingMarket.TestKit.Cluster;

/// <summary>The market on a silo in this process, under a clock that the test moves. Its disk outlives the silo, which can be killed and started
/// again.</summary>
public sealed class MarketCluster : IAsyncDisposable
{
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1);
    private const int MostStepsMissed = 5;

    // Much longer than anything takes that only waits for the processor, and longer than a run waits for its request; all of it shorter than a call waits for its answer, so that
    // whoever waits for ever is still found out.
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(5);
    private const int MovedWhenStuck = 5;

    private readonly Action<MarketOptions>? _configure;
    private readonly Action<IServiceCollection>? _services;
    private readonly List<TestProver> _provers = [];
    private InProcessTestCluster? _cluster;
    private ActivityMeter _meter = new();
    private Incarnation _silo = new();

    private MarketCluster(Action<MarketOptions>? configure, Action<IServiceCollection>? services) => (_configure, _services) = (configure, services);

    /// <summary>The clock of grains and tests.</summary>
    public FakeTimeProvider Time { get; } = new();

    /// <summary>The time now.</summary>
    public DateTimeOffset Now => Time.GetUtcNow();

    /// <summary>What is durable.</summary>
    public MarketDisk Disk { get; } = new();

    /// <summary>What goes wrong with writing to it.</summary>
    public StorageFaults Faults { get; } = new();

    /// <summary>The running silo's way to it, for tests that put records there which the silo would not write.</summary>
    public IGrainStorage Storage { get; private set; } = null!;

    /// <summary>The proof system of the tests.</summary>
    public TestProofSystem ProofSystem { get; } = new();

    /// <summary>What the silo has logged at warning and above.</summary>
    public LogLines Log { get; } = new();

    /// <summary>The way into the silo, as a client.</summary>
    public IGrainFactory Grains => _cluster?.Client ?? throw new InvalidOperationException("The silo is down.");

    /// <summary>At this price of a unit every prover keeps an ask standing for what it offers; null when none does.</summary>
    public Credits? StandingAsk { get; set; }

    /// <summary>The provers that come to life with the clock.</summary>
    public IReadOnlyList<TestProver> Provers => _provers;

    /// <summary>A running market.</summary>
    public static async Task<MarketCluster> StartAsync(Action<MarketOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var market = new MarketCluster(configure, services);
        market.Disk.Database = await MarketDatabase.TryCreateAsync();
        await market.StartSiloAsync();
        return market;
    }

    public IAccountGrain Account(string id) => Grains.GetGrain<IAccountGrain>(id);

    public IProgramGrain Program(string id) => Grains.GetGrain<IProgramGrain>(id);

    public IProofRequestGrain Request(string id) => Grains.GetGrain<IProofRequestGrain>(id);

    public IRaceRunGrain Run(string requestId, int stage = 0) => Grains.GetGrain<IRaceRunGrain>(GrainKeys.Run(requestId, stage));

    /// <summary>The first run of a request, of any mechanism.</summary>
    public TRun Run<TRun>(string requestId) where TRun : IMechanismRunGrain => Grains.GetGrain<TRun>(GrainKeys.Run(requestId, 0));

    public IProverGrain Prover(string id) => Grains.GetGrain<IProverGrain>(id);

    public ITaskRegistryGrain RegistryOf(string proverId) => Grains.GetGrain<ITaskRegistryGrain>(GrainKeys.RegistryShard(proverId, new MarketOptions().RegistryShards));

    /// <summary>The order book of a program.</summary>
    public IOrderBookGrain Book(string programId) => Grains.GetGrain<IOrderBookGrain>(programId);

    public IProofVerifierGrain Verifier => Grains.GetGrain<IProofVerifierGrain>(GrainKeys.Single);

    public IMechanismRouterGrain Router => Grains.GetGrain<IMechanismRouterGrain>(GrainKeys.Single);

    public IRequestWatchGrain WatchOf(string requestId) => Grains.GetGrain<IRequestWatchGrain>(GrainKeys.WatchShard(requestId));

    /// <summary>Adds a prover that renews its session, and works if it has a way of working, whenever the clock is moved.</summary>
    public void Animate(TestProver prover) => _provers.Add(prover);

    /// <summary>Kills the silo as if its process had ended: what it has not written is lost.</summary>
    public async Task KillAsync()
    {
        var cluster = _cluster ?? throw new InvalidOperationException("The silo is down.");
        _silo.Die();
        _silo.Dispose();
        _cluster = null;
        await EndAsync(cluster);
    }

    /// <summary>Stops the silo in order: its grains leave memory first.</summary>
    public async Task StopAsync()
    {
        var cluster = _cluster ?? throw new InvalidOperationException("The silo is down.");
        _cluster = null;
        await cluster.StopAllSilosAsync();
        _silo.Die();
        _silo.Dispose();
        await cluster.DisposeAsync();
    }

    /// <summary>Starts the silo again on the same disk and wakes the open requests, as a server does.</summary>
    public async Task StartAgainAsync()
    {
        await StartSiloAsync();
        await ResumeAsync();
    }

    /// <summary>Starts the silo again, and the provers connect again.</summary>
    public async Task RestartAsync()
    {
        await StartAgainAsync();
        foreach (var prover in _provers) await prover.ConnectAgainAsync();
    }

    /// <summary>How late a reminder may come on this engine.</summary>
    public static TimeSpan RemindersLateBy => EngineSetup.RemindersLateBy;

    /// <summary>Wakes all open requests and stake that leaves, as a server does at its start.</summary>
    public Task ResumeAsync() => MarketStart.ResumeAsync(Grains, new MarketOptions().RegistryShards, Time, NullLogger.Instance, _silo.Dead);

    /// <summary>Moves the clock in small steps. After each one, provers act and everything due then happens; before the first, what follows from the calls that have been answered.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        await SettleAsync();
        var target = Now + by;
        while (Now < target)
        {
            var left = target - Now;
            await StepAsync(left < LongestStep ? left : LongestStep);
        }
    }

    /// <summary>Moves the clock to a time, in small steps.</summary>
    public Task AdvanceToAsync(DateTimeOffset time) => AdvanceAsync(time - Now);

    /// <summary>Waits for a call, moving the clock as long as the call waits for it.</summary>
    public async Task<T> CompleteAsync<T>(Task<T> call)
    {
        while (true)
        {
            await WhileItMovesAsync(call);
            if (call.IsCompleted) return await call;
            await StepAsync(LongestStep / 5);
        }
    }

    /// <summary>Waits for what comes without the clock moving. Where it is not known exactly when all of that has happened, something may have come after a step of the clock that it
    /// should have come before, and would wait for the next one for ever: there it gets one, a few times, instead of a test that hangs.</summary>
    public async Task<T> FollowsAsync<T>(Task<T> awaited)
    {
        for (var steps = 0; steps < MostStepsMissed && EngineSetup.StallsAfter is { } patience && await Task.WhenAny(awaited, Task.Delay(patience)) != awaited; steps++)
            await StepAsync(LongestStep / 5);
        return await awaited.WaitAsync(Patience.Limit);
    }

    /// <summary>Says whether something has happened without the clock moving. Where it is not known exactly when all of that has, the clock is moved a little, a few times, before it is said that it has not.</summary>
    public async Task<bool> HappensAsync(Func<Task<bool>> condition)
    {
        await SettleAsync();
        for (var steps = 0; steps < MostStepsMissed && EngineSetup.StallsAfter is not null && !await condition(); steps++) await StepAsync(LongestStep / 5);
        return await condition();
    }

    /// <summary>Moves the clock until the condition holds; fails when it does not within <paramref name="limit"/>.</summary>
    public async Task AdvanceUntilAsync(Func<Task<bool>> condition, TimeSpan limit, string what)
    {
        var until = Now + limit;
        await SettleAsync();
        while (!await condition())
        {
            if (Now >= until) throw new TimeoutException($"After {limit} there was still not: {what}.{Environment.NewLine}{Log}");
            await StepAsync(LongestStep / 5);
        }
    }

    /// <summary>Waits until everything that can happen without the clock moving has happened.</summary>
    public Task SettleAsync() => EngineSetup.SettleAsync(_meter, () => Router.ListMechanismsAsync());

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not { } cluster) return;
        _cluster = null;
        _silo.Die();
        _silo.Dispose();
        await EndAsync(cluster);
        if (Disk.Database is { } database) await database.DisposeAsync();
    }

    private static async Task EndAsync(InProcessTestCluster cluster)
    {
        await cluster.KillSiloAsync(cluster.Silos[0]);
        // On Microsoft Orleans a cluster that was started handles the process's unhandled exceptions until it is told to stop; until then it and
        // the whole market stay in memory.
        await cluster.StopAllSilosAsync();
        await cluster.DisposeAsync();
    }

    private async Task StepAsync(TimeSpan by)
    {
        Time.Advance(by);
        await SettleAsync();
        await WhileItMovesAsync(Task.WhenAll(_provers.Select(prover => prover.TickAsync())));
        await SettleAsync();
    }

    /// <summary>Waits for a task, but not when it waits for something parked, which only the clock or the test sets free. Where nothing moves and nothing is parked, grains wait for each
    /// other, until the market's own limits end that: the clock goes on meanwhile.</summary>
    /// <exception cref="TimeoutException">It waits for nothing that could happen.</exception>
    private async Task WhileItMovesAsync(Task task)
    {
        var (started, moved) = (Stopwatch.GetTimestamp(), 0);
        for (var rounds = 1; !task.IsCompleted; rounds++)
        {
            await SettleAsync();
            // What has happened in the silo may have to reach its caller yet.
            await Task.Yield();
            if (task.IsCompleted) break;
            if (_meter.IsParked && rounds >= EngineSetup.RoundsUntilParked) return;
            if (moved < MovedWhenStuck && Stopwatch.GetElapsedTime(started) > (moved + 1) * StuckAfter)
            {
                Time.Advance(StuckAfter);
                moved++;
            }
            if (Stopwatch.GetElapsedTime(started) > Patience.Limit)
                throw new TimeoutException($"A call waits, and nothing is under way or waits for the clock.{Environment.NewLine}{Log}");
        }
        await task;
    }

    private async Task StartSiloAsync()
    {
        (_silo, _meter) = (new Incarnation(), new ActivityMeter());
        var (silo, meter) = (_silo, _meter);
        var builder = new InProcessTestClusterBuilder(1);
        EngineSetup.Configure(builder, meter);
        builder.ConfigureSilo((_, siloBuilder) =>
        {
            EngineSetup.Configure(siloBuilder, Time, meter);
            siloBuilder.Services.AddProvingMarket();
            if (_configure is not null) siloBuilder.Services.Configure(_configure);
            _services?.Invoke(siloBuilder.Services);
            siloBuilder.Services.AddSingleton(new ProofSystems([ProofSystem]));
            siloBuilder.Services.AddSingleton<ILoggerProvider>(Log);
            siloBuilder.Services.AddKeyedSingleton<IGrainStorage>(
                StorageNames.Market, (services, _) => Storage = new DiskStorage(Disk, Faults, EngineSetup.CodecOf(services), meter, Time, silo));
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        _cluster = cluster;
    }
}
