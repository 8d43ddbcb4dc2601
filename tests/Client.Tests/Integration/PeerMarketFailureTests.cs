using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Client.Tests.Integration;

/// <summary>Failures that have cost users of other proving markets money, by the names under which they are known there. Each test does what led to
/// the loss, to this market's own grains, client and worker.</summary>
public sealed class PeerMarketFailureTests
{
    /// <summary>Lock reported failed but succeeded: the prover gave up on a lock that it had, and was slashed for not proving. Here the worker asks again,
    /// gets the lease it already has, and delivers on it.</summary>
    [Fact]
    public async Task Lock_reported_failed_but_succeeded_is_the_same_lease_for_the_worker_that_asks_again()
    {
        var lost = new LostAnswers(nameof(IRunForWorkers.JoinAsync), times: 3);
        await using var live = await LiveMarket.StartAsync(silo => silo.AddSingleton<IIncomingGrainCallFilter>(lost));
        await StakeAsync(live, 5);
        var handle = (await live.Client.ProveAsync(live.Spec("r1") with { Mechanism = RaceOf(("bond", "5")) })).EnsureAccepted();

        var proof = await live.PassUntilAsync(live.Backend.NextAsync());
        Assert.Equal(3, lost.Lost);
        var record = (await live.Market.RegistryOf("p1").GetProverAsync("p1"))!;
        Assert.Equal(Credits(5), Assert.Single(record.Leases.Values).Bond);
        LiveMarket.Complete(proof);

        (await live.PassUntilAsync(handle.WaitAsync())).EnsureDelivered();
        await AssertUnharmedAsync(live.Market, "p1", stake: 5);
        Assert.Equal(Credits(10), (await live.Client.GetBalanceAsync("prover-one")).Available);
    }

    /// <summary>Lock reported failed but succeeded, and the worker has to leave before it hears of it: it gives back what it may have.</summary>
    [Fact]
    public async Task Lock_reported_failed_but_succeeded_is_given_back_by_a_worker_that_leaves()
    {
        var lost = new LostAnswers(nameof(IRunForWorkers.JoinAsync), times: int.MaxValue);
        await using var live = await LiveMarket.StartAsync(silo => silo.AddSingleton<IIncomingGrainCallFilter>(lost));
        await StakeAsync(live, 5);
        await live.Client.ProveAsync(live.Spec("r1") with { Mechanism = RaceOf(("bond", "5")) });
        await live.PassUntilAsync(UntilAsync(() => lost.Lost >= 2));
        Assert.Single((await live.Market.RegistryOf("p1").GetProverAsync("p1"))!.Leases);

        var stopped = live.Worker.StopAsync(CancellationToken.None);
        await live.PassUntilAsync(stopped.ContinueWith(_ => true, TaskScheduler.Default));
        await stopped;

        await AssertUnharmedAsync(live.Market, "p1", stake: 5);
        await live.Market.AdvanceAsync(HardIn);
        await AssertUnharmedAsync(live.Market, "p1", stake: 5);
    }

    /// <summary>Lock reported failed but succeeded, and the prover never asks again: the slot, the bond and the request come free by themselves, and
    /// nobody is slashed for a lease that only the registry knows of.</summary>
    [Theory]
    [InlineData("race")]
    [InlineData("dutch-auction")]
    public async Task Lock_reported_failed_but_succeeded_costs_the_prover_that_never_asks_again_nothing(string mechanism)
    {
        await using var market = await MarketAsync();
        var (unlucky, other) = (await market.ProverAsync("unlucky", stake: 10), await market.ProverAsync("other", stake: 10));
        await market.OpenAsync(market.Spec("r1") with { Mechanism = MechanismOf(mechanism, ("bond", "5")) });
        var run = market.Grains.GetGrain<IRunForWorkers>((await unlucky.InvitedToAsync()).RunGrain);
        await market.SettleAsync();

        // The wish is written by the run, then the lease by the registry.
        market.Faults.Plan(2, StorageFault.FailAfter);
        await Assert.ThrowsAnyAsync<Exception>(() => run.JoinAsync("unlucky", unlucky.Session));
        Assert.Single((await market.RegistryOf("unlucky").GetProverAsync("unlucky"))!.Leases);

        // It keeps nobody away for longer than it takes to find out.
        await market.AdvanceAsync(TimeSpan.FromSeconds(11));
        var assignment = (await run.JoinAsync("other", other.Session)).Assignment!;
        Assert.NotNull((await run.SubmitAsync(ProofOf(other, assignment))).Reward);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        await AssertUnharmedAsync(market, "unlucky", stake: 10);
    }

