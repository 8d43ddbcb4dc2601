using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProvingMarket.Client;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Provers;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.EndToEnd.Tests;

/// <summary>A requester of this process, and its prover unless that is another, connected to a silo in another, which may die and come back.</summary>
internal sealed class MarketSession : IAsyncDisposable
{
    public const string Requester = "requester";
    public const string Prover = "prover";
    public const string ProverAccount = "prover-account";

    public static readonly Credits Deposit = Credits.Whole(100);
    public static readonly Credits Stake = Credits.Whole(10);
    public static readonly Credits Price = Credits.Whole(7);

    private readonly IHost _host;

    private MarketSession(IHost host) => _host = host;

    public IProvingMarketClient Market => _host.Services.GetRequiredService<IProvingMarketClient>();

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public static async Task<MarketSession> StartAsync(int port, IProverBackend? backend)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseProvingMarketGateway(new IPEndPoint(IPAddress.Loopback, port));
        builder.Services.AddProvingMarketClient();
        if (backend is not null) AddWorker(builder.Services, backend);
        var host = builder.Build();
        await host.StartAsync();
        return new MarketSession(host);
    }

    private static void AddWorker(IServiceCollection services, IProverBackend backend)
    {
        services.AddSingleton(backend);
        services.AddProverWorker(options =>
        {
            options.ProverId = Prover;
            options.Account = ProverAccount;
            options.CircuitsFolder = RealProof.Catalog.Folder;
            options.DrainTimeout = TimeSpan.FromMilliseconds(500);
            options.LeaveTimeout = TimeSpan.FromSeconds(1);
        });
    }

    /// <summary>Programs, money and stake: everything a first request needs. Every step repeats itself until its outcome is known.</summary>
    public Task PrepareAsync(Circuit circuit) => PrepareAsync(circuit, Deposit, [Requester], [(Prover, ProverAccount)], Stake);

    /// <summary>The same for several requesters and provers.</summary>
    public async Task PrepareAsync(Circuit circuit, Credits deposit, IEnumerable<string> requesters, IReadOnlyCollection<(string Id, string Account)> provers, Credits stake)
    {
        Assert.Null((await Market.RegisterProgramAsync(circuit.Definition)).Refusal);
        foreach (var account in requesters.Concat(provers.Select(prover => prover.Account))) Assert.Null((await Market.DepositAsync(account, "first", deposit)).Refusal);
        foreach (var (id, _) in provers)
        {
            Refusal? refusal;
            do
            {
                // The prover is registered by its worker, which connects at its own pace.
                refusal = await Market.DepositStakeAsync(id, "first", stake);
            }
            while (refusal is { Code: ReasonCode.ProverUnknown });
            Assert.Null(refusal);
        }
    }

    public async Task<ProofHandle> RequestAsync(string id, RealProof proof)
    {
        var now = DateTimeOffset.UtcNow;
        var result = await Market.ProveAsync(new ProofRequestSpec
        {
            RequestId = id,
            Account = Requester,
            ProgramId = proof.Circuit.ProgramId,
            PublicInputs = Bytes.CopyOf(proof.Proof.PublicInputs.Span),
            Input = proof.Input,
            MaxPrice = Price,
            SoftDeadline = now.AddMinutes(2),
            HardDeadline = now.AddMinutes(4),
            Mechanism = new MechanismChoice { Name = "race", Parameters = new MechanismChoice { Name = "" }.Parameters.Add("bond", "1") },
        });
        return result.EnsureAccepted();
    }

    /// <summary>Nothing lost, nothing spent twice, nothing left over: after so many fulfilled requests.</summary>
    public async Task AuditAsync(int fulfilled)
    {
        var paid = Price.Scale(fulfilled, 1);
        var requester = await Market.GetBalanceAsync(Requester);
        var prover = await Market.GetBalanceAsync(ProverAccount);
        var record = await AgainAsync(() => Grains.GetGrain<IRegistryGrain>(GrainKeys.Single).GetProverAsync(Prover)).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(Deposit - paid, requester.Available);
        Assert.Equal(Credits.Zero, requester.Held);
        Assert.Equal(Deposit - Stake + paid, prover.Available);
        Assert.Equal(Stake, record!.Stake);
        Assert.Empty(record.Leases);
        Assert.Equal(fulfilled, record.Completed);
        await NothingIsWatchedAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>A request leaves its watch shard right after it is final, not before.</summary>
    private async Task NothingIsWatchedAsync()
    {
        while (true)
        {
            var open = await AgainAsync(() => Task.WhenAll(Enumerable.Range(0, GrainKeys.WatchShards).Select(shard => Grains.GetGrain<IRequestWatchGrain>(shard).ListAsync())));
            if (open.All(shard => shard.IsEmpty)) return;
        }
    }

    /// <summary>Reads until it is answered: a silo that is killed after its last writes may be gone just now.</summary>
    private static async Task<T> AgainAsync<T>(Func<Task<T>> read)
    {
        while (true)
        {
            try
            {
                return await read();
            }
            catch (SiloUnavailableException)
            {
                await Task.Yield();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
