using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.EndToEnd.Tests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Cluster.Tests;

/// <summary>A service that asks a cluster for proofs, and adds up afterwards what became of the money.</summary>
internal sealed class Requester : IAsyncDisposable
{
    private static readonly Credits Deposit = Credits.Whole(10_000);
    private static readonly Credits Stake = Credits.Whole(1_000);
    private static readonly Credits Price = Credits.Whole(7);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly IHost _host;
    private readonly string[] _provers;

    private Requester(IHost host, string[] provers) => (_host, _provers) = (host, provers);

    private IProvingMarketClient Market => _host.Services.GetRequiredService<IProvingMarketClient>();

    private IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public static string AccountOf(string prover) => $"{prover}-account";

    /// <summary>Connects to the cluster, registers the program, and sees to it that everybody has money.</summary>
    public static async Task<Requester> StartAsync(string database, RealProof proof, params string[] provers)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseProvingMarketCluster(database);
        builder.Services.AddProvingMarketClient();
        var host = builder.Build();
        await host.StartAsync();
        var requester = new Requester(host, provers);
        Assert.Null((await requester.Market.RegisterProgramAsync(proof.Circuit.Definition)).Refusal);
        Assert.Null((await requester.Market.DepositAsync("requester", "first", Deposit)).Refusal);
        foreach (var prover in provers) await requester.FundAsync(prover).WaitAsync(Patience);
        return requester;
    }

    /// <summary>One request from its submission to its end.</summary>
    public async Task<RequestStatus> ProveAsync(string id, RealProof proof)
    {
        var now = DateTimeOffset.UtcNow;
        var result = await Market.ProveAsync(new ProofRequestSpec
        {
            RequestId = id,
            Account = "requester",
            ProgramId = proof.Circuit.ProgramId,
            PublicInputs = Bytes.CopyOf(proof.Proof.PublicInputs.Span),
            Input = proof.Input,
            MaxPrice = Price,
            SoftDeadline = now.AddMinutes(5),
            HardDeadline = now.AddMinutes(8),
            Mechanism = new MechanismChoice { Name = "race", Parameters = new MechanismChoice { Name = "" }.Parameters.Add("bond", "1") },
        });
        return (await result.EnsureAccepted().WaitAsync()).Status!;
    }

    /// <summary>Nothing acknowledged is lost, nothing is spent twice, nothing is left over: after so many fulfilled requests.</summary>
    public async Task AuditAsync(IReadOnlyCollection<RequestStatus> ended)
    {
        Assert.All(ended, status => Assert.Equal(RequestPhase.Fulfilled, status.Phase));
        foreach (var status in ended) Assert.Equal(RequestPhase.Fulfilled, (await Grains.GetGrain<IProofRequestGrain>(status.RequestId).GetStatusAsync())!.Phase);

        // Payments and the ends of leases are settled within moments of the end.
        var limit = DateTimeOffset.UtcNow + Patience;
        while (!await IsAtRestAsync() && DateTimeOffset.UtcNow < limit) await Task.Yield();
        var paid = Price.Scale(ended.Count, 1);
        var requester = await Market.GetBalanceAsync("requester");
        Assert.Equal((Deposit - paid, Credits.Zero), (requester.Available, requester.Held));
        var (earned, completed) = (Credits.Zero, 0L);
        foreach (var prover in _provers)
        {
            var (balance, record) = (await Market.GetBalanceAsync(AccountOf(prover)), await RecordAsync(prover));
            Assert.Equal(Credits.Zero, balance.Held);
            Assert.Equal((Stake, Credits.Zero), (record.Stake, record.LockedBond));
            Assert.Empty(record.Leases);
            earned += balance.Available - (Deposit - Stake);
            completed += record.Completed;
        }
        Assert.Equal((paid, ended.Count), (earned, completed));
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    /// <summary>A prover is registered by its worker, which connects at its own pace.</summary>
    private async Task FundAsync(string prover)
    {
        Assert.Null((await Market.DepositAsync(AccountOf(prover), "first", Deposit)).Refusal);
        Refusal? refusal;
        do refusal = await Market.DepositStakeAsync(prover, "first", Stake);
        while (refusal is { Code: ReasonCode.ProverUnknown });
        Assert.Null(refusal);
    }

    private async Task<bool> IsAtRestAsync()
    {
        var open = await Task.WhenAll(Enumerable.Range(0, GrainKeys.WatchShards).Select(shard => Grains.GetGrain<IRequestWatchGrain>(shard).ListAsync()));
        var records = await Task.WhenAll(_provers.Select(RecordAsync));
        return open.All(shard => shard.IsEmpty) && records.All(record => record.Leases.IsEmpty);
    }

    private async Task<Domain.Registry.ProverRecord> RecordAsync(string prover) =>
        (await Grains.GetGrain<IRegistryGrain>(GrainKeys.Single).GetProverAsync(prover))!;
}
