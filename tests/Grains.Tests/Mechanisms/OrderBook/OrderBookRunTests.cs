using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.Grains.Interfaces.Registry;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.OrderBook;

/// <summary>Requests are for two and a half units at ten credits at most: an ask of four a unit is the highest they take.</summary>
public sealed class OrderBookRunTests
{
    [Fact]
    public async Task The_lowest_ask_is_called_first_then_the_earliest_each_at_its_own_price()
    {
        await using var market = await MarketAsync(funds: 100);
        string[] inOrder = ["first-cheap", "cheap", "dear"];
        await AskingAsync(market, "dear", 3, slots: 1);
        await AskingAsync(market, "first-cheap", 2, slots: 1);
        await AskingAsync(market, "cheap", 2, slots: 1);
        var called = new List<(string, Credits)>();
        foreach (var request in new[] { "r1", "r2", "r3" })
        {
            await market.OpenAsync(Spec(market, request));
            await market.SettleAsync();
            foreach (var prover in market.Provers)
            {
                if (prover.InvitedSoFar() is { } invitation) called.Add((prover.Id, invitation.Reward));
            }
        }
        Assert.Equal(inOrder.Zip([Credits(5), Credits(5), Credits(7.5m)]), called);

        foreach (var (request, prover) in new[] { "r1", "r2", "r3" }.Zip(inOrder)) await DeliverAsync(market, request, prover);
        foreach (var (request, paid) in new[] { ("r1", 5m), ("r2", 5m), ("r3", 7.5m) })
            Assert.Equal(Credits(paid), (await market.EndsAsync(request)).Paid);
        Assert.Equal(Credits(100 - 17.5m), await market.AvailableAsync("alice"));
        await RestsAsync(market, "r1", "r2", "r3");
    }

    [Fact]
    public async Task An_ask_above_the_limit_is_not_touched_and_the_requester_learns_why_nobody_came()
    {
        await using var market = await MarketAsync(funds: 100);
        await AskingAsync(market, "dear", 4.1m, conduct: Conduct.Good);
        await AskingAsync(market, "own", 1, conduct: Conduct.Good, account: "alice"); // nobody trades with itself
        await market.OpenAsync(Spec(market, "r1"));
        await market.AdvanceAsync(HardIn);
        var status = await market.EndsAsync("r1");
        Assert.Equal((ReasonCode.NobodyJoined, 2), (status.Outcome, status.LeftOut[ReasonCode.NothingMatches]));
        await RestsAsync(market, "r1");
    }

    [Fact]
    public async Task An_ask_of_three_slots_serves_two_orders_and_has_one_left()
    {
        await using var market = await MarketAsync(funds: 100);
        await AskingAsync(market, "p1", 1, slots: 3);
        await market.OpenAsync(Spec(market, "r1"));
        await market.OpenAsync(Spec(market, "r2"));
        await market.SettleAsync();
        Assert.Equal((3, 2), await SlotsOfAsync(market, "p1"));
        foreach (var request in new[] { "r1", "r2" })
        {
            await DeliverAsync(market, request, "p1");
            await market.EndsAsync(request);
        }
        await market.SettleAsync();
        Assert.Equal((3, 0), await SlotsOfAsync(market, "p1"));
        await RestsAsync(market, "r1", "r2");
    }

    [Fact]
    public async Task Places_that_no_ask_fills_are_filled_when_there_is_one()
    {
        await using var market = await MarketAsync(funds: 100);
        await AskingAsync(market, "p1", 1, slots: 5);
        await market.OpenAsync(Spec(market, "r1", ("provers", "2"), ("answerWindow", "100")));
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal((5, 1), await SlotsOfAsync(market, "p1")); // several slots of one prover are no redundancy
        var second = await AskingAsync(market, "p2", 2);
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(Credits(5), second.InvitedSoFar()!.Reward);
        await DeliverAsync(market, "r1", "p2");
        Assert.Equal(("p2", Credits(5)), ((await market.EndsAsync("r1")).ProverId, (await market.EndsAsync("r1")).Paid!.Value));
        await RestsAsync(market, "r1");
    }

