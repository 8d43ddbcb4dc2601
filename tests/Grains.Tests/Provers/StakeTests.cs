using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Provers;

public sealed class StakeTests
{
    // The writes of a deposit: announced, noted as pending, debited, added to the stake, noted as settled, no longer pending.
    private const int Noted = 2;
    private const int Debited = 3;
    private const int Deposit = 6;

    [Fact]
    public async Task Stake_moves_from_the_account_to_the_registry()
    {
        await using var market = await MarketAsync();
        var prover = await FundedAsync(market);
        Assert.Null(await prover.StakeAsync("first", Credits(30)));
        Assert.Null(await prover.StakeAsync("second", Credits(20)));
        await AssertStakedAsync(market, 50);
    }

    [Fact]
    public async Task The_same_deposit_again_moves_nothing()
    {
        await using var market = await MarketAsync();
        var prover = await FundedAsync(market);
        Assert.Null(await prover.StakeAsync("first", Credits(30)));
        var writes = market.Faults.Writes;
        Assert.Null(await prover.StakeAsync("first", Credits(30)));
        Assert.Equal(writes, market.Faults.Writes);
        await AssertStakedAsync(market, 30);
    }

    [Fact]
    public async Task The_same_entry_with_another_amount_is_refused()
    {
        await using var market = await MarketAsync();
        var prover = await FundedAsync(market);
        await prover.StakeAsync("first", Credits(30));
        AssertRefused(ReasonCode.EntryConflict, "amount", await prover.StakeAsync("first", Credits(31)));
        await AssertStakedAsync(market, 30);
    }

    [Theory]
    [InlineData("first", 100.000001, ReasonCode.BalanceInsufficient, "amount")]
    [InlineData("first", 0, ReasonCode.AmountNotPositive, "amount")]
    [InlineData("first", -1, ReasonCode.AmountNotPositive, "amount")]
    [InlineData("first", 1_000_000_001, ReasonCode.OutOfRange, "amount")]
    [InlineData("", 1, ReasonCode.FieldMissing, "entryId")]
    [InlineData("a b", 1, ReasonCode.FieldMalformed, "entryId")]
    public async Task A_bad_deposit_is_refused_and_nothing_moves(string entryId, double amount, ReasonCode code, string field)
    {
        await using var market = await MarketAsync();
        var prover = await FundedAsync(market);
        AssertRefused(code, field, await prover.StakeAsync(entryId, Credits((decimal)amount)));
        await AssertStakedAsync(market, 0);
    }

    [Fact]
    public async Task A_refused_deposit_can_be_made_once_there_is_money()
    {
        await using var market = await MarketAsync();
        var prover = await FundedAsync(market);
        AssertRefused(ReasonCode.BalanceInsufficient, "amount", await prover.StakeAsync("first", Credits(150)));
        await market.FundAsync("p1-account", Credits(100), "more");
        Assert.Null(await prover.StakeAsync("first", Credits(150)));
    }

    /// <summary>The first debit is late: by the time it comes, the deposit has been refused, and money for it has arrived.</summary>
    [Fact]
    public async Task A_debit_that_comes_after_its_deposit_was_refused_takes_nothing()
    {
        await using var market = await MarketAsync();
        var prover = await FundedAsync(market);
        AssertRefused(ReasonCode.BalanceInsufficient, "amount", await prover.StakeAsync("first", Credits(150)));
        await market.FundAsync("p1-account", Credits(100), "more");
        var attempted = market.Disk.Accounts()["p1-account"].Ledger.Single(entry => entry.Kind == EntryKind.Void);
        var late = await market.Account("p1-account").DebitAsync(attempted.EntryId["debit/".Length..], Credits(150), "stake:p1", attempted.At);
        Assert.Equal(ReasonCode.EntryConflict, late.Refusal?.Code);
        await AssertStakedAsync(market, 0);
        Assert.Null(await prover.StakeAsync("first", Credits(150)));
        await AssertStakedAsync(market, 150);
    }

    [Fact]
    public async Task A_prover_that_is_not_registered_has_no_stake()
    {
        await using var market = await MarketAsync();
        AssertRefused(ReasonCode.ProverUnknown, "proverId", await new TestProver(market, Offer("p1")).StakeAsync("first", Credits(1)));
    }

