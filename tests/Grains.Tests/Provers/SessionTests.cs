using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Grains.Tests.Mechanisms.Race;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Provers;

public sealed class SessionTests
{
    private static readonly Dictionary<string, (ReasonCode Code, string Field, Func<ProverOffer, ProverOffer> Change)> BadOffers = new()
    {
        ["account-missing"] = (ReasonCode.FieldMissing, "account", offer => offer with { Account = "" }),
        ["account-malformed"] = (ReasonCode.FieldMalformed, "account", offer => offer with { Account = "a/b" }),
        ["no-slots"] = (ReasonCode.OutOfRange, "slots", offer => offer with { Slots = 0 }),
        ["many-slots"] = (ReasonCode.OutOfRange, "slots", offer => offer with { Slots = MarketLimits.ProverSlots + 1 }),
        ["no-speed"] = (ReasonCode.OutOfRange, "milliUnitsPerSecond", offer => offer with { MilliUnitsPerSecond = 0 }),
        ["no-latency"] = (ReasonCode.OutOfRange, "latencyP95", offer => offer with { LatencyP95 = TimeSpan.Zero }),
        ["negative-ask"] = (ReasonCode.OutOfRange, "askPerUnit", offer => offer with { AskPerUnit = new Credits(-1) }),
        ["negative-bond"] = (ReasonCode.OutOfRange, "maxBond", offer => offer with { MaxBond = new Credits(-1) }),
        ["no-programs"] = (ReasonCode.FieldMissing, "programs", offer => offer with { Programs = [] }),
        ["bad-program"] = (ReasonCode.FieldMalformed, "programs", offer => offer with { Programs = ["x"] }),
        ["many-programs"] = (ReasonCode.FieldTooLarge, "programs", offer => offer with { Programs = [.. Enumerable.Repeat(ProgramId, MarketLimits.ListEntries + 1)] }),
        ["bad-hardware"] = (ReasonCode.FieldMalformed, "hardware", offer => offer with { Hardware = ["g pu"] }),
        ["no-hardware-list"] = (ReasonCode.FieldMissing, "hardware", offer => offer with { Hardware = default(ImmutableArray<string>) }),
    };

    /// <summary>The engine takes grains out of memory when it likes: the worker's session and its ear are not lost with the prover's grain.</summary>
    [Fact]
    public async Task A_prover_that_was_taken_out_of_memory_invites_its_worker_without_waiting_for_a_renewal()
    {
        var evictions = new Evictions(("ProverGrain", 1));
        await using var market = await MarketAsync(services: silo => silo.AddSingleton<IIncomingGrainCallFilter>(evictions));
        var prover = await market.ProverAsync("p1");
        // By its own grain, and by the registry.
        await market.OpenAsync(market.Spec("r1") with { Mechanism = new MechanismChoice { Name = "random-election" } });
        Assert.Equal("r1/0", (await prover.InvitedToAsync()).RunKey);
        await market.OpenAsync(market.Spec("r2"));
        Assert.Equal("r2/0", (await prover.InvitedToAsync()).RunKey);

        Assert.Null((await prover.RenewAsync()).Refusal);
        await prover.DisconnectAsync();
        Assert.Equal(ReasonCode.SessionUnknown, (await prover.RenewAsync()).Refusal?.Code);
        Assert.InRange(evictions.Evicted["ProverGrain"], 5, int.MaxValue);
    }

    [Fact]
    public async Task Every_bad_offer_is_refused_with_code_and_field_and_nothing_is_registered()
    {
        await using var market = await MarketAsync();
        var writes = market.Faults.Writes;
        foreach (var (name, (code, field, change)) in BadOffers)
        {
            var refusal = (await new TestProver(market, change(Offer("p1"))).ConnectAsync()).Refusal;
            Assert.True(refusal is not null && (code, field) == (refusal.Code, refusal.Field), $"{name}: {refusal}");
        }
        Assert.Equal(writes, market.Faults.Writes);
        Assert.Null(await market.RegistryOf("p1").GetProverAsync("p1"));
    }

