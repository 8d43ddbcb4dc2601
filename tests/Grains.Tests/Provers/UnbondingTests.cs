using ProvingMarket.Domain;
using ProvingMarket.TestKit;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Provers;

public sealed class UnbondingTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMinutes(3);

    // The reminder comes every minute.
    private static readonly TimeSpan PaidWithin = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Stake_comes_back_by_itself_after_its_delay()
    {
        await using var market = await MarketAsync(configure: options => options.UnbondingDelay = Delay);
        await StakedAsync(market);
        var answer = await market.Prover("p1").UnbondStakeAsync("out", Credits(20));
        Assert.Null(answer.Refusal);
        Assert.Equal((market.Now + Delay, null), (answer.Unbonding!.FreeAt, answer.Unbonding.Released));
        Leave(market);
        await market.AdvanceAsync(Delay - TimeSpan.FromSeconds(1));
        Assert.Equal((Credits(70), Credits(30)), await MoneyAsync(market));
        await market.AdvanceAsync(PaidWithin);
        Assert.Equal((Credits(90), Credits(10)), await MoneyAsync(market));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task Asked_again_it_tells_how_far_it_is_and_moves_nothing_twice()
    {
        await using var market = await MarketAsync(configure: options => options.UnbondingDelay = Delay);
        await StakedAsync(market);
        var first = await market.Prover("p1").UnbondStakeAsync("out", Credits(20));
        Assert.Equal(first.Unbonding, (await market.Prover("p1").UnbondStakeAsync("out", Credits(20))).Unbonding);
        Leave(market);
        await market.AdvanceAsync(Delay);
        var paid = (await market.Prover("p1").UnbondStakeAsync("out", Credits(20))).Unbonding!;
        Assert.Equal((Credits(20), true), (paid.Released, paid.IsPaid));
        Assert.Equal(paid, (await market.Prover("p1").UnbondStakeAsync("out", Credits(20))).Unbonding);
        await market.AdvanceAsync(PaidWithin);
        Assert.Equal((Credits(90), Credits(10)), await MoneyAsync(market));
        await Audit.AtRestAsync(market);
    }

    [Theory]
    [InlineData("out", 30.000001, ReasonCode.StakeInsufficient, "amount")]
    [InlineData("out", 0, ReasonCode.AmountNotPositive, "amount")]
    [InlineData("a b", 1, ReasonCode.FieldMalformed, "entryId")]
    public async Task A_bad_wish_is_refused(string entryId, double amount, ReasonCode code, string field)
    {
        await using var market = await MarketAsync(configure: options => options.UnbondingDelay = Delay);
        await StakedAsync(market);
        var refusal = (await market.Prover("p1").UnbondStakeAsync(entryId, Credits((decimal)amount))).Refusal!;
        Assert.Equal((code, field), (refusal.Code, refusal.Field));
    }

    [Fact]
    public async Task A_prover_cannot_take_its_bond_away_before_it_is_slashed()
    {
        await using var market = await MarketAsync(configure: options => options.UnbondingDelay = Delay);
        var prover = await StakedAsync(market);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("bond", "25")) });
        await prover.TakeAsync("r1");
        Assert.Null((await market.Prover("p1").UnbondStakeAsync("out", Credits(30))).Refusal);
        await market.AdvanceAsync(HardIn + TimeSpan.FromSeconds(5));
        await market.EndsAsync("r1");
        Leave(market);
        await market.AdvanceAsync(Delay);
        var paid = (await market.Prover("p1").UnbondStakeAsync("out", Credits(30))).Unbonding!;
        Assert.Equal(Credits(5), paid.Released);
        await Audit.AtRestAsync(market);
    }

    /// <summary>Cut off before or after each of its writes, and whether the silo dies or not: the money arrives, once.</summary>
    [Fact]
    public async Task Cut_off_anywhere_it_arrives_once()
    {
        foreach (var fault in (StorageFault[])[StorageFault.FailBefore, StorageFault.FailAfter, StorageFault.CrashBefore, StorageFault.CrashAfter])
        {
            for (var write = 1; write <= 4; write++)
            {
                await using var market = await MarketAsync(configure: options => options.UnbondingDelay = Delay);
                await StakedAsync(market);
                if (write == 1) market.Faults.Plan(1, fault);
                await RepeatAsync(market, fault);
                Leave(market);
                await market.AdvanceAsync(Delay);
                // Released, credited, noted as paid.
                if (write > 1) market.Faults.Plan(write - 1, fault);
                await RepeatAsync(market, fault);
                await market.AdvanceAsync(PaidWithin);
                await RepeatAsync(market, fault);
                Assert.Equal((Credits(90), Credits(10)), await MoneyAsync(market));
                await Audit.AtRestAsync(market);
            }
        }
    }

    private static async Task RepeatAsync(MarketCluster market, StorageFault fault)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var answer = await market.Prover("p1").UnbondStakeAsync("out", Credits(20)).WaitAsync(Patience.Limit);
                Assert.Null(answer.Refusal);
                return;
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException && attempt < 3)
            {
                if (fault is not (StorageFault.CrashBefore or StorageFault.CrashAfter)) continue;
                await market.KillAsync();
                await market.StartAgainAsync();
            }
        }
    }

    /// <summary>Its process is gone: nobody renews its session.</summary>
    private static void Leave(MarketCluster market)
    {
        foreach (var prover in market.Provers) prover.Renews = false;
    }

    private static async Task<TestProver> StakedAsync(MarketCluster market)
    {
        var prover = await market.ProverAsync("p1");
        await market.FundAsync("p1-account", Credits(100));
        Assert.Null(await prover.StakeAsync("first", Credits(30)));
        return prover;
    }

    private static async Task<(Credits Account, Credits Stake)> MoneyAsync(MarketCluster market) =>
        (await market.AvailableAsync("p1-account"), (await market.RegistryOf("p1").GetProverAsync("p1"))!.Stake);
}