    /// <summary>Cut off anywhere, the money is on its way: it arrives although the worker does not ask again.</summary>
    [Theory]
    [InlineData(2, StorageFault.FailAfter)]
    [InlineData(3, StorageFault.FailBefore)]
    [InlineData(3, StorageFault.FailAfter)]
    [InlineData(4, StorageFault.FailBefore)]
    [InlineData(4, StorageFault.FailAfter)]
    [InlineData(5, StorageFault.FailBefore)]
    [InlineData(5, StorageFault.FailAfter)]
    [InlineData(5, StorageFault.Conflict)]
    [InlineData(6, StorageFault.FailBefore)]
    [InlineData(6, StorageFault.Conflict)]
    public async Task A_deposit_that_was_cut_off_arrives_by_itself(int write, StorageFault fault)
    {
        await using var market = await MarketAsync();
        var prover = await FundedAsync(market);
        market.Faults.Plan(write, fault);
        await Assert.ThrowsAnyAsync<Exception>(() => prover.StakeAsync("first", Credits(30)));
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        await AssertStakedAsync(market, 30);
    }

    [Theory]
    [InlineData(1, StorageFault.FailBefore)]
    [InlineData(1, StorageFault.FailAfter)]
    [InlineData(2, StorageFault.FailBefore)]
    public async Task A_deposit_that_failed_before_it_was_noted_is_as_if_it_had_not_been_made(int write, StorageFault fault)
    {
        await using var market = await MarketAsync();
        var prover = await FundedAsync(market);
        market.Faults.Plan(write, fault);
        await Assert.ThrowsAnyAsync<Exception>(() => prover.StakeAsync("first", Credits(30)));
        await market.AdvanceAsync(TimeSpan.FromSeconds(70) + MarketCluster.RemindersLateBy);
        await AssertStakedAsync(market, 0);
        Assert.Empty(await market.RegistryOf("p1").ListMovingStakeAsync());
    }

    [Fact]
    public async Task A_deposit_is_announced_until_it_has_arrived_and_no_longer()
    {
        await using var market = await MarketAsync();
        var prover = await FundedAsync(market);
        var debit = market.Faults.HoldWrite("account", "p1-account");
        var staking = prover.StakeAsync("first", Credits(30));
        await debit.Reached;
        Assert.Equal("p1", Assert.Single(await market.RegistryOf("p1").ListMovingStakeAsync()));
        debit.Open();
        Assert.Null(await staking);
        await market.AdvanceAsync(TimeSpan.FromSeconds(70) + MarketCluster.RemindersLateBy);
        Assert.Empty(await market.RegistryOf("p1").ListMovingStakeAsync());
        await AssertStakedAsync(market, 30);
    }

    /// <summary>The first deposit was debited and is not staked yet: another amount under its id must not push it aside.</summary>
    [Fact]
    public async Task A_deposit_on_its_way_is_not_replaced_by_another_of_the_same_id()
    {
        await using var market = await MarketAsync();
        var prover = await FundedAsync(market);
        market.Faults.Plan(4, StorageFault.FailBefore);
        await Assert.ThrowsAnyAsync<Exception>(() => prover.StakeAsync("first", Credits(30)));
        AssertRefused(ReasonCode.EntryConflict, "amount", await prover.StakeAsync("first", Credits(40)));
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        await AssertStakedAsync(market, 30);
    }

    [Fact]
    public async Task A_deposit_cut_off_by_a_crash_arrives_when_the_prover_is_back()
    {
        for (var write = Debited; write <= Deposit; write++)
        {
            await using var market = await MarketAsync();
            var prover = await FundedAsync(market);
            market.Faults.Plan(write, StorageFault.CrashBefore);
            await Assert.ThrowsAnyAsync<Exception>(() => prover.StakeAsync("first", Credits(30)));
            await market.KillAsync();
            await market.RestartAsync();
            await market.AdvanceAsync(TimeSpan.FromSeconds(1));
            await AssertStakedAsync(market, 30);
        }
    }

    /// <summary>Everything has crashed, the reminders are gone, and nobody calls the prover again.</summary>
    [Fact]
    public async Task A_deposit_cut_off_by_a_crash_arrives_although_its_prover_stays_away()
    {
        for (var write = Debited; write <= Deposit; write++)
        {
            await using var market = await MarketAsync();
            var prover = await FundedAsync(market);
            market.Faults.Plan(write, StorageFault.CrashBefore);
            await Assert.ThrowsAnyAsync<Exception>(() => prover.StakeAsync("first", Credits(30)));
            prover.Renews = false;
            await market.KillAsync();
            await market.StartAgainAsync();
            await market.AdvanceAsync(TimeSpan.FromSeconds(10));
            await AssertStakedAsync(market, 30);
        }
    }

