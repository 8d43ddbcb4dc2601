using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;

namespace ProvingMarket.Client.Tests.Integration;

/// <summary>Client and worker on the market's real grains, under one clock that the test moves. The silo can be killed and started again; client
/// and worker stay.</summary>
internal sealed class LiveMarket : IAsyncDisposable
{
    private const string PublicInputs = "3,4";
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    private readonly CircuitFolder _folder = new();
    private readonly ServiceProvider _services;

    private LiveMarket(MarketCluster market, Action<ProverWorkerOptions>? configure)
    {
        Market = market;
        _folder.Add("sum", proofSystem: TestProofSystem.SystemName, verificationKey: TestProofSystem.Key(2, "sum").ToUtf8String());
        var services = new ServiceCollection();
        services.AddSingleton(LiveGrains.Of(market));
        services.AddSingleton<TimeProvider>(market.Time);
        services.AddSingleton<IProverBackend>(Backend);
        services.AddSingleton<IProverEvents>(Events);
        services.AddProvingMarketClient();
        services.AddProverWorker(options =>
        {
            (options.ProverId, options.Account, options.CircuitsFolder) = ("p1", "prover-one", _folder.Path);
            configure?.Invoke(options);
        });
        _services = services.BuildServiceProvider();
        Client = _services.GetRequiredService<IProvingMarketClient>();
        Worker = _services.GetRequiredService<ProverWorker>();
    }

    public MarketCluster Market { get; }

    public FakeBackend Backend { get; } = new();

    public EventRecorder Events { get; } = new();

    public IProvingMarketClient Client { get; }

    public ProverWorker Worker { get; }

    /// <summary>A market with a program, a requester with 100 credits, and a connected worker.</summary>
    /// <param name="silo">What the silo has beside the market.</param>
    /// <param name="worker">Settings of the worker.</param>
    /// <param name="registeredBefore">What somebody else registers before, made from what the worker has.</param>
    public static async Task<LiveMarket> StartAsync(
        Action<IServiceCollection>? silo = null, Action<ProverWorkerOptions>? worker = null, Func<ProgramDefinition, ProgramDefinition>? registeredBefore = null)
    {
        var live = new LiveMarket(await MarketCluster.StartAsync(services: silo), worker);
        if (registeredBefore is not null) Assert.Null((await live.Client.RegisterProgramAsync(registeredBefore(live.Circuit.Definition))).Refusal);
        Assert.Null((await live.Client.RegisterProgramAsync(live.Circuit.Definition)).Refusal);
        Assert.Null((await live.Client.DepositAsync("alice", "start", Credits.Whole(100))).Refusal);
        await live.Worker.StartAsync(CancellationToken.None);
        await live.Events.NextAsync(ProverEventKind.Connected);
        return live;
    }

    /// <summary>The program that the worker serves.</summary>
    public string ProgramId => Circuit.ProgramId;

    /// <summary>The circuit that the worker has.</summary>
    public Circuit Circuit => CircuitCatalog.Open(_folder.Path).Catalog!.Find("sum")!;

    public ProofRequestSpec Spec(string id) => Market.Spec(id) with { ProgramId = ProgramId, PublicInputs = Bytes.Utf8(PublicInputs) };

    public async Task<ProofHandle> RequestAsync(string id) => (await Client.ProveAsync(Spec(id))).EnsureAccepted();

    /// <summary>Completes a proof with one that verifies.</summary>
    public static void Complete(FakeProof proof) =>
        proof.Complete(TestProofSystem.Prove(TestProofSystem.Key(2, "sum"), Bytes.Utf8(PublicInputs)).Memory, Bytes.Utf8(PublicInputs).Memory);

    /// <summary>Lets time pass, slowly, until something has happened that waits for the clock: a renewal, a repeated call.</summary>
    public async Task<T> PassUntilAsync<T>(Task<T> happened)
    {
        while (!happened.IsCompleted)
        {
            Market.Time.Advance(Step);
            await Task.WhenAny(happened, Task.Delay(Pace));
        }
        return await happened;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await Worker.StopAsync(now.Token);
        await PassUntilAsync(Worker.ExecuteTask!.ContinueWith(_ => true, TaskScheduler.Default));
        await _services.DisposeAsync();
        await Market.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>The grains of whatever silo is up; calls fail while there is none, as they do over a lost connection.</summary>
[SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives from it.")]
internal class LiveGrains : DispatchProxy
{
    private MarketCluster _market = null!;

    public static IGrainFactory Of(MarketCluster market)
    {
        var grains = Create<IGrainFactory, LiveGrains>();
        ((LiveGrains)(object)grains)._market = market;
        return grains;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Invoke(GrainsNow(), BindingFlags.DoNotWrapExceptions, null, args, null);

    private IGrainFactory GrainsNow()
    {
        try
        {
            return _market.Grains;
        }
        catch (InvalidOperationException exception)
        {
            throw new SiloUnavailableException("The silo is down.", exception);
        }
    }
}
