using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Race;

/// <summary>Provers without number, which cost whoever has them nothing, on one run.</summary>
public sealed class CrowdTests
{
    // Kept here, because the market does not.
    private static readonly Deaf NoWorker = new();

    [Fact]
    public async Task However_many_come_and_go_the_request_ends_at_its_deadline_and_its_hold_is_gone()
    {
        await using var market = await MarketAsync();
        await market.OpenAsync(market.Spec("r1"));
        // What twice as many as a run may know would outgrow.
        market.Disk.MaxRecordBytes = 450_000;
        var (run, joined) = (market.Run("r1"), 0);
        for (var i = 0; i < 2 * MarketLimits.RunParticipants; i++)
        {
            await RegisterAsync(market, $"p{i}", isConnected: true);
            if ((await run.JoinAsync($"p{i}", "s1")).Refusal is { } refusal)
            {
                Assert.Equal(ReasonCode.RunFull, refusal.Code);
                continue;
            }
            await run.DeclineAsync($"p{i}", "s1", ReasonCode.ProvingFailed);
            joined++;
        }
        await market.AdvanceAsync(HardIn);
        Assert.Equal(RequestPhase.Expired, (await market.EndsAsync("r1")).Phase);
        Assert.Equal(MarketLimits.RunParticipants, joined);
        var balance = await market.Account("alice").GetBalanceAsync();
        Assert.Equal((Credits(1_000), Domain.Credits.Zero), (balance.Available, balance.Held));
    }

    /// <summary>Anybody can call in the name of a prover it knows: that must not take the places of those who work.</summary>
    [Fact]
    public async Task Calls_in_the_names_of_others_leave_room_for_who_comes_itself()
    {
        await using var market = await MarketAsync();
        await market.OpenAsync(market.Spec("r1"));
        for (var i = 0; i < RunRules.ManyParticipants + 10; i++)
        {
            await RegisterAsync(market, $"p{i}", isConnected: false);
            Assert.Equal(ReasonCode.SessionUnknown, (await market.Run("r1").JoinAsync($"p{i}", "stranger")).Refusal?.Code);
        }
        await (await market.ProverAsync("honest")).TakeAsync("r1");
        var known = market.Disk.All<RaceState>("race")[GrainKeys.Run("r1", 0)].Participants;
        Assert.Equal(RunRules.ManyParticipants + 1, known.Count);
        Assert.Contains("honest", known.Keys);
    }

    /// <summary>Without a prover grain for each, which nobody asks for anything here.</summary>
    private static async Task RegisterAsync(MarketCluster market, string prover, bool isConnected)
    {
        var registry = market.RegistryOf(prover);
        Assert.Null(await registry.RegisterAsync(Offer(prover)));
        if (!isConnected) return;
        var observer = market.Grains.CreateObjectReference<IProverObserver>(NoWorker);
        await registry.SetSessionAsync(prover, new ProverSession { Presence = new ProverPresence { Session = "s1", LiveUntil = DateTimeOffset.MaxValue }, Observer = observer });
    }

    /// <summary>Learns of a run from the test.</summary>
    private sealed class Deaf : IProverObserver
    {
        public Task InvitedAsync(Invitation invitation) => Task.CompletedTask;

        public Task StoppedAsync(StopWork stop) => Task.CompletedTask;
    }
}
