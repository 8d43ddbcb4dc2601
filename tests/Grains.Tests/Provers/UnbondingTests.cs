using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Grains.Infrastructure.Journaling;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.Grains.Registry;
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
    [InlineData("out", 1_000_000_001, ReasonCode.OutOfRange, "amount")]
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
    [Trait(Sweep.Kind, Sweep.EveryWrite)]
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

    [Fact]
    public async Task What_cannot_be_paid_keeps_nothing_else_from_being_paid()
    {
        var lost = new LostAnswers(nameof(IAccountGrain.CreditAsync), times: 1);
        await using var market = await MarketAsync(
            configure: options => options.UnbondingDelay = Delay, services: services => services.AddSingleton<IIncomingGrainCallFilter>(lost));
        await StakedAsync(market);
        foreach (var entry in new[] { "a", "b" }) Assert.Null((await market.Prover("p1").UnbondStakeAsync(entry, Credits(10))).Refusal);
        Leave(market);
        await market.AdvanceAsync(Delay + MarketCluster.RemindersLateBy);
        var unbonding = (await market.RegistryOf("p1").GetProverAsync("p1"))!.Unbonding;
        Assert.Equal((false, true), (unbonding["a"].IsPaid, unbonding["b"].IsPaid));
        await market.AdvanceAsync(PaidWithin);
        Assert.Equal((Credits(90), Credits(10)), await MoneyAsync(market));
        await Audit.AtRestAsync(market);
    }

    /// <summary>Reminders are not among the records that move to another storage, and nobody asks for the stake again.</summary>
    [Fact]
    public async Task A_start_that_finds_no_reminder_pays_all_the_same()
    {
        await using var market = await MarketAsync(configure: options => options.UnbondingDelay = Delay);
        await StakedAsync(market);
        Assert.Null((await market.Prover("p1").UnbondStakeAsync("out", Credits(20))).Refusal);
        Leave(market);
        await market.KillAsync();
        await market.StartAgainAsync();
        await market.AdvanceAsync(Delay + PaidWithin);
        Assert.Equal((Credits(90), Credits(10)), await MoneyAsync(market));
        await Audit.AtRestAsync(market);
    }

    /// <summary>One record that cannot be read just now keeps neither the market from starting nor stake from leaving.</summary>
    [Fact]
    public async Task A_registry_shard_that_cannot_be_read_at_a_start_is_asked_again_until_it_answers()
    {
        await using var market = await MarketAsync(configure: options => options.UnbondingDelay = Delay);
        await StakedAsync(market);
        Assert.Null((await market.Prover("p1").UnbondStakeAsync("out", Credits(20))).Refusal);
        Leave(market);
        await market.KillAsync();
        var gate = market.Faults.HoldRead(RegistryJournal.Name, GrainKeys.RegistryShard("p1", new MarketOptions().RegistryShards).ToString("X", CultureInfo.InvariantCulture));
        var starting = market.StartAgainAsync();
        await gate.Reached;
        // All other shards have been read.
        await market.SettleAsync();
        market.Faults.MakeUnreadable(RegistryJournal.Name);
        gate.Open();
        await starting;
        await market.AdvanceAsync(Delay + PaidWithin);
        Assert.Equal((Credits(90), Credits(10)), await MoneyAsync(market));
    }

    [Fact]
    public async Task Asking_about_one_entry_often_does_not_delay_the_others()
    {
        await using var market = await MarketAsync(configure: options => options.UnbondingDelay = Delay);
        await StakedAsync(market);
        Assert.Null((await market.Prover("p1").UnbondStakeAsync("out", Credits(20))).Refusal);
        var until = market.Now + Delay + PaidWithin;
        while (market.Now < until)
        {
            Assert.Null((await market.Prover("p1").UnbondStakeAsync("another", Credits(1))).Refusal);
            await market.AdvanceAsync(TimeSpan.FromSeconds(30));
        }
        Assert.Equal((Credits(91), Credits(9)), await MoneyAsync(market));
        await Audit.AtRestAsync(market);
    }

    /// <summary>It could be asked for under one entry once, and no account takes it at once.</summary>
    [Fact]
    public async Task More_than_one_movement_may_carry_is_paid_in_several()
    {
        await using var market = await MarketAsync(configure: options => options.UnbondingDelay = Delay);
        var prover = await market.ProverAsync("p1", stake: 1_000_000_000);
        await market.FundAsync("p1-account", Credits(1_000_000_000));
        Assert.Null(await prover.StakeAsync("second", Credits(1_000_000_000)));
        var tooMuch = Credits(1_500_000_000);
        Assert.Equal(ReasonCode.OutOfRange, (await market.Prover("p1").UnbondStakeAsync("out", tooMuch)).Refusal?.Code);
        await WriteAsync(market, known => known with { Unbonding = known.Unbonding.Add("out", new UnbondingStake { Amount = tooMuch, FreeAt = market.Now }) });
        for (var time = 0; time < 2; time++) Assert.Equal(tooMuch, (await market.Prover("p1").UnbondStakeAsync("out", tooMuch)).Unbonding?.Released);
        Assert.Equal((tooMuch, Credits(500_000_000)), await MoneyAsync(market));
        await Audit.AtRestAsync(market);
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

    /// <summary>Changes the prover's record, as another version of the market may have written it, and starts the market on it.</summary>
    private static async Task WriteAsync(MarketCluster market, Func<ProverRecord, ProverRecord> change)
    {
        var (journal, _) = await Journal<RegistryState, RegistryEntry>.OpenAsync<RegistryHead, RegistryPage>(
            market.Storage, market.RegistryOf("p1").GetGrainId(), RegistryJournal.Shape, () => { });
        journal.Add(change(journal.State.Provers["p1"]));
        await journal.CommitAsync();
        await market.KillAsync();
        await market.StartAgainAsync();
    }

    private static async Task<(Credits Account, Credits Stake)> MoneyAsync(MarketCluster market) =>
        (await market.AvailableAsync("p1-account"), (await market.RegistryOf("p1").GetProverAsync("p1"))!.Stake);
}
