using System.Globalization;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.Grains.Tests.Mechanisms.SealedBidAuction.SealedBidGiven;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.SealedBidAuction;

/// <summary>Sealed-bid auctions from the request to the settlement: max price 10, windows of 10 s, bond 2, only prices count.</summary>
public sealed class SealedBidRunTests
{
    [Fact]
    public async Task The_cheapest_wins_and_is_paid_what_the_second_asked()
    {
        await using var market = await MarketAsync();
        foreach (var (id, ask) in new[] { ("p1", 2m), ("p2", 1m), ("p3", 3m) })
            await market.ProverAsync(id, stake: 2, conduct: Conduct.Good, offer: Offer(id) with { AskPerUnit = Credits(ask) });
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(TimeSpan.FromSeconds(8));

        // Everybody had answered, so nobody waited for the windows to end: 2.5 units at 1 credit win, at 2 credits are paid.
        var status = await market.EndsAsync("r1");
        Assert.Equal((RequestPhase.Fulfilled, "p2", Credits(5)), (status.Phase, status.ProverId, status.Paid));
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(995), Credits(5), Credits(0)), (await market.AvailableAsync("alice"), await market.AvailableAsync("p2-account"), await market.AvailableAsync("treasury")));
    }

    /// <summary>The registry's shards invite their provers one before the other: who has heard first must not be alone in the auction, nor wait for its windows to end.</summary>
    [Fact]
    public async Task Bidding_goes_on_until_all_shards_have_invited_and_ends_at_once_when_all_of_these_have_bid()
    {
        await using var market = await MarketAsync();
        var shards = new MarketOptions().RegistryShards;
        var late = GrainKeys.RegistryShard("late", shards);
        Assert.NotEqual(late, GrainKeys.RegistryShard("p1", shards));
        var gate = market.Faults.HoldRead("registry", late.ToString("X", CultureInfo.InvariantCulture));
        await market.ProverAsync("p1", stake: 2, conduct: Conduct.Good, offer: Offer("p1") with { AskPerUnit = Credits(1) });
        await market.OpenAsync(Spec(market));
        await gate.Reached;
        await market.AdvanceAsync(TimeSpan.FromSeconds(8));
        Assert.Equal(RequestPhase.Open, (await market.StatusAsync("r1")).Phase);
        gate.Open();
        await market.AdvanceAsync(TimeSpan.FromSeconds(1.9));
        Assert.Equal((RequestPhase.Fulfilled, "p1"), ((await market.EndsAsync("r1")).Phase, (await market.EndsAsync("r1")).ProverId));
    }

    [Fact]
    public async Task A_sole_bidder_is_paid_the_reserve_and_first_price_pays_the_bid()
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("p1", stake: 4, conduct: Conduct.Good, offer: Offer("p1") with { AskPerUnit = Credits(1) });
        await market.OpenAsync(Spec(market, ("reserve", "8")));
        await market.OpenAsync(Spec(market, "r2", ("pricing", "first")));
        await market.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal((Credits(8), Credits(2.5m)), ((await market.EndsAsync("r1")).Paid, (await market.EndsAsync("r2")).Paid));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_winner_that_does_not_deliver_loses_its_bond_and_its_backup_takes_over()
    {
        await using var market = await MarketAsync();
        var silent = await market.ProverAsync("silent", stake: 2);
        silent.Worker = new TestWorker(market, silent, Conduct.Silent, _ => TimeSpan.Zero);
        await market.ProverAsync("good", stake: 2, conduct: Conduct.Good, offer: Offer("good") with { AskPerUnit = Credits(1) });
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        var status = await market.EndsAsync("r1");
        Assert.Equal((RequestPhase.Fulfilled, "good", Credits(10)), (status.Phase, status.ProverId, status.Paid));
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(991), Credits(10.6m), Credits(0.4m)), (await market.AvailableAsync("alice"), await market.AvailableAsync("good-account"), await market.AvailableAsync("treasury")));
    }

    [Fact]
    public async Task An_invalid_proof_passes_the_award_on_at_once()
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("corrupt", stake: 2, conduct: Conduct.Corrupt);
        await market.ProverAsync("good", stake: 2, conduct: Conduct.Good, offer: Offer("good") with { AskPerUnit = Credits(1) });
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(TimeSpan.FromSeconds(15));
        Assert.Equal("good", (await market.EndsAsync("r1")).ProverId);
        await Audit.AtRestAsync(market);
        Assert.Equal(Credits(0), (await market.RegistryOf("corrupt").GetProverAsync("corrupt"))!.Stake);
    }

    [Fact]
    public async Task Losers_have_their_slots_back_when_the_auction_is_decided()
    {
        await using var market = await MarketAsync();
        foreach (var (id, ask) in new[] { ("p1", 1m), ("p2", 2m), ("p3", 3m) })
        {
            var prover = await market.ProverAsync(id, stake: 2, slots: 1, offer: Offer(id, slots: 1) with { AskPerUnit = Credits(ask) });
            prover.Worker = new TestWorker(market, prover, Conduct.Good, _ => TimeSpan.FromSeconds(30));
        }
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(TimeSpan.FromSeconds(8));
        var leases = await Task.WhenAll(new[] { "p1", "p2", "p3" }.Select(async id => (await market.RegistryOf(id).GetProverAsync(id))!.Leases.Count));
        Assert.Equal([1, 1, 0], leases);
        await market.AdvanceAsync(TimeSpan.FromSeconds(40));
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }

    /// <summary>As when an answer was lost: the seal is known. Whoever holds the award answers for it all the same, and loses its bond when it does not
    /// deliver.</summary>
    [Fact]
    public async Task A_winner_that_seals_again_keeps_its_award()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 2);
        await market.OpenAsync(Spec(market));
        // The only one who is invited: bidding closes with its bid.
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var seal = SealedBidCommitment.Of(Bid("p1", 3m));
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, seal)).Refusal);
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Null(await Run(market).RevealAsync("p1", Bid("p1", 3m)));
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.NotNull((await Run(market).JoinAsync("p1", prover.Session)).Assignment);

        Assert.Null((await Run(market).SealAsync("p1", prover.Session, seal)).Refusal);
        Assert.NotNull((await Run(market).JoinAsync("p1", prover.Session)).Assignment);
        await market.AdvanceAsync(HardIn);
        Assert.Equal(ReasonCode.NobodyDelivered, (await market.EndsAsync("r1")).Outcome);
        Assert.Equal(Credits(0), (await market.RegistryOf("p1").GetProverAsync("p1"))!.Stake);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_bid_that_is_revealed_after_the_requester_has_cancelled_changes_nothing()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 4);
        await market.OpenAsync(Spec(market));
        await prover.InvitedToAsync();
        var bid = Bid("p1", 5);
        // Everybody who was invited has answered: the bids are revealed next.
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, SealedBidCommitment.Of(bid))).Refusal);
        await market.AdvanceUntilAsync(
            () => Task.FromResult(market.Disk.All<SealedBidRunState>("sealed-bid")["r1/0"].Book.Phase == SealedBidPhase.Reveal), TimeSpan.FromSeconds(1), "the time to reveal");
        Assert.Null((await market.Request("r1").CancelAsync()).Refusal);
        await market.EndsAsync("r1");

        Assert.Equal(ReasonCode.RunClosed, (await Run(market).RevealAsync("p1", bid))?.Code);

        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_seal_that_came_too_late_gives_slot_and_bond_back_at_once()
    {
        await using var market = await MarketAsync();
        var (prompt, late) = (await market.ProverAsync("p1", stake: 2), await market.ProverAsync("p2", stake: 2));
        await market.OpenAsync(Spec(market));
        Assert.Null((await Run(market).SealAsync("p1", prompt.Session, SealedBidCommitment.Of(Bid("p1", 3m)))).Refusal);
        var gate = market.Faults.HoldWrite("sealed-bid", "r1/0");
        var sealing = Run(market).SealAsync("p2", late.Session, SealedBidCommitment.Of(Bid("p2", 2m)));
        await gate.Reached;
        market.Time.Advance(TimeSpan.FromSeconds(11));
        gate.Open();
        Assert.Equal(ReasonCode.BiddingClosed, (await sealing).Refusal?.Code);
        Assert.Empty((await market.RegistryOf("p2").GetProverAsync("p2"))!.Leases);
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task Without_a_bid_everything_is_refunded()
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("p1", stake: 2, conduct: Conduct.Declining);
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(HardIn);
        Assert.Equal(ReasonCode.NobodyJoined, (await market.EndsAsync("r1")).Outcome);
        await Audit.AtRestAsync(market);
        Assert.Equal(Credits(1000), await market.AvailableAsync("alice"));
    }

    [Fact]
    public async Task No_sealed_bid_can_be_read_before_it_is_revealed()
    {
        // A canary in every form in which it could be written: the price in credits and micro-credits, the ETA in ticks, the nonce.
        using var telemetry = new TelemetryText();
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 2);
        await market.ProverAsync("idle", stake: 2);
        await market.OpenAsync(Spec(market));
        var bid = Bid("p1", 7.654321m) with { Eta = TimeSpan.FromTicks(13_572_468) };
        string[] canaries = ["7.654321", "7654321", "13572468", Convert.ToHexStringLower(bid.Nonce.Span), Convert.ToBase64String(bid.Nonce.Span)];
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, SealedBidCommitment.Of(bid))).Refusal);
        // Whoever reveals too early is refused, and the refusal does not give the bid away either.
        var early = await Run(market).RevealAsync("p1", bid);
        var altered = await Run(market).RevealAsync("p1", bid with { Auction = "r9/0" });

        var seen = Everything();
        Assert.Contains(SealedBidCommitment.Of(bid), seen, StringComparison.Ordinal);
        Assert.All(canaries, canary => Assert.DoesNotContain(canary, seen, StringComparison.OrdinalIgnoreCase));

        await market.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Null(await Run(market).RevealAsync("p1", bid));
        Assert.Contains("7654321", Everything(), StringComparison.Ordinal); // the search would have found it

        string Everything() => string.Join(
            '\n',
            market.Disk.Text(),
            Text(Run(market).GetProgressAsync().GetAwaiter().GetResult()),
            Text(Run(market).GetTranscriptAsync().GetAwaiter().GetResult()),
            Text(market.StatusAsync("r1").GetAwaiter().GetResult()),
            Text(market.Request("r1").ExplainAsync().GetAwaiter().GetResult()),
            Text(market.RegistryOf("p1").GetProverAsync("p1").GetAwaiter().GetResult()),
            telemetry.ToString(),
            $"{early} {altered}",
            market.Log.ToString());
    }

    [Fact]
    public async Task It_is_listed_and_its_parameters_are_checked_before_the_request_is_taken()
    {
        await using var market = await MarketAsync();
        Assert.Contains(await market.Router.ListMechanismsAsync(), mechanism => mechanism.Name == "sealed-bid-auction");
        var answer = await market.Request("r1").SubmitAsync(Spec(market, ("pricing", "third")));
        Assert.Equal((ReasonCode.ParameterInvalid, "mechanism.pricing"), (answer.Refusal?.Code, answer.Refusal?.Field));
        var tooLong = await market.Request("r2").SubmitAsync(market.Spec("r2") with
        {
            Mechanism = MechanismOf(SealedBidParameters.MechanismName, ("biddingWindow", "60"), ("revealWindow", "60")),
        });
        Assert.Equal((ReasonCode.ParameterInvalid, "mechanism.biddingWindow + mechanism.revealWindow"), (tooLong.Refusal?.Code, tooLong.Refusal?.Field));
    }

    private static string Text<T>(T value) => System.Text.Json.JsonSerializer.Serialize(value);
}