    [Theory]
    [InlineData("p 1")]
    [InlineData("p/1")]
    public async Task A_malformed_prover_id_is_refused(string id)
    {
        await using var market = await MarketAsync();
        var refusal = (await new TestProver(market, Offer("p1") with { ProverId = id }).ConnectAsync()).Refusal;
        Assert.Equal((ReasonCode.FieldMalformed, "proverId"), (refusal!.Code, refusal.Field));
    }

    [Fact]
    public async Task An_offer_of_another_prover_is_refused()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        var answer = await market.Prover("p2").ConnectAsync(prover.Offer, "s1", market.Grains.CreateObjectReference<Interfaces.Provers.IProverObserver>(prover));
        Assert.Equal((ReasonCode.FieldMalformed, "proverId"), (answer.Refusal!.Code, answer.Refusal.Field));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    public async Task A_malformed_session_is_refused(string session)
    {
        await using var market = await MarketAsync();
        var refusal = (await new TestProver(market, Offer("p1"), session).ConnectAsync()).Refusal;
        Assert.Equal("session", refusal!.Field);
    }

    [Fact]
    public async Task A_prover_id_stays_with_its_account()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        prover.Offer = prover.Offer with { Account = "thief" };
        var refusal = (await prover.ConnectAsync()).Refusal;
        Assert.Equal((ReasonCode.ProverIdConflict, "account"), (refusal!.Code, refusal.Field));
    }

    [Fact]
    public async Task Slots_do_not_fall_below_the_leases_held()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", slots: 2);
        foreach (var id in new[] { "r1", "r2" })
        {
            await market.OpenAsync(market.Spec(id));
            await prover.TakeAsync(id);
        }
        prover.Offer = prover.Offer with { Slots = 1 };
        var refusal = (await prover.ConnectAsync()).Refusal;
        Assert.Equal((ReasonCode.SlotsFull, "slots"), (refusal!.Code, refusal.Field));
    }

    [Fact]
    public async Task A_newer_session_replaces_an_older_one()
    {
        await using var market = await MarketAsync();
        var older = await market.ProverAsync("p1");
        var newer = new TestProver(market, older.Offer, "s2");
        await newer.ConnectAsync();
        Assert.Equal(ReasonCode.SessionUnknown, (await older.RenewAsync()).Refusal!.Code);
        Assert.Null((await newer.RenewAsync()).Refusal);
        await market.OpenAsync(market.Spec("r1"));
        await newer.InvitedToAsync();
        await market.SettleAsync();
        Assert.Null(older.InvitedSoFar());
        Assert.Equal(ReasonCode.SessionUnknown, (await older.JoinAsync("r1")).Refusal!.Code);
        await newer.TakeAsync("r1");
    }

    [Fact]
    public async Task Leaving_or_draining_in_an_older_session_does_not_touch_the_newer_one()
    {
        await using var market = await MarketAsync();
        var older = await market.ProverAsync("p1");
        older.Renews = false;
        var newer = new TestProver(market, older.Offer, "s2");
        await newer.ConnectAsync();
        await older.DrainAsync();
        await older.DisconnectAsync();
        Assert.Null((await newer.RenewAsync()).Refusal);
        await market.OpenAsync(market.Spec("r1"));
        await newer.InvitedToAsync();
        await newer.TakeAsync("r1");
    }

    [Fact]
    public async Task A_session_that_never_was_cannot_be_renewed()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        prover.Session = "never";
        Assert.Equal((ReasonCode.SessionUnknown, "session"), await RefusalOfRenewalAsync(prover));
        await prover.DrainAsync();
        await prover.DisconnectAsync();
    }

    /// <summary>Workers log and show why they were refused, and whoever knows a session acts in the prover's name.</summary>
    [Fact]
    public async Task A_session_that_is_not_known_is_told_to_nobody()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        prover.Session = "a-secret-of-the-worker";
        Refusal?[] refusals = [(await prover.RenewAsync()).Refusal, (await prover.JoinAsync("r1")).Refusal, (await market.Book(prover.Offer.Programs[0]).ListOwnAsync("p1", prover.Session)).Refusal];
        Assert.All(refusals, refusal => Assert.Equal((ReasonCode.SessionUnknown, ""), (refusal!.Code, refusal.Value)));
    }

    /// <summary>Deadlines and rising prices go by the market's clock: a worker has to know it.</summary>
    [Fact]
    public async Task Connecting_and_renewing_tell_the_markets_time()
    {
        await using var market = await MarketAsync();
        var prover = new TestProver(market, Offer("p1"));
        Assert.Equal(market.Now, (await prover.ConnectAsync()).MarketTime);
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(market.Now, (await prover.RenewAsync()).MarketTime);
    }

    [Fact]
    public async Task After_a_restart_of_the_silo_the_worker_has_to_connect_again()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.KillAsync();
        await market.StartAgainAsync();
        var answer = await market.Prover("p1").RenewAsync(prover.Session, market.Grains.CreateObjectReference<Interfaces.Provers.IProverObserver>(prover));
        Assert.Equal(ReasonCode.SessionUnknown, answer.Refusal!.Code);
        Assert.Null((await prover.ConnectAsync()).Refusal);
    }

    [Fact]
    public async Task A_draining_prover_takes_nothing_new_and_finishes_what_it_has()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        foreach (var id in new[] { "r1", "r2" }) await market.OpenAsync(market.Spec(id));
        var assignment = await prover.TakeAsync("r1");
        for (var i = 0; i < 2; i++) await prover.DrainAsync();
        Assert.Null((await prover.RenewAsync()).Refusal);
        Assert.Equal(ReasonCode.ProverNotLive, (await prover.JoinAsync("r2")).Refusal!.Code);
        Assert.Equal(assignment.LeaseId, (await prover.TakeAsync("r1")).LeaseId);
        Assert.NotNull((await prover.DeliverAsync("r1", assignment)).Reward);
        await market.EndsAsync("r1");
        for (var i = 0; i < 2; i++) await prover.DisconnectAsync();
    }

    [Fact]
    public async Task A_prover_keeps_its_lease_when_it_disconnects()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        var assignment = await prover.TakeAsync("r1");
        await prover.DisconnectAsync();
        Assert.NotNull((await prover.DeliverAsync("r1", assignment)).Reward);
    }

    [Fact]
    public async Task A_lapsed_session_takes_no_lease_until_it_is_renewed()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        prover.Renews = false;
        await market.StartRunAsync("r1");
        await market.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(ReasonCode.SessionUnknown, (await prover.JoinAsync("r1")).Refusal!.Code);
        Assert.Equal(0, (await market.RegistryOf("p1").GetTotalsAsync()).Live);
        Assert.Null((await prover.RenewAsync()).Refusal);
        await prover.TakeAsync("r1");
    }

    /// <summary>The silo where the worker connected and that of the shard are different machines, with clocks of their own.</summary>
    [Theory]
    [InlineData(-10)]
    [InlineData(10)]
    public async Task A_session_lapses_by_the_clock_of_its_shard_alone(int minutesElsewhere)
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        prover.Renews = false;
        var registry = market.RegistryOf("p1");
        var session = (await registry.GetSessionAsync("p1"))!;
        await registry.SetSessionAsync("p1", session with { Presence = session.Presence with { LiveUntil = session.Presence.LiveUntil.AddMinutes(minutesElsewhere) } });
        await market.AdvanceAsync(TimeSpan.FromSeconds(29));
        Assert.Equal((1, true), await IsLiveAsync(market));
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal((0, false), await IsLiveAsync(market));
    }

    private static async Task<(int Live, bool IsLive)> IsLiveAsync(MarketCluster market) =>
        ((await market.RegistryOf("p1").GetTotalsAsync()).Live, (await market.Prover("p1").GetScoreAsync()).Score!.IsLive);

    private static async Task<(ReasonCode Code, string Field)> RefusalOfRenewalAsync(TestProver prover)
    {
        var refusal = (await prover.RenewAsync()).Refusal!;
        return (refusal.Code, refusal.Field);
    }
}
