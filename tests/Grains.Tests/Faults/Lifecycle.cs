using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Faults;

/// <summary>Requests from a deposit of stake to the last payment, one after another, each with a cheat that is slashed and a good prover that wins.
/// Clients and provers repeat what was not acknowledged; a silo that crashed is started again.</summary>
internal sealed class Lifecycle(MarketCluster market, MechanismChoice mechanism, Func<ProofRequestSpec, ProofRequestSpec> order)
{
    private static readonly Credits Price = Credits(10);
    private static readonly Credits Stake = Credits(4);
    private TestProver _cheat = null!;
    private TestProver _good = null!;

    /// <param name="mechanism">What serves them, with a bond of two credits and a price of ten; a race when left out.</param>
    /// <param name="services">What the silo has beside the market.</param>
    /// <param name="prepare">What is said of the market before its provers connect.</param>
    /// <param name="order">What is asked for; a single statement when left out.</param>
    public static async Task<(MarketCluster Market, Lifecycle Lifecycle)> StartAsync(
        MechanismChoice? mechanism = null, Action<IServiceCollection>? services = null, Action<MarketCluster>? prepare = null, Func<ProofRequestSpec, ProofRequestSpec>? order = null)
    {
        var market = await MarketAsync(funds: 100_000, services: services);
        prepare?.Invoke(market);
        var lifecycle = new Lifecycle(market, mechanism ?? RaceOf(("bond", "2")), order ?? (static spec => spec));
        lifecycle._cheat = await market.ProverAsync("cheat", conduct: Conduct.Corrupt);
        lifecycle._good = await market.ProverAsync("good");
        // The cheat is first, so that there is somebody to rescue from.
        lifecycle._good.Worker = new TestWorker(market, lifecycle._good, Conduct.Good, _ => TimeSpan.FromSeconds(1));
        foreach (var prover in market.Provers)
        {
            prover.ExpectsFaults = true;
            await market.FundAsync(prover.Offer.Account, Credits(10_000));
            await prover.StakeAsync("start", Credits(100));
        }
        return (market, lifecycle);
    }

    /// <summary>One request; fails when anything promised does not hold at its end.</summary>
    public async Task RunAsync(string requestId)
    {
        Assert.Null(await market.InsistAsync(() => _cheat.StakeAsync(requestId, Stake)));
        var spec = order(market.Spec(requestId) with { MaxPrice = Price, Mechanism = mechanism });
        Assert.Null((await market.InsistAsync(() => market.Request(requestId).SubmitAsync(spec))).Refusal);

        RequestStatus? status = null;
        await market.AdvanceUntilAsync(
            async () =>
            {
                await market.RestartIfCrashedAsync();
                status = await market.TryAsync(() => market.Request(requestId).GetStatusAsync());
                return status?.Phase.IsFinal() == true && !market.Faults.Crashed.IsCompleted;
            },
            HardIn + TimeSpan.FromSeconds(90),
            $"the end of {requestId}");

        // What failed after the end is repeated a moment later; what a shard has lost of it comes with its reminder.
        await market.AdvanceAsync(TimeSpan.FromSeconds(2));
        await market.RestartIfCrashedAsync();
        await market.AdvanceUntilAsync(
            async () => await market.TryAsync(async () => (IReadOnlyCollection<string>?)await market.WatchOf(requestId).ListAsync()) is { } open && !open.Contains(requestId),
            TimeSpan.FromMinutes(1) + MarketCluster.RemindersLateBy,
            $"the end of the watch over {requestId}");
        await Audit.AtRestAsync(market);
        Assert.True(status!.Phase == RequestPhase.Fulfilled && status.ProverId == "good", Describe(status));
        AssertAcknowledgedIsKept(requestId, status);
    }

    private void AssertAcknowledgedIsKept(string requestId, RequestStatus status)
    {
        var runKey = $"{requestId}/0";
        var settlement = market.Disk.All<RequestState>("request")[requestId].Settlement!;
        Assert.Equal(Price, status.Paid);
        if (_good.Worker!.Earned.TryGetValue(runKey, out var earned)) Assert.Equal(Price, earned);
        if (_cheat.Worker!.Caught.ContainsKey(runKey))
            Assert.Equal(LeaseOutcome.Miss, Assert.Single(settlement.Leases, lease => lease.ProverId == "cheat").Outcome);
        var provers = market.Disk.Provers();
        Assert.Equal(Stake, provers.Single(prover => prover.Offer.ProverId == "cheat").StakeEntries[$"stake/cheat/{requestId}"].Amount);
    }
}
