using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Requests;

/// <summary>What has ended leaves memory as soon as nobody is expected to ask for it, and whoever asks all the same is told the same.</summary>
public sealed class MemoryTests
{
    private readonly Activations _activations = new();

    [Fact]
    public async Task A_request_leaves_memory_when_it_has_ended_and_its_requester_has_the_proof()
    {
        await using var market = await MarketAsync(services: silo => silo.AddSingleton<IIncomingGrainCallFilter>(_activations));
        await WinAsync(market, await market.ProverAsync("p1"));
        var first = await market.Request("r1").GetStatusAsync();
        Assert.Equal(1, _activations.Of(market.Request("r1")));

        var proof = await market.Request("r1").GetProofAsync();
        Assert.Null(proof.Refusal);
        var again = await market.Request("r1").GetStatusAsync();
        Assert.Equal(2, _activations.Of(market.Request("r1")));

        Assert.Equal((RequestPhase.Fulfilled, first!.Paid, first.Timeline.Length), (again!.Phase, again.Paid, again.Timeline.Length));
        Assert.Equal(proof.Proof, (await market.Request("r1").GetProofAsync()).Proof);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_run_leaves_memory_when_it_has_ended_and_nobody_works_for_it()
    {
        await using var market = await MarketAsync(services: silo => silo.AddSingleton<IIncomingGrainCallFilter>(_activations));
        await WinAsync(market, await market.ProverAsync("p1"));
        var run = await RunOfAsync(market);
        Assert.Equal(1, _activations.Of(run));

        Assert.Equal("r1", (await run.GetTranscriptAsync()).Order!.RequestId);
        Assert.Equal(2, _activations.Of(run));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_run_in_which_somebody_still_works_stays_for_the_proof_that_comes_too_late()
    {
        await using var market = await MarketAsync(services: silo => silo.AddSingleton<IIncomingGrainCallFilter>(_activations));
        var (fast, slow) = (await market.ProverAsync("fast"), await market.ProverAsync("slow"));
        await market.OpenAsync(market.Spec("r1"));
        await slow.InvitedToAsync();
        var late = await slow.TakeAsync("r1");
        await fast.InvitedToAsync();
        await fast.DeliverAsync("r1", await fast.TakeAsync("r1"));
        await market.EndsAsync("r1");
        await market.SettleAsync();

        Assert.Equal(ReasonCode.RunWon, (await slow.DeliverAsync("r1", late)).Refusal?.Code);
        Assert.Equal(1, _activations.Of(await RunOfAsync(market)));
        await Audit.AtRestAsync(market);
    }

    private static async Task WinAsync(MarketCluster market, TestProver prover)
    {
        await market.OpenAsync(market.Spec("r1"));
        await prover.InvitedToAsync();
        await prover.DeliverAsync("r1", await prover.TakeAsync("r1"));
        await market.EndsAsync("r1");
        await market.SettleAsync();
    }

    private static async Task<IRunForRequests> RunOfAsync(MarketCluster market) =>
        market.Grains.GetGrain<IRunForRequests>((await market.Request("r1").GetRecordAsync())!.Stages[0].RunGrain);

    /// <summary>Counts the objects that have served a grain.</summary>
    private sealed class Activations : IIncomingGrainCallFilter
    {
        private readonly ConcurrentDictionary<(GrainId Grain, object Instance), bool> _seen = new();

        public int Of(IAddressable grain) => _seen.Keys.Count(seen => seen.Grain == grain.GetGrainId());

        public Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.Grain is IGrainBase grain) _seen[(context.TargetId, grain)] = true;
            return context.Invoke();
        }
    }
}
