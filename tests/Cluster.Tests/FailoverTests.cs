using System.Globalization;
using ProvingMarket.EndToEnd.Tests;
using ProvingMarket.EndToEnd.Tests.Processes;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Cluster.Tests;

/// <summary>Silos come and go among requests: whatever was acknowledged is fulfilled, and every credit and lease is where it belongs.</summary>
public sealed class FailoverTests
{
    private const int AtOnce = 8;
    private const int BeforeTheLoss = 16;
    private const int Requests = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly TaskCompletionSource _underWay = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [ClusterFact]
    public async Task A_silo_is_killed_among_requests_and_another_joins()
    {
        await using var cluster = await MarketCluster.CreateAsync();
        await RunAsync(cluster, async lost =>
        {
            await lost.KillAsync();
            await cluster.StartSiloAsync();
        });
    }

    [ClusterFact]
    public async Task A_silo_is_asked_to_stop_among_requests_and_drains()
    {
        await using var cluster = await MarketCluster.CreateAsync();
        await RunAsync(cluster, async lost =>
        {
            await lost.TerminateAsync();
            Assert.Equal(0, await lost.ExitAsync(TimeSpan.FromMinutes(1)));
            Assert.Contains("Orleans Silo stopped", lost.Output, StringComparison.Ordinal);
        });
    }

    private async Task RunAsync(MarketCluster cluster, Func<Program, Task> lose)
    {
        try
        {
            var proof = new RealProof();
            await proof.InitializeAsync();
            using var files = new RealProofFiles(proof);
            var first = await cluster.StartSiloAsync();
            await cluster.StartSiloAsync();
            foreach (var prover in (string[])["swift", "steady"]) cluster.StartWorker(prover, Requester.AccountOf(prover), files, slots: AtOnce);
            await using var requester = await Requester.StartAsync(cluster.Database, proof, "swift", "steady");

            var requests = ProveAllAsync(requester, proof);
            await _underWay.Task.WaitAsync(Patience);
            await lose(first);

            await requester.AuditAsync(await requests.WaitAsync(Patience));
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{error.Message}\n{cluster.Output}", error);
        }
    }

    private async Task<RequestStatus[]> ProveAllAsync(Requester requester, RealProof proof)
    {
        var (next, ended) = (-1, 0);
        var lanes = Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            var own = new List<RequestStatus>();
            for (var i = Interlocked.Increment(ref next); i < Requests; i = Interlocked.Increment(ref next))
            {
                own.Add(await requester.ProveAsync(i.ToString("'request-'000", CultureInfo.InvariantCulture), proof));
                if (Interlocked.Increment(ref ended) == BeforeTheLoss) _underWay.SetResult();
            }
            return own;
        });
        return [.. (await Task.WhenAll(lanes)).SelectMany(own => own)];
    }
}
