using System.Globalization;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using Xunit.Abstractions;

namespace ProvingMarket.EndToEnd.Tests.Chaos;

/// <summary>Silo and workers are killed with SIGKILL at random while services ask for proofs; then everything is added up. With the environment variables
/// <c>PROVINGMARKET_CHAOS_SECONDS</c> and <c>PROVINGMARKET_CHAOS_SEED</c> the same for longer, and otherwise.</summary>
public sealed class ChaosTests(RealProof proof, ITestOutputHelper output) : IClassFixture<RealProof>
{
    private const int Workers = 4;

    private static readonly Credits Deposit = Credits.Whole(100_000);
    private static readonly Credits Stake = Credits.Whole(1_000);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public void A_seed_replays_its_schedule()
    {
        var schedule = ChaosSchedule.Draw(7, TimeSpan.FromMinutes(5), Workers);
        Assert.Equal(schedule.Kills.AsEnumerable(), ChaosSchedule.Draw(7, TimeSpan.FromMinutes(5), Workers).Kills);
        Assert.NotEqual(schedule.Kills.AsEnumerable(), ChaosSchedule.Draw(8, TimeSpan.FromMinutes(5), Workers).Kills);
        Assert.Contains(schedule.Kills, kill => kill.Worker is null);
        Assert.Equal(Workers, schedule.Kills.Select(kill => kill.Worker).OfType<int>().Distinct().Count());
        Assert.InRange(schedule.Kills.Length, 50, 600);
    }

    [Fact]
    public async Task Killed_at_random_under_load_the_market_adds_up()
    {
        var (seed, length) = (Setting("SEED", 11), TimeSpan.FromSeconds(Setting("SECONDS", 15)));
        output.WriteLine($"seed {seed}, {length}");
        await using var market = await ChaosMarket.StartAsync(proof, Workers);
        await using var session = await MarketSession.StartAsync(market.Port, backend: null);
        await session.PrepareAsync(proof.Circuit, Deposit, ChaosLoad.Requesters, [.. market.Provers.Select(prover => (prover, ChaosMarket.AccountOf(prover)))], Stake);
        var load = new ChaosLoad(session.Market, proof, seed);

        var schedule = ChaosSchedule.Draw(seed, length, Workers);
        using var enough = new CancellationTokenSource();
        var asking = load.RunAsync(enough.Token);
        foreach (var kill in schedule.Kills)
        {
            await Task.Delay(kill.After);
            await market.KillAsync(kill.Worker);
        }
        await enough.CancelAsync();
        await asking.WaitAsync(Patience);
        await Task.WhenAll(load.Accepted.Values.Select(accepted => accepted.Handle.WaitAsync())).WaitAsync(Patience);
        // What is audited is what is on the disk.
        await market.KillAsync(worker: null);

        var audit = new ChaosAudit(session.Market, session.Grains, [.. market.Provers]);
        var staked = await audit.CheckMoneyAsync(Deposit.Scale(ChaosLoad.Requesters.Length + Workers, 1));
        var ended = await audit.CheckRequestsAsync(load);
        await market.StopAsync();
        await ChaosMarket.DoneAsync("ledger", "export", "--from", market.DataFolder, "--to", market.LedgerFile);
        var ledger = await ChaosMarket.DoneAsync("ledger", "verify", market.LedgerFile);

        output.WriteLine($"killed: silo {market.SiloKills} times, workers {market.WorkerKills} times");
        output.WriteLine($"requests: {load.Submitted} submitted, {load.Accepted.Count} acknowledged, refused {string.Join(", ", load.Refused)}");
        output.WriteLine($"ended: {string.Join(", ", ended)}; slashed {Stake.Scale(Workers, 1) - staked}");
        output.WriteLine($"reasons: {string.Join(", ", audit.Reasons)}");
        output.WriteLine(ledger);
        Assert.Contains($"{Deposit.Scale(ChaosLoad.Requesters.Length + Workers, 1)} from outside", ledger, StringComparison.Ordinal);
        Assert.Contains(" 0 held", ledger, StringComparison.Ordinal);
        Assert.Equal(schedule.Kills.Count(kill => kill.Worker is null) + 1, market.SiloKills);
        Assert.Equal(schedule.Kills.Count(kill => kill.Worker is not null), market.WorkerKills);
        Assert.InRange(ended.GetValueOrDefault(RequestPhase.Fulfilled), 1, int.MaxValue);
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable($"PROVINGMARKET_CHAOS_{name}") is { Length: > 0 } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : otherwise;
}