    /// <summary>The same with the deadline passing instead: what was never confirmed is cancelled, not missed.</summary>
    [Fact]
    public async Task Lock_reported_failed_but_succeeded_is_no_missed_lease_at_the_deadline()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("bond", "5")) });
        market.Faults.Plan(2, StorageFault.FailAfter);
        await Assert.ThrowsAnyAsync<Exception>(() => prover.JoinAsync("r1"));
        await market.AdvanceAsync(HardIn);
        Assert.Equal(RequestPhase.Expired, (await market.EndsAsync("r1")).Phase);
        await Audit.AtRestAsync(market);
        await AssertUnharmedAsync(market, "p1", stake: 10);
    }

    /// <summary>Work done on an already fulfilled request: provers went on proving, and paid for it, what somebody else had delivered. Here the losers are
    /// told at once, a late joiner is refused before it begins, and a proof that comes too late costs its prover nothing.</summary>
    [Fact]
    public async Task Work_on_a_fulfilled_request_is_stopped_refused_and_never_punished()
    {
        await using var live = await LiveMarket.StartAsync();
        var market = live.Market;
        var offer = Offer("fast") with { Programs = [live.ProgramId] };
        var fast = await market.ProverAsync("fast", offer: offer);
        var slow = await market.ProverAsync("slow", stake: 5, offer: offer with { ProverId = "slow", Account = "slow-account" });
        var late = await market.ProverAsync("late", offer: offer with { ProverId = "late", Account = "late-account" });
        await StakeAsync(live, 5);
        await live.Client.ProveAsync(live.Spec("r1"));
        var working = await live.Backend.NextAsync();
        var held = await slow.TakeAsync("r1");

        Assert.NotNull((await fast.DeliverAsync("r1", await fast.TakeAsync("r1"))).Reward);

        await working.Cancelled.Task.Soon();
        Assert.Equal("r1/0", (await live.Events.NextAsync(ProverEventKind.Outraced)).RunKey);
        Assert.Equal(ReasonCode.Outraced, (await slow.StoppedByAsync()).Reason);
        Assert.Equal(ReasonCode.RunWon, (await late.JoinAsync("r1")).Refusal!.Code);
        Assert.Equal(ReasonCode.RunWon, (await slow.DeliverAsync("r1", held)).Refusal!.Code);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        foreach (var (loser, stake) in new[] { ("p1", 5m), ("slow", 5m), ("late", 0m) }) await AssertUnharmedAsync(market, loser, stake);
        // A worker that connects only now is not invited to it.
        Assert.Empty((await new TestProver(market, offer with { ProverId = "new", Account = "new-account" }).ConnectAsync()).Invitations);
    }

    /// <summary>Storage evicting state while new work is accepted: what had been taken on was gone. Here requests, runs, accounts and provers are taken out
    /// of memory over and over while requests and proofs come in, and whatever was acknowledged is done, paid and accounted for.</summary>
    [Fact]
    public async Task State_evicted_while_new_work_is_accepted_loses_nothing_that_was_acknowledged()
    {
        const int Requests = 40;
        var evictions = new Evictions(("ProofRequestGrain", 2), ("RunGrain", 3), ("AccountGrain", 5), ("ProverGrain", 3));
        await using var market = await MarketAsync(services: silo => silo.AddSingleton<IIncomingGrainCallFilter>(evictions));
        for (var i = 0; i < 4; i++)
        {
            var prover = await market.ProverAsync($"p{i}", stake: 20, slots: 8, conduct: Conduct.Good);
            prover.ExpectsFaults = true;
        }
        for (var i = 0; i < Requests; i++)
        {
            var spec = market.Spec($"r{i}") with { Mechanism = i % 2 == 0 ? RaceOf(("bond", "1")) : MechanismOf("dutch-auction", ("bond", "1")) };
            await market.SubmitAsync(spec);
            await market.AdvanceAsync(TimeSpan.FromMilliseconds(500));
            Audit.Always(market);
        }
        await market.AdvanceAsync(HardIn);

        for (var i = 0; i < Requests; i++)
        {
            var status = await market.StatusAsync($"r{i}");
            Assert.True(status.Phase == RequestPhase.Fulfilled, $"r{i}: {Describe(status)}");
            Assert.Null((await market.Request($"r{i}").GetProofAsync()).Refusal);
        }
        await Audit.AtRestAsync(market);
        var (paid, earned) = (Domain.Credits.Zero, Domain.Credits.Zero);
        for (var i = 0; i < Requests; i++) paid += (await market.StatusAsync($"r{i}")).Paid!.Value;
        foreach (var prover in market.Provers) earned += await market.AvailableAsync(prover.Offer.Account);
        Assert.Equal(paid, earned);
        Assert.Equal(Credits(1_000) - paid, await market.AvailableAsync("alice"));
        // All of them have been thrown out many times meanwhile.
        Assert.All(["ProofRequestGrain", "RunGrain", "AccountGrain", "ProverGrain"], grain => Assert.InRange(evictions.Evicted[grain], 10, int.MaxValue));
    }

    /// <summary>Newest leases proved first, so the oldest miss: provers took whatever had come last and were slashed for what had waited. Here a worker
    /// proves by deadline, in whatever order requests came in, and no deadline is missed that can be kept.</summary>
    [Theory]
    [InlineData(new[] { 20, 30, 40, 50, 60 })]
    [InlineData(new[] { 60, 50, 40, 30, 20 })]
    [InlineData(new[] { 40, 20, 60, 30, 50 })]
    public async Task The_oldest_lease_is_not_left_to_miss_while_newer_ones_are_proved(int[] deadlines)
    {
        await using var live = await LiveMarket.StartAsync();
        // Every proof takes eight seconds, on one slot: newest first, or as they come unless that is by deadline, some would be too late.
        await live.RequestAsync("first");
        var proof = await live.Backend.NextAsync();
        foreach (var seconds in deadlines)
        {
            var at = live.Market.Now.AddSeconds(seconds);
            (await live.Client.ProveAsync(live.Spec($"in-{seconds}") with { SoftDeadline = at, HardDeadline = at })).EnsureAccepted();
        }
        for (var queued = 0; queued < deadlines.Length + 1; queued++) await live.Events.NextAsync(ProverEventKind.Queued);

        List<string> proved = [];
        foreach (var _ in deadlines)
        {
            await live.Market.AdvanceAsync(TimeSpan.FromSeconds(8));
            LiveMarket.Complete(proof);
            // The slot comes free when the proof before has been paid.
            proof = await live.PassUntilAsync(live.Backend.NextAsync());
            proved.Add(proof.Input);
        }
        LiveMarket.Complete(proof);

        Assert.Equal(deadlines.Order().Select(seconds => $"witness of in-{seconds}"), proved);
        foreach (var seconds in deadlines) Assert.Equal(RequestPhase.Fulfilled, (await live.Market.EndsAsync($"in-{seconds}")).Phase);
        Assert.Equal(0, (await live.Market.RegistryOf("p1").GetProverAsync("p1"))!.Missed);
    }

    /// <summary>Client time-outs that resubmit and deepen the backlog: each time-out put the same work into the queue again. Here the same id again, before,
    /// during and after the proof, is the same request: one hold, one run, one lease, one proof.</summary>
    [Fact]
    public async Task Resubmitting_after_a_time_out_adds_no_run_no_hold_and_no_work()
    {
        var lost = new LostAnswers(nameof(Grains.Interfaces.Requests.IProofRequestGrain.SubmitAsync), times: 4);
        await using var live = await LiveMarket.StartAsync(silo => silo.AddSingleton<IIncomingGrainCallFilter>(lost));
        var spec = live.Spec("r1");

        var handle = (await live.PassUntilAsync(live.Client.ProveAsync(spec))).EnsureAccepted();
        Assert.Equal(4, lost.Lost);
        var proof = await live.Backend.NextAsync();
        var impatient = await live.PassUntilAsync(Task.WhenAll(Enumerable.Range(0, 20).Select(_ => live.Client.ProveAsync(spec))));
        Assert.All(impatient, again => Assert.True(again.IsAccepted));
        Assert.Equal(Credits(10), (await live.Client.GetBalanceAsync("alice")).Held);
        LiveMarket.Complete(proof);
        (await live.PassUntilAsync(handle.WaitAsync())).EnsureDelivered();
        (await live.PassUntilAsync(live.Client.ProveAsync(spec))).EnsureAccepted();
        await live.Market.SettleAsync();

        Assert.Equal(["r1/0"], live.Market.Disk.All<RaceState>("race").Keys);
        Assert.Equal(1, live.Events.Count(ProverEventKind.Queued));
        Assert.Equal(1, live.Events.Count(ProverEventKind.Proving));
        Assert.Equal(1, (await live.Market.RegistryOf("p1").GetProverAsync("p1"))!.Completed);
        Assert.Single(live.Market.Disk.Accounts()["alice"].Ledger, entry => entry.Counterparty == "r1" && entry.Kind == Domain.Accounts.EntryKind.Hold);
        Assert.Equal(Credits(90), (await live.Client.GetBalanceAsync("alice")).Available);
        await Audit.AtRestAsync(live.Market);
    }

    private static ProofSubmission ProofOf(TestProver prover, Assignment assignment) => new()
    {
        ProverId = prover.Id, Session = prover.Session, PublicInputs = assignment.PublicInputs, Proof = TestProofSystem.ProofFor(assignment),
    };

    private static async Task StakeAsync(LiveMarket live, decimal stake)
    {
        await live.Client.DepositAsync("prover-one", "stake", Credits(stake));
        Assert.Null(await live.Client.DepositStakeAsync("p1", "first", Credits(stake)));
    }

    /// <summary>Nothing slashed, nothing missed, nothing locked.</summary>
    private static async Task AssertUnharmedAsync(MarketCluster market, string prover, decimal stake)
    {
        await market.SettleAsync();
        var record = (await market.RegistryOf(prover).GetProverAsync(prover))!;
        Assert.Empty(record.Leases);
        Assert.Equal((Credits(stake), Domain.Credits.Zero, 0L), (record.FreeStake, record.Slashed, record.Missed));
    }

    private static async Task<bool> UntilAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Yield();
        return true;
    }
}