    [Fact]
    public async Task An_ask_cancelled_while_it_is_filled_is_served_and_does_not_come_back()
    {
        await using var market = await MarketAsync(funds: 100);
        var prover = await AskingAsync(market, "p1", 2, slots: 2);
        await market.OpenAsync(Spec(market, "r1"));
        await market.SettleAsync();
        var cancelled = await Book(market).CancelAsync(Command("p1", 2), prover.Session);
        Assert.Equal((0, 1), (cancelled.Ask!.Slots, cancelled.Ask.Filled));
        await market.OpenAsync(Spec(market, "r2"));
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        await DeliverAsync(market, "r1", "p1");
        Assert.Equal(Credits(5), (await market.EndsAsync("r1")).Paid);
        await market.AdvanceAsync(HardIn);
        Assert.Equal(ReasonCode.NobodyJoined, (await market.EndsAsync("r2")).Outcome);
        Assert.Empty((await Book(market).ListAsync(10)).Asks);
        await RestsAsync(market, "r1", "r2");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cancellation_and_a_match_at_the_same_time_are_both_answered_truly(bool cancelFirst)
    {
        await using var market = await MarketAsync(funds: 100);
        var prover = await AskingAsync(market, "p1", 2, slots: 1);
        var order = new BookOrder
        {
            OrderId = "other/0/1", Account = "bob", Work = new WorkUnits(1000), Limit = Credits(9), Slots = 1, Until = market.Now.AddSeconds(30),
        };
        Task<AskAnswer> cancel = null!;
        if (cancelFirst) cancel = Book(market).CancelAsync(Command("p1", 2), prover.Session);
        var match = Book(market).MatchAsync(order, ["p1"]);
        if (!cancelFirst) cancel = Book(market).CancelAsync(Command("p1", 2), prover.Session);
        var (cancelled, matched) = (await cancel, await match);
        Assert.Null(cancelled.Refusal);
        // Either there was something to fill, and it stays filled, or there was not.
        Assert.Equal(matched.Filled is null, cancelled.Ask is null || matched.Refusal?.Code == ReasonCode.NothingMatches);
        Assert.Equal(matched.Filled is null ? ReasonCode.NothingMatches : null, matched.Refusal?.Code);
        await Book(market).ReleaseAsync([order.OrderId], order.Until);
        Assert.Null(market.Disk.Books()[ProgramId].Find("p1-ask"));
    }

    [Fact]
    public async Task A_prover_that_died_is_passed_over_and_its_ask_counts_again_when_it_is_back()
    {
        await using var market = await MarketAsync(funds: 100);
        var dead = await AskingAsync(market, "dead", 1);
        dead.Renews = false;
        await AskingAsync(market, "good", 2, conduct: Conduct.Good);
        await market.AdvanceAsync(TimeSpan.FromMinutes(2));
        await market.OpenAsync(Spec(market, "r1"));
        await market.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal("good", (await market.EndsAsync("r1")).ProverId);
        Assert.Null(dead.InvitedSoFar());

        await dead.ConnectAsync();
        await market.OpenAsync(Spec(market, "r2"));
        Assert.Equal(Credits(2.5m), (await dead.InvitedToAsync()).Reward);
        await DeliverAsync(market, "r2", "dead");
        await market.EndsAsync("r2");
        await RestsAsync(market, "r1", "r2");
    }

    [Fact]
    public async Task Whoever_dies_after_the_match_lapses_and_the_next_best_ask_is_called_at_its_own_price()
    {
        await using var market = await MarketAsync(funds: 100);
        var silent = await AskingAsync(market, "silent", 1);
        await AskingAsync(market, "next", 3, conduct: Conduct.Good);
        await AskingAsync(market, "last", 4, conduct: Conduct.Good);
        await market.OpenAsync(Spec(market, "r1", ("answerWindow", "5"), ("bond", "2")));
        var invitation = await silent.InvitedToAsync();
        Assert.Equal((InvitationKind.Assigned, market.Now.AddSeconds(5), Credits(2)), (invitation.Kind, invitation.AnswerBy, invitation.Bond));
        await market.AdvanceAsync(TimeSpan.FromSeconds(7));
        var status = await market.EndsAsync("r1");
        Assert.Equal(("next", Credits(7.5m)), (status.ProverId, status.Paid!.Value));
        Assert.Contains(status.Timeline, entry => entry is { Reason: ReasonCode.LeaseLapsed, ProverId: "silent" });
        await market.SettleAsync();
        Assert.Equal((2, 0), await SlotsOfAsync(market, "silent"));
        await RestsAsync(market, "r1");
    }

    [Fact]
    public async Task Whoever_cannot_deliver_in_the_time_given_is_not_matched_at_all()
    {
        await using var market = await MarketAsync(funds: 100);
        await AskingAsync(market, "slow", 1, conduct: Conduct.Good); // two and a half seconds by its own declaration
        await market.OpenAsync(Spec(market, "r1", ("answerWindow", "1"), ("deliveryTime", "1")));
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        var run = market.Disk.All<OrderBookRunState>("order-book-run")["r1/0"];
        Assert.Equal((0, 1), (run.Run.Participants.Count, run.Calls.Length));
        await market.AdvanceAsync(HardIn);
        Assert.Equal(1, (await market.EndsAsync("r1")).LeftOut[ReasonCode.DeadlineTooSoon]);
        await RestsAsync(market, "r1");
    }

    [Fact]
    public async Task Whose_lease_is_refused_each_time_is_called_ever_less_often_and_the_requester_learns_what_it_was_refused_for()
    {
        await using var market = await MarketAsync(funds: 100, services: silo => silo.AddSingleton<IIncomingGrainCallFilter>(new RefusedLeases()));
        await AskingAsync(market, "p1", 1);
        await market.OpenAsync(Spec(market, "r1") with { HardDeadline = market.Now.AddHours(1) });
        await market.AdvanceAsync(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(30));
        Assert.Equal(1, (await market.StatusAsync("r1")).LeftOut[ReasonCode.StakeInsufficient]);
        await market.AdvanceAsync(TimeSpan.FromSeconds(31));
        var status = await market.EndsAsync("r1");
        Assert.Equal((ReasonCode.NobodyJoined, 1), (status.Outcome, status.LeftOut[ReasonCode.StakeInsufficient]));
        // With pauses of 1, 2, 4 and at last 1,024 seconds.
        Assert.InRange(market.Disk.All<OrderBookRunState>("order-book-run")["r1/0"].Calls.Length, 11, 13);
        await RestsAsync(market, "r1");
    }

    /// <summary>The book has filled the second order, and the run could not write that: who could be matched then is in its transcript, whatever it has forgotten.</summary>
    [Fact]
    public async Task What_the_book_was_asked_for_follows_from_the_transcript_also_when_its_answer_was_lost()
    {
        var leases = new RefusedLeases();
        await using var market = await MarketAsync(funds: 100, services: silo => silo.AddSingleton<IIncomingGrainCallFilter>(leases));
        await AskingAsync(market, "refused", 2);
        await market.OpenAsync(Spec(market, "r1", ("provers", "2"), ("answerWindow", "60")));
        await market.SettleAsync();
        await AskingAsync(market, "cheap", 1);
        leases.AreRefused = false;
        // The book's, then the run's.
        market.Faults.Plan(2, StorageFault.FailBefore);
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.True(market.Faults.Reset());

        await DeliverAsync(market, "r1", "cheap");
        Assert.Equal("cheap", (await market.EndsAsync("r1")).ProverId);
        await RestsAsync(market, "r1");
    }

    [Fact]
    public async Task Whoever_was_not_matched_cannot_join()
    {
        await using var market = await MarketAsync(funds: 100);
        await AskingAsync(market, "p1", 1);
        var other = await AskingAsync(market, "p2", 2);
        await market.OpenAsync(Spec(market, "r1"));
        await market.SettleAsync();
        Assert.Equal(ReasonCode.NotElected, (await market.Run<IOrderBookRunGrain>("r1").JoinAsync("p2", other.Session)).Refusal!.Code);
    }

    [Fact]
    public async Task A_transcript_that_was_written_anew_is_caught_where_it_does_not_follow()
    {
        await using var market = await MarketAsync(funds: 100);
        await AskingAsync(market, "cheap", 1, conduct: Conduct.Good);
        await AskingAsync(market, "dear", 2);
        await market.OpenAsync(Spec(market, "r1"));
        await market.AdvanceAsync(TimeSpan.FromSeconds(2));
        await market.EndsAsync("r1");
        var run = market.Disk.All<OrderBookRunState>("order-book-run")["r1/0"].Run;
        Assert.Null(OrderBookAudit.Check(run.Order, run.Transcript));
        var quoted = run.Transcript.Single(entry => entry.Kind == TranscriptKind.Quoted);
        var matched = run.Transcript.Single(entry => entry.Kind == TranscriptKind.Matched);
        var (cheap, dear) = (quoted.Value.Split(' ')[0], quoted.Value.Split(' ')[1]);
        Assert.Equal(Place(quoted), Caught(quoted, quoted with { Value = $"{dear} {cheap}" }));
        Assert.Equal(Place(matched), Caught(quoted, quoted with { Value = dear })); // the best ask kept quiet
        Assert.Equal(Place(matched), Caught(matched, matched with { Value = matched.Value.Replace("2500000", "9000000", StringComparison.Ordinal) }));
        Assert.Equal(Place(matched), Caught(matched, matched with { ProverId = "dear" }));

        int Place(TranscriptEntry entry) => run.Transcript.IndexOf(entry);

        int? Caught(TranscriptEntry entry, TranscriptEntry forged) => OrderBookAudit.Check(run.Order, run.Transcript.Replace(entry, forged).Aggregate(
            ImmutableArray<TranscriptEntry>.Empty,
            (entries, next) => TranscriptRules.Append(entries, next.Kind, next.At, next.ProverId, next.Value)))?.Entry;
    }

    /// <summary>Refuses the leases that runs ask for on their own account, whoever seemed eligible.</summary>
    private sealed class RefusedLeases : IIncomingGrainCallFilter
    {
        public volatile bool AreRefused = true;

        public async Task Invoke(IIncomingGrainCallContext context)
        {
            await context.Invoke();
            if (!AreRefused || context.MethodName != nameof(ITaskRegistryGrain.ReserveManyAsync)) return;
            var refusal = Refusal.Of(ReasonCode.StakeInsufficient, "bond", "at most the free stake", "more");
            context.Result = ((ImmutableArray<ReserveAnswer>)context.Result!).Select(_ => new ReserveAnswer { Refusal = refusal }).ToImmutableArray();
        }
    }

    private static IOrderBookGrain Book(MarketCluster market) => market.Book(ProgramId);

    private static AskCommand Command(string prover, long version) => new() { AskId = $"{prover}-ask", ProverId = prover, Version = version };

    private static async Task<TestProver> AskingAsync(
        MarketCluster market, string id, decimal pricePerUnit, int slots = 2, Conduct? conduct = null, string? account = null)
    {
        var offer = Offer(id, slots);
        if (account is not null) offer = offer with { Account = account };
        var prover = await market.ProverAsync(id, stake: 20, offer: offer, conduct: conduct);
        await prover.AskAsync(Credits(pricePerUnit));
        return prover;
    }

    private static async Task<(int Slots, int Filled)> SlotsOfAsync(MarketCluster market, string proverId)
    {
        var prover = market.Provers.Single(prover => prover.Id == proverId);
        var ask = Assert.Single((await Book(market).ListOwnAsync(proverId, prover.Session)).Asks);
        return (ask.Slots, ask.Filled);
    }

    private static async Task DeliverAsync(MarketCluster market, string request, string proverId)
    {
        var prover = market.Provers.Single(prover => prover.Id == proverId);
        var run = market.Run<IOrderBookRunGrain>(request);
        var assignment = (await run.JoinAsync(proverId, prover.Session)).Assignment!;
        var answer = await run.SubmitAsync(new()
        {
            ProverId = proverId, Session = prover.Session, PublicInputs = assignment.PublicInputs, Proof = TestProofSystem.ProofFor(assignment),
        });
        Assert.Equal(assignment.Reward, answer.Reward);
    }

    private static async Task RestsAsync(MarketCluster market, params string[] requests)
    {
        await Audit.AtRestAsync(market);
        foreach (var request in requests)
        {
            var run = market.Disk.All<OrderBookRunState>("order-book-run")[$"{request}/0"].Run;
            Assert.Null(OrderBookAudit.Check(run.Order, run.Transcript));
        }
    }

    private static ProofRequestSpec Spec(MarketCluster market, string requestId, params (string, string)[] parameters) =>
        market.Spec(requestId) with { Mechanism = MechanismOf(OrderBookParameters.MechanismName, parameters) };
}
