using ProvingMarket.Domain;
using ProvingMarket.Domain.Accounts;
using ProvingMarket.Grains.Interfaces.Accounts;
using ProvingMarket.TestKit;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Accounts;

public sealed class AccountGrainTests
{
    private static readonly DateTimeOffset Now = new FakeTimeProvider().GetUtcNow();

    private static readonly Dictionary<string, Func<IAccountGrain, Credits, Task<AccountAnswer>>> Movements = new()
    {
        ["deposit"] = (account, amount) => account.DepositAsync("e", amount),
        ["credit"] = (account, amount) => account.CreditAsync("e", amount, "bob", Now),
        ["debit"] = (account, amount) => account.DebitAsync("e", amount, "bob", Now),
        ["hold"] = (account, amount) => account.HoldAsync("e", amount, Now),
        ["capture"] = (account, amount) => account.CaptureAsync("held", amount, Now),
    };

    public static TheoryData<string> Kinds => [.. Movements.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_same_movement_again_changes_nothing_and_another_under_its_id_is_refused(string kind)
    {
        await using var market = await HoldingAsync();
        var (account, move) = (market.Account("alice"), Movements[kind]);
        var first = await move(account, Credits(5));
        Assert.Null(first.Refusal);
        var writes = market.Faults.Writes;

        var second = await move(account, Credits(5));
        Assert.Null(second.Refusal);
        Assert.Equal((first.Balance.Available, first.Balance.Held), (second.Balance.Available, second.Balance.Held));
        var third = await move(account, Credits(6));
        Assert.Equal(ReasonCode.EntryConflict, third.Refusal!.Code);
        Assert.Equal(first.Balance.Available, third.Balance.Available);
        Assert.Equal(writes, market.Faults.Writes);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_same_movement_after_a_crash_changes_nothing(string kind)
    {
        await using var market = await HoldingAsync();
        var move = Movements[kind];
        market.Faults.Plan(1, StorageFault.CrashAfter);
        await Assert.ThrowsAnyAsync<Exception>(() => move(market.Account("alice"), Credits(5)));
        await market.KillAsync();
        await market.RestartAsync();
        var writes = market.Faults.Writes;
        Assert.Null((await move(market.Account("alice"), Credits(5))).Refusal);
        Assert.Equal(writes, market.Faults.Writes);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_movement_that_failed_to_be_written_was_not_made(string kind)
    {
        await using var market = await HoldingAsync();
        var (account, move) = (market.Account("alice"), Movements[kind]);
        var before = await account.GetBalanceAsync();
        market.Faults.Plan(1, StorageFault.FailBefore);
        await Assert.ThrowsAnyAsync<Exception>(() => move(account, Credits(5)));
        var after = await account.GetBalanceAsync();
        Assert.Equal((before.Available, before.Held), (after.Available, after.Held));
        Assert.Null((await move(account, Credits(5))).Refusal);
    }

    [Fact]
    public async Task Bad_movements_are_refused_with_code_and_field()
    {
        await using var market = await HoldingAsync();
        var account = market.Account("alice");
        await AssertRefusedAsync(ReasonCode.BalanceInsufficient, "amount", account.HoldAsync("more", Credits(91), Now));
        await AssertRefusedAsync(ReasonCode.BalanceInsufficient, "amount", account.DebitAsync("more", Credits(91), "bob", Now));
        await AssertRefusedAsync(ReasonCode.AmountNotPositive, "amount", account.DepositAsync("none", Domain.Credits.Zero));
        await AssertRefusedAsync(ReasonCode.AmountNotPositive, "amount", account.CreditAsync("none", new Credits(-1), "bob", Now));
        await AssertRefusedAsync(ReasonCode.OutOfRange, "amount", account.DepositAsync("much", MarketLimits.Amount + new Credits(1)));
        await AssertRefusedAsync(ReasonCode.HoldUnknown, "holdId", account.CaptureAsync("unknown", Credits(1), Now));
        await AssertRefusedAsync(ReasonCode.HoldExceeded, "captured", account.CaptureAsync("held", Credits(11), Now));
        await AssertRefusedAsync(ReasonCode.FieldMalformed, "entryId", account.DepositAsync("a b", Credits(1)));
        await AssertRefusedAsync(ReasonCode.FieldMissing, "entryId", account.DepositAsync("", Credits(1)));
        await AssertRefusedAsync(ReasonCode.FieldMalformed, "account", market.Account("al/ice").DepositAsync("e", Credits(1)));
        var balance = await account.GetBalanceAsync();
        Assert.Equal((Credits(90), Credits(10)), (balance.Available, balance.Held));
        Audit.Always(market);
    }

    /// <summary>The caller has seen the refusal and has perhaps paid otherwise: a copy of the call that comes when there is money takes nothing, and says the
    /// same again, also after a crash.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_withdrawal_that_was_refused_is_not_made_by_a_late_copy_of_it(bool withCrash)
    {
        await using var market = await HoldingAsync();
        await AssertRefusedAsync(ReasonCode.BalanceInsufficient, "amount", market.Account("alice").WithdrawAsync("out", Credits(91)));
        await market.FundAsync("alice", Credits(10), "more");
        if (withCrash)
        {
            await market.KillAsync();
            await market.RestartAsync();
        }

        await AssertRefusedAsync(ReasonCode.BalanceInsufficient, "entryId", market.Account("alice").WithdrawAsync("out", Credits(91)));

        Assert.Equal(Credits(100), await market.AvailableAsync("alice"));
        Assert.Null((await market.Account("alice").WithdrawAsync("again", Credits(91))).Refusal);
        Assert.Equal(Credits(9), await market.AvailableAsync("alice"));
        Audit.Always(market);
    }

    /// <summary>Nobody is told of a refusal that a crash could make undone.</summary>
    [Fact]
    public async Task A_refused_withdrawal_is_answered_when_the_refusal_is_durable()
    {
        await using var market = await HoldingAsync();
        var gate = market.Faults.HoldWrite("account", "alice");
        var refused = market.Account("alice").WithdrawAsync("out", Credits(91));
        await gate.Reached;
        await market.SettleAsync();
        Assert.False(refused.IsCompleted);
        gate.Open();
        await AssertRefusedAsync(ReasonCode.BalanceInsufficient, "amount", refused);
    }

    /// <summary>Movements made while a write is in flight share the next one; each is acknowledged when it is durable.</summary>
    [Fact]
    public async Task Many_movements_at_once_are_applied_once_each_in_few_writes()
    {
        await using var market = await HoldingAsync();
        var account = market.Account("alice");
        var writes = market.Faults.Writes;
        var gate = market.Faults.HoldWrite("account", "alice");
        var movements = Enumerable.Range(0, 200).Select(i => account.CreditAsync($"e{i % 100}", Credits(1), "bob", Now)).ToArray();
        await gate.Reached;
        await market.SettleAsync();
        Assert.All(movements, movement => Assert.False(movement.IsCompleted));
        gate.Open();
        await Task.WhenAll(movements);
        Assert.Equal(Credits(190), await market.AvailableAsync("alice"));
        Assert.Equal(2, market.Faults.Writes - writes);
    }

    /// <summary>After a failed write nobody knows what is durable: everyone who shares it fails, and the next call finds what is.</summary>
    [Theory]
    [InlineData(StorageFault.FailBefore)]
    [InlineData(StorageFault.FailAfter)]
    [InlineData(StorageFault.Conflict)]
    public async Task A_failed_write_fails_everyone_who_shares_it_and_loses_nothing(StorageFault fault)
    {
        await using var market = await HoldingAsync();
        var account = market.Account("alice");
        var gate = market.Faults.HoldWrite("account", "alice");
        market.Faults.Plan(1, fault);
        var movements = Enumerable.Range(0, 20).Select(i => account.CreditAsync($"e{i}", Credits(1), "bob", Now)).ToArray();
        await gate.Reached;
        await market.SettleAsync();
        gate.Open();
        foreach (var movement in movements) await Assert.ThrowsAnyAsync<Exception>(() => movement);
        for (var i = 0; i < 20; i++) Assert.Null((await account.CreditAsync($"e{i}", Credits(1), "bob", Now)).Refusal);
        Assert.Equal(Credits(110), await market.AvailableAsync("alice"));
    }

    [Fact]
    public async Task A_refusal_is_not_given_before_what_it_rests_on_is_durable()
    {
        await using var market = await HoldingAsync();
        var account = market.Account("alice");
        var gate = market.Faults.HoldWrite("account", "alice");
        var debit = account.DebitAsync("all", Credits(90), "bob", Now);
        await gate.Reached;
        var refused = account.DebitAsync("more", Credits(1), "bob", Now);
        await market.SettleAsync();
        Assert.False(refused.IsCompleted);
        gate.Open();
        Assert.Null((await debit).Refusal);
        Assert.Equal(ReasonCode.BalanceInsufficient, (await refused).Refusal!.Code);
    }

    /// <summary>Whoever was cut off for weeks repeats what it had decided then: the ledger knows, although memory has long forgotten.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_movement_repeated_weeks_later_is_found_in_the_ledger(bool isRestarted)
    {
        const int Weeks = 3;
        const int Each = 300;
        await using var market = await HoldingAsync();
        Assert.Null((await market.Account("alice").CaptureAsync("held", Credits(4), Now)).Refusal);
        for (var week = 0; week < Weeks; week++)
        {
            for (var i = 0; i < Each; i++)
                Assert.Null((await market.Account("alice").CreditAsync($"e{week}-{i}", Credits(1), "bob", market.Now)).Refusal);
            market.Time.Advance(TimeSpan.FromDays(7));
        }
        if (isRestarted)
        {
            await market.KillAsync();
            await market.RestartAsync();
        }
        var account = market.Account("alice");
        var writes = market.Faults.Writes;
        for (var i = 0; i < Each; i += 50) Assert.Null((await account.CreditAsync($"e0-{i}", Credits(1), "bob", Now)).Refusal);
        Assert.Null((await account.CaptureAsync("held", Credits(4), Now)).Refusal);
        Assert.Equal(ReasonCode.EntryConflict, (await account.CreditAsync("e1-7", Credits(2), "bob", Now)).Refusal!.Code);
        Assert.Equal(ReasonCode.EntryConflict, (await account.CaptureAsync("held", Credits(5), Now)).Refusal!.Code);
        Assert.Equal(writes, market.Faults.Writes);
        Assert.Equal(Credits(96 + (Weeks * Each)), await market.AvailableAsync("alice"));
        Assert.Null((await account.CreditAsync("new", Credits(1), "bob", Now)).Refusal);
        var (state, recounted, _) = market.Disk.Accounts()["alice"];
        Assert.Equal(Credits(97 + (Weeks * Each)), state.Available);
        Assert.Equal((state.Available, state.Held, state.Entries), (recounted.Available, recounted.Held, recounted.Entries));
    }

    /// <summary>Any holder of an account can do that: it must not spoil the ledger of all accounts.</summary>
    [Fact]
    public async Task A_deposit_whose_id_is_used_again_after_its_retention_is_another_one_and_the_ledger_adds_up()
    {
        await using var market = await MarketAsync(configure: options => options.EntryRetention = AccountRules.ShortestRetention);
        var account = market.Account("bob");
        for (var i = 0; i < 3; i++)
        {
            Assert.Null((await account.DepositAsync("monthly", Credits(5))).Refusal);
            // A repetition.
            Assert.Null((await account.DepositAsync("monthly", Credits(5))).Refusal);
            market.Time.Advance(AccountRules.ShortestRetention + TimeSpan.FromMinutes(2));
            Assert.Null((await account.DepositAsync($"other-{i}", Credits(1))).Refusal);
        }
        Assert.Equal(Credits(18), await market.AvailableAsync("bob"));

        var count = new LedgerCount();
        foreach (var entry in market.Disk.Accounts()["bob"].Ledger) Assert.Null(count.Add(entry));
        Assert.Equal((Credits(18), Credits(18)), (count.State.Available, count.FromOutside));
    }

    /// <summary>After a restart the first movement asks about the past: the pages that were loaded with the account are not read once more for it.</summary>
    [Fact]
    public async Task A_ledger_is_read_back_from_where_it_is_not_in_memory()
    {
        const int Pages = 200;
        await using var market = await HoldingAsync();
        for (var i = 0; i < Pages; i++) Assert.Null((await market.Account("alice").CreditAsync($"e{i}", Credits(1), "bob", Now)).Refusal);
        await market.KillAsync();
        await market.RestartAsync();
        var last = market.Disk.Accounts()["alice"].Recounted.Entries;
        await market.Account("alice").GetBalanceAsync();
        var loaded = market.Faults.HoldRead("account", $"alice/{last}");
        var writes = market.Faults.Writes;
        for (var i = 0; i < Pages; i += 20) Assert.Null((await market.Account("alice").CreditAsync($"e{i}", Credits(1), "bob", Now).WaitAsync(Patience.Limit)).Refusal);
        Assert.Equal(writes, market.Faults.Writes);
        Assert.False(loaded.IsReached);
    }

    [Fact]
    public async Task The_clocks_of_two_silos_may_differ()
    {
        await using var market = await HoldingAsync();
        // Issued by a clock ten minutes ahead, applied here, repeated when memory has forgotten it.
        var issuedAt = market.Now + MarketLimits.ClockDifference;
        Assert.Null((await market.Account("alice").CreditAsync("ahead", Credits(1), "bob", issuedAt)).Refusal);
        for (var minutes = 0; minutes < 60; minutes += 5)
        {
            market.Time.Advance(TimeSpan.FromMinutes(5));
            Assert.Null((await market.Account("alice").CreditAsync($"e{minutes}", Credits(1), "bob", market.Now)).Refusal);
        }
        Assert.Null((await market.Account("alice").CreditAsync("ahead", Credits(1), "bob", issuedAt)).Refusal);
        Assert.Equal(Credits(90 + 1 + 12), await market.AvailableAsync("alice"));
    }

    private static async Task AssertRefusedAsync(ReasonCode code, string field, Task<AccountAnswer> movement)
    {
        var refusal = (await movement).Refusal;
        Assert.Equal((code, field), (refusal!.Code, refusal.Field));
    }

    /// <summary>A market in which alice has 90 credits and 10 held under "held".</summary>
    private static async Task<MarketCluster> HoldingAsync()
    {
        var market = await MarketAsync(funds: 100);
        await market.Account("alice").HoldAsync("held", Credits(10), Now);
        return market;
    }
}
