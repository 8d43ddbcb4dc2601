using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Calls;
using ProvingMarket.Client.Provers;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Proofs;

namespace ProvingMarket.Client.Tests.Fakes;

/// <summary>A worker with everything around it faked: market, backend, clock and randomness.</summary>
internal sealed class WorkerHarness : IAsyncDisposable
{
    private readonly CircuitFolder _folder = new("merkle");
    private ServiceProvider? _services;

    public WorkerHarness()
    {
        Catalog = CircuitCatalog.Open(_folder.Path).Catalog!;
        Grains.Put("p1", Prover);
        Grains.Put(Circuit.ProgramId, new FakeBook());
    }

    public TestClock Clock { get; } = new();

    public FakeRandomness Randomness { get; } = new();

    public FakeGrainFactory Grains { get; } = new();

    public FakeProver Prover { get; } = new();

    public FakeBackend Backend { get; } = new();

    public EventRecorder Events { get; } = new();

    public CircuitCatalog Catalog { get; }

    public Circuit Circuit => Catalog.Circuits[0];

    public ProverWorker Worker { get; private set; } = null!;

    /// <summary>What the market calls: the observer of the latest session.</summary>
    public IProverObserver Observer => Prover.Connects.Calls[^1].Observer;

    /// <summary>Settings of all tests: one circuit of 1 work unit that takes a second by declaration.</summary>
    public Action<ProverWorkerOptions> Configure { get; set; } = _ => { };

    public Action<IServiceCollection> ConfigureServices { get; set; } = _ => { };

    /// <summary>Starts the worker and waits until it is connected, or as far as asked.</summary>
    public async Task<WorkerHarness> StartAsync(bool untilConnected = true)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IGrainFactory>(Grains);
        services.AddSingleton<IProverBackend>(Backend);
        services.AddSingleton<IProverEvents>(Events);
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<IRandomness>(Randomness);
        ConfigureServices(services);
        services.TryAddSingleton(new ProofSystems([new FakeProofSystem()]));
        services.AddProverWorker(options =>
        {
            options.ProverId = "p1";
            options.Account = "prover-one";
            options.CircuitsFolder = _folder.Path;
            options.MilliUnitsPerSecond = 1000;
            Configure(options);
        });
        _services = services.BuildServiceProvider();
        _services.GetRequiredService<IStartupValidator>().Validate();
        Worker = _services.GetRequiredService<ProverWorker>();
        await Worker.StartAsync(CancellationToken.None);
        if (untilConnected) await Events.NextAsync(ProverEventKind.Connected);
        return this;
    }

    /// <summary>A run that can be joined, an hour before its deadline unless said otherwise.</summary>
    public FakeRun Run(string key, double deadlineSeconds = 3600)
    {
        var run = new FakeRun(key, Circuit, Clock.Now.AddSeconds(deadlineSeconds));
        Grains.Put(run.Invitation.RunGrain.ToString(), run);
        return run;
    }

    /// <summary>Pushes the invitation of a run as the market does.</summary>
    public Task InviteAsync(FakeRun run) => Observer.InvitedAsync(run.Invitation);

    public Task StopWorkAsync(FakeRun run, ReasonCode reason = ReasonCode.Outraced) =>
        Observer.StoppedAsync(new StopWork { RunKey = run.Invitation.RunKey, Reason = reason });

    /// <summary>Invites to a run and waits until its proof is under way.</summary>
    public async Task<FakeProof> BeginProofAsync(FakeRun run)
    {
        await InviteAsync(run);
        return await Backend.NextAsync();
    }

    /// <summary>Listens to one instrument of the worker's meter.</summary>
    public MeterListener Listen(string instrument, Action<double, string> onMeasurement)
    {
        var meters = _services!.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (published, listener) =>
            {
                if (published.Meter.Scope == meters && published.Name == instrument) listener.EnableMeasurementEvents(published);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => onMeasurement(value, Text(tags)));
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) => onMeasurement(value, Text(tags)));
        listener.Start();
        return listener;

        static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(" ", tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
    }

    public async ValueTask DisposeAsync()
    {
        if (Worker is { } worker)
        {
            // Impatient: whatever a test left running is given back.
            using var now = new CancellationTokenSource();
            await now.CancelAsync();
            await worker.StopAsync(now.Token);
            if (worker.ExecuteTask is { } execution) await EndAsync(execution);
        }
        if (_services is not null) await _services.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Lets time pass until the worker has given up calls that a test left without an answer.</summary>
    private async Task EndAsync(Task execution)
    {
        var ended = execution.ContinueWith(_ => { }, TaskScheduler.Default);
        while (await Task.WhenAny(ended, Task.Delay(10)) != ended) Clock.Advance(TimeSpan.FromSeconds(10));
    }
}