    /// <summary>The silo lives on, so nothing starts that would look for it: the activation that noted the deposit is gone.</summary>
    [Fact]
    public async Task A_deposit_whose_activation_was_dropped_is_carried_on_by_a_reminder()
    {
        await using var market = await MarketAsync();
        var prover = await FundedAsync(market);
        market.Faults.Plan(Noted, StorageFault.FailAfterWithReads);
        await Assert.ThrowsAnyAsync<Exception>(() => prover.StakeAsync("first", Credits(30)));
        prover.Renews = false;
        await market.AdvanceAsync(TimeSpan.FromSeconds(70) + MarketCluster.RemindersLateBy);
        await AssertStakedAsync(market, 30);
    }

    /// <summary>A prover whose account or registry shard cannot be reached must still be told of requests and be able to connect.</summary>
    [Fact]
    public async Task A_deposit_that_cannot_go_on_does_not_keep_the_prover_from_working()
    {
        await using var market = await MarketAsync();
        var prover = await FundedAsync(market);
        market.Faults.Plan(Debited, StorageFault.CrashBefore);
        await Assert.ThrowsAnyAsync<Exception>(() => prover.StakeAsync("first", Credits(30)));
        await market.KillAsync();
        var account = market.Faults.HoldRead("account", "p1-account");
        await market.RestartAsync();
        await account.Reached;
        Assert.Null((await prover.RenewAsync()).Refusal);
        account.Open();
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        await AssertStakedAsync(market, 30);
    }

    /// <summary>What is done is kept in memory no longer than calls can be late, and a repetition is recognised all the same, however late it comes.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Movements_long_done_take_no_memory_and_are_not_made_again(bool withCrash)
    {
        const int Movements = 30;
        await using var market = await MarketAsync(configure: options => options.UnbondingDelay = TimeSpan.Zero);
        var prover = await FundedAsync(market);
        for (var i = 0; i < Movements; i++)
        {
            Assert.Null(await prover.StakeAsync($"in-{i}", Credits(2)));
            Assert.True((await market.Prover("p1").UnbondStakeAsync($"out-{i}", Credits(1))).Unbonding!.IsPaid);
            market.Time.Advance(MarketLimits.LateCall / 4);
            var record = (await market.RegistryOf("p1").GetProverAsync("p1"))!;
            Assert.InRange(record.StakeEntries.Count, 1, 6);
            Assert.InRange(record.Unbonding.Count, 1, 6);
        }
        if (withCrash)
        {
            await market.KillAsync();
            await market.RestartAsync();
        }
        // The reminder has found that nothing is on its way.
        await market.SettleAsync();
        var writes = market.Faults.Writes;
        for (var i = 0; i < Movements; i++)
        {
            Assert.Null(await prover.StakeAsync($"in-{i}", Credits(2)));
            var again = (await market.Prover("p1").UnbondStakeAsync($"out-{i}", Credits(1))).Unbonding!;
            Assert.Equal((true, Credits(1)), (again.IsPaid, again.Released!.Value));
        }
        AssertRefused(ReasonCode.EntryConflict, "amount", await prover.StakeAsync("in-0", Credits(3)));
        AssertRefused(ReasonCode.EntryConflict, "amount", (await market.Prover("p1").UnbondStakeAsync("out-0", Credits(2))).Refusal);
        Assert.Equal(writes, market.Faults.Writes);
        await AssertStakedAsync(market, Movements);
        Assert.Equal(Credits(100 - Movements), await market.AvailableAsync("p1-account"));
    }

    private static async Task<TestProver> FundedAsync(MarketCluster market)
    {
        var prover = await market.ProverAsync("p1");
        await market.FundAsync("p1-account", Credits(100));
        return prover;
    }

    private static async Task AssertStakedAsync(MarketCluster market, decimal stake)
    {
        await Audit.AtRestAsync(market);
        Assert.Equal(Credits(stake), (await market.RegistryOf("p1").GetProverAsync("p1"))!.Stake);
    }

    private static void AssertRefused(ReasonCode code, string field, Refusal? refusal) =>
        Assert.Equal((code, field), (refusal!.Code, refusal.Field));
}
