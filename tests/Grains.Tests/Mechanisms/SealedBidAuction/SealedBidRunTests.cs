using System.Globalization;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
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
    public async Task Who_does_not_reveal_loses_a_part_of_its_bond()
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("secretive", stake: 2, conduct: Conduct.Secretive);
        await market.ProverAsync("good", stake: 2, conduct: Conduct.Good, offer: Offer("good") with { AskPerUnit = Credits(1) });
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        var status = await market.EndsAsync("r1");
        // The bid that was not revealed is none: the other is alone and is paid the cap.
        Assert.Equal(("good", Credits(10)), (status.ProverId, status.Paid));
        Assert.Contains(status.Timeline, entry => entry is { Reason: ReasonCode.BidNotRevealed, ProverId: "secretive" });
        await Audit.AtRestAsync(market);
        // A quarter of 2: half of it to the requester, 30 % to the winner, the rest to the treasury.
        Assert.Equal(
            (Credits(1.5m), Credits(990.25m), Credits(10.15m), Credits(0.1m)),
            ((await market.RegistryOf("secretive").GetProverAsync("secretive"))!.Stake, await market.AvailableAsync("alice"), await market.AvailableAsync("good-account"),
                await market.AvailableAsync("treasury")));
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

    [Fact]
    public async Task A_silo_that_dies_in_any_phase_goes_on()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 2);
        var idle = await market.ProverAsync("idle", stake: 2); // never answers, so that the windows run their time
        await market.OpenAsync(Spec(market));
        await idle.InvitedToAsync();
        var bid = Bid("p1", 3m);
        var seal = SealedBidCommitment.Of(bid);
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, seal)).Refusal);
        await RestartAsync();
        // It may connect only after the first announcement, and is invited with the next.
        await market.AdvanceUntilAsync(() => Task.FromResult(idle.InvitedSoFar() is not null), TimeSpan.FromSeconds(5), "the invitation");
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, seal)).Refusal);
        Assert.Equal(ReasonCode.RevealNotOpen, (await Run(market).RevealAsync("p1", bid))?.Code);
        await market.AdvanceAsync(TimeSpan.FromSeconds(10));
        await RestartAsync();
        Assert.Null(await Run(market).RevealAsync("p1", bid));
        await RestartAsync();
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        await RestartAsync();
        var assignment = (await Run(market).JoinAsync("p1", prover.Session)).Assignment!;
        Assert.Equal(Credits(10), assignment.Reward);
        await RestartAsync();
        Assert.Equal(Credits(10), (await DeliverAsync(market, prover, assignment)).Reward);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);

        async Task RestartAsync()
        {
            await market.KillAsync();
            await market.RestartAsync();
        }
    }

    /// <summary>Whoever is back first after a crash must not have the auction for itself.</summary>
    [Fact]
    public async Task Bidding_that_was_cut_off_waits_for_those_who_connect_again_later()
    {
        await using var market = await MarketAsync();
        var (first, later) = (await market.ProverAsync("p1", stake: 2), await market.ProverAsync("later", stake: 2));
        await market.OpenAsync(Spec(market));
        await later.InvitedToAsync();
        Assert.Null((await Run(market).SealAsync("p1", first.Session, SealedBidCommitment.Of(Bid("p1", 3m)))).Refusal);
        await first.InvitedToAsync();
        await market.KillAsync();
        later.Renews = false;
        await market.StartAgainAsync();
        await first.ConnectAsync();
        // Invited again, so the run knows of nobody else.
        await market.AdvanceUntilAsync(() => Task.FromResult(first.InvitedSoFar() is not null), TimeSpan.FromSeconds(3), "the first one's invitation");
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        await later.ConnectAsync();
        Assert.Null((await Run(market).SealAsync("later", later.Session, SealedBidCommitment.Of(Bid("later", 2m)))).Refusal);
        Audit.Always(market);
    }

    [Fact]
    public async Task Replayed_late_altered_and_foreign_bids_are_refused()
    {
        await using var market = await MarketAsync();
        var (one, other) = (await market.ProverAsync("p1", stake: 2), await market.ProverAsync("p2", stake: 2));
        await market.ProverAsync("idle", stake: 2);
        await market.OpenAsync(Spec(market));
        var bid = Bid("p1", 3m);
        var seal = SealedBidCommitment.Of(bid);
        Assert.Null((await Run(market).SealAsync("p1", one.Session, seal)).Refusal);
        Assert.Null((await Run(market).SealAsync("p2", other.Session, seal)).Refusal); // a copied seal is taken: it opens to nothing
        Assert.Equal(ReasonCode.CommitmentConflict, (await Run(market).SealAsync("p1", one.Session, SealedBidCommitment.Of(Bid("p1", 2m)))).Refusal?.Code);
        Assert.Equal(ReasonCode.NotAwarded, (await Run(market).JoinAsync("p1", one.Session)).Refusal?.Code);
        await market.AdvanceAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(ReasonCode.BiddingClosed, (await Run(market).SealAsync("idle", "s1", seal)).Refusal?.Code);
        Assert.Equal(ReasonCode.BidOfAnotherProver, (await Run(market).RevealAsync("p2", bid))?.Code);
        Assert.Equal(ReasonCode.CommitmentMismatch, (await Run(market).RevealAsync("p2", bid with { ProverId = "p2" }))?.Code);
        Assert.Equal(ReasonCode.BidForAnotherAuction, (await Run(market).RevealAsync("p1", bid with { Auction = "r2/0" }))?.Code);
        Assert.Equal(ReasonCode.CommitmentMismatch, (await Run(market).RevealAsync("p1", bid with { Price = Credits(1) }))?.Code);
        Assert.Equal(ReasonCode.CommitmentMissing, (await Run(market).RevealAsync("idle", Bid("idle", 1m)))?.Code);
        await market.AdvanceAsync(TimeSpan.FromSeconds(10));
        // Nobody revealed in time; another round is open, and what was sealed in the first one is worth nothing in it.
        Assert.Equal(ReasonCode.CommitmentMissing, (await Run(market).RevealAsync("p1", bid))?.Code);
        Assert.Equal(ReasonCode.ProverExcluded, (await Run(market).SealAsync("p1", one.Session, seal)).Refusal?.Code);
        Assert.Null((await Run(market).SealAsync("idle", "s1", seal)).Refusal);
        await market.AdvanceAsync(HardIn);
        Assert.Equal(ReasonCode.NobodyJoined, (await market.EndsAsync("r1")).Outcome);
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

    /// <summary>The winner and its backup say, one after the other, that nobody can prove it; nobody else bids.</summary>
    [Fact]
    public async Task An_award_given_back_because_nobody_can_prove_it_costs_nothing_when_nobody_does()
    {
        await using var market = await MarketAsync();
        var provers = new[] { await market.ProverAsync("p1", stake: 2), await market.ProverAsync("p2", stake: 2) };
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        foreach (var (prover, price) in provers.Zip([3m, 4m]))
            Assert.Null((await Run(market).SealAsync(prover.Id, prover.Session, SealedBidCommitment.Of(Bid(prover.Id, price)))).Refusal);
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        foreach (var (prover, price) in provers.Zip([3m, 4m])) Assert.Null(await Run(market).RevealAsync(prover.Id, Bid(prover.Id, price)));
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        foreach (var prover in provers)
        {
            Assert.NotNull((await Run(market).JoinAsync(prover.Id, prover.Session)).Assignment);
            await Run(market).DeclineAsync(prover.Id, prover.Session, ReasonCode.InputRejected);
            await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        }
        await market.AdvanceAsync(HardIn);
        Assert.Equal(ReasonCode.NobodyDelivered, (await market.EndsAsync("r1")).Outcome);
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(1000), Credits(0)), (await market.AvailableAsync("alice"), await market.AvailableAsync("treasury")));
        foreach (var prover in provers)
        {
            var record = (await market.RegistryOf(prover.Id).GetProverAsync(prover.Id))!;
            // Leaving an award costs a quarter of the bond of 2 at least.
            Assert.Equal((Credits(0.5m), Credits(1.5m), Credits(0.5m)), (record.Slashed, record.Stake, await market.AvailableAsync(prover.Offer.Account)));
            Assert.Equal((0L, 0.0, 0), (record.Missed, record.Track.Failures, record.Track.FailuresInRow));
        }
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
    }

    [Fact]
    public async Task A_bidder_that_has_not_seen_the_input_does_not_escape_the_penalty_by_what_it_says_of_it()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 2);
        await market.ProverAsync("idle", stake: 2);
        await market.OpenAsync(Spec(market));
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, SealedBidCommitment.Of(Bid("p1", 3m)))).Refusal);
        await Run(market).DeclineAsync("p1", prover.Session, ReasonCode.InputRejected);
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(0.5m), Credits(0)), (await market.AvailableAsync("treasury"), await market.AvailableAsync("p1-account")));
        Assert.Equal(1, (await market.RegistryOf("p1").GetProverAsync("p1"))!.Missed);
    }

    /// <summary>A seal is a bid, not work: who says that it proves, and never reveals, has not escaped the penalty, nor the award.</summary>
    [Fact]
    public async Task A_bidder_that_confirms_a_lease_it_was_not_awarded_is_refused_and_pays_for_not_revealing()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 2);
        await market.OpenAsync(Spec(market));
        var seal = SealedBidCommitment.Of(Bid("p1", 3m));
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, seal)).Refusal);
        Assert.Equal(ReasonCode.LeaseMissing, (await Run(market).ConfirmAsync("p1", prover.Session))?.Code);
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        Assert.Equal(Credits(0.5m), (await market.RegistryOf("p1").GetProverAsync("p1"))!.Slashed);
    }

    /// <summary>The market was away from before the end of the bidding until after what would have been the end of the reveal: there was no moment to reveal.</summary>
    [Fact]
    public async Task Who_could_not_reveal_because_the_market_was_away_has_the_whole_window_and_wins()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 2);
        var idle = await market.ProverAsync("idle", stake: 2);
        await market.OpenAsync(Spec(market));
        await idle.InvitedToAsync();
        var bid = Bid("p1", 3m);
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, SealedBidCommitment.Of(bid))).Refusal);
        await AwayAsync(market, 21);
        await market.AdvanceAsync(TimeSpan.FromSeconds(5));
        // And once more, in the middle of the window.
        await AwayAsync(market, 11);
        await market.AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.Null(await Run(market).RevealAsync("p1", bid));
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var assignment = (await Run(market).JoinAsync("p1", prover.Session)).Assignment!;
        Assert.Equal(Credits(10), (await DeliverAsync(market, prover, assignment)).Reward);
        await market.EndsAsync("r1");
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(2), Credits(0)), await StakeOfAsync(market, "p1"));
    }

    [Fact]
    public async Task Who_could_not_reveal_because_the_end_of_the_bidding_took_long_to_be_written_has_the_whole_window()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 2);
        var idle = await market.ProverAsync("idle", stake: 2);
        await market.OpenAsync(Spec(market));
        await idle.InvitedToAsync();
        var bid = Bid("p1", 3m);
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, SealedBidCommitment.Of(bid))).Refusal);
        var gate = market.Faults.HoldWrite("sealed-bid", "r1/0");
        market.Time.Advance(TimeSpan.FromSeconds(10));
        await gate.Reached;
        market.Time.Advance(TimeSpan.FromSeconds(11));
        gate.Open();
        await market.SettleAsync();
        Assert.Null(await Run(market).RevealAsync("p1", bid));
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var assignment = (await Run(market).JoinAsync("p1", prover.Session)).Assignment!;
        Assert.Equal(Credits(10), (await DeliverAsync(market, prover, assignment)).Reward);
        await market.EndsAsync("r1");
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
        Assert.Equal((Credits(2), Credits(0)), await StakeOfAsync(market, "p1"));
    }

    [Fact]
    public async Task A_winner_that_could_not_fetch_its_assignment_because_the_market_was_away_has_the_whole_time_to_deliver()
    {
        await using var market = await MarketAsync();
        var prover = await AwardedAsync(market);
        await AwayAsync(market, 10);
        var assignment = (await Run(market).JoinAsync("p1", prover.Session)).Assignment!;
        Assert.Equal(market.Now.AddSeconds(7.5), assignment.Deadline, TimeSpan.FromSeconds(1));
        // From now on it knows, and the market's absence is no reason any more.
        var deadline = assignment.Deadline;
        await AwayAsync(market, 1);
        Assert.Equal(deadline, (await Run(market).JoinAsync("p1", prover.Session)).Assignment!.Deadline);
        Assert.Equal(Credits(10), (await DeliverAsync(market, prover, assignment)).Reward);
        await market.EndsAsync("r1");
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(2), Credits(0)), await StakeOfAsync(market, "p1"));
    }

    [Theory]
    [InlineData(false)] // less time is left than its bid asked for
    [InlineData(true)] // none at all
    public async Task A_winner_that_could_not_fetch_its_assignment_and_has_too_little_time_afterwards_loses_nothing(bool none)
    {
        await using var market = await MarketAsync();
        await AwardedAsync(market);
        await AwayAsync(market, HardIn.TotalSeconds - (none ? -1 : 4));
        await market.AdvanceAsync(TimeSpan.FromSeconds(5));
        await market.EndsAsync("r1");
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(2), Credits(0)), await StakeOfAsync(market, "p1"));
    }

    /// <summary>Nobody could ever be awarded it, so it would cost nothing to be the second and set the price.</summary>
    [Fact]
    public async Task A_bid_that_could_not_be_awarded_when_the_reveal_is_over_does_not_set_the_price()
    {
        await using var market = await MarketAsync();
        var (good, shill) = (await market.ProverAsync("p1", stake: 2), await market.ProverAsync("shill", stake: 2));
        await market.OpenAsync(Spec(market));
        await good.InvitedToAsync();
        await shill.InvitedToAsync();
        await market.SettleAsync();
        Assert.Null((await Run(market).SealAsync("p1", good.Session, SealedBidCommitment.Of(Bid("p1", 3m)))).Refusal);
        var unreal = Bid("shill", 3.5m) with { Eta = HardIn - TimeSpan.FromSeconds(9) };
        Assert.Null((await Run(market).SealAsync("shill", shill.Session, SealedBidCommitment.Of(unreal))).Refusal);
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Null(await Run(market).RevealAsync("p1", Bid("p1", 3m)));
        Assert.Null(await Run(market).RevealAsync("shill", unreal));
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        var refusal = market.Disk.All<SealedBidRunState>("sealed-bid")["r1/0"].Book.Revealed["shill"].Refusal;
        Assert.Equal((ReasonCode.DeadlineTooSoon, "eta"), (refusal?.Code, refusal?.Field));
        var assignment = (await Run(market).JoinAsync("p1", good.Session)).Assignment!;
        Assert.Equal(Credits(10), assignment.Reward);
        Assert.Equal(Credits(10), (await DeliverAsync(market, good, assignment)).Reward);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }

    /// <summary>The registry's answer was lost with the silo, so that the run has to ask it whether there is a lease: a slot for a bid is none.</summary>
    [Fact]
    public async Task A_bidder_whose_slot_is_known_again_only_when_it_confirms_pays_for_not_revealing_all_the_same()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 2);
        await market.ProverAsync("idle", stake: 2);
        await market.OpenAsync(Spec(market));
        var seal = SealedBidCommitment.Of(Bid("p1", 3m));
        // The wish is written and the slot is reserved; the seal is not.
        var wish = market.Faults.HoldWrite("sealed-bid", "r1/0");
        var sealing = Run(market).SealAsync("p1", prover.Session, seal);
        await wish.Reached;
        var written = market.Faults.HoldWrite("sealed-bid", "r1/0");
        wish.Open();
        await written.Reached;
        await market.KillAsync();
        await market.RestartAsync();
        _ = sealing.ContinueWith(lost => lost.Exception, TaskScheduler.Default);
        Assert.Equal(ReasonCode.LeaseMissing, (await Run(market).ConfirmAsync("p1", prover.Session))?.Code);
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, seal)).Refusal);
        Assert.Equal(ReasonCode.LeaseMissing, (await Run(market).ConfirmAsync("p1", prover.Session))?.Code);
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(1.5m), Credits(0.5m)), await StakeOfAsync(market, "p1"));
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

    /// <summary>The only bidder is paid the reserve price: nobody gets there by answering for the others.</summary>
    [Fact]
    public async Task Who_declines_in_the_name_of_others_does_not_end_their_time_to_bid()
    {
        await using var market = await MarketAsync();
        var (rival, slow) = (await market.ProverAsync("p1", stake: 2), await market.ProverAsync("p2", stake: 2));
        await market.OpenAsync(Spec(market));
        await rival.InvitedToAsync();
        await slow.InvitedToAsync();
        Assert.Null((await Run(market).SealAsync("p1", rival.Session, SealedBidCommitment.Of(Bid("p1", 3m)))).Refusal);
        foreach (var session in new[] { "", "another" }) await Run(market).DeclineAsync("p2", session, ReasonCode.PriceBelowAsk);
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Null((await Run(market).SealAsync("p2", slow.Session, SealedBidCommitment.Of(Bid("p2", 2m)))).Refusal);
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

    /// <summary>A market in which p1 has bid alone, has revealed, and has won; it does not know yet.</summary>
    private static async Task<TestProver> AwardedAsync(MarketCluster market)
    {
        var prover = await market.ProverAsync("p1", stake: 2);
        await market.OpenAsync(Spec(market));
        await prover.InvitedToAsync();
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, SealedBidCommitment.Of(Bid("p1", 3m)))).Refusal);
        await market.SettleAsync();
        Assert.Null(await Run(market).RevealAsync("p1", Bid("p1", 3m)));
        await market.SettleAsync();
        Assert.Equal("p1", market.Disk.All<SealedBidRunState>("sealed-bid")["r1/0"].Award?.ProverId);
        return prover;
    }

    private static async Task AwayAsync(MarketCluster market, double seconds)
    {
        await market.KillAsync();
        market.Time.Advance(TimeSpan.FromSeconds(seconds));
        await market.RestartAsync();
        await market.SettleAsync();
    }

    private static async Task<(Credits Stake, Credits Slashed)> StakeOfAsync(MarketCluster market, string proverId)
    {
        var prover = (await market.RegistryOf(proverId).GetProverAsync(proverId))!;
        return (prover.Stake, prover.Slashed);
    }

    private static string Text<T>(T value) => System.Text.Json.JsonSerializer.Serialize(value);

    private static ProofRequestSpec Spec(MarketCluster market, params (string, string)[] parameters) => Spec(market, "r1", parameters);

    private static ProofRequestSpec Spec(MarketCluster market, string requestId, params (string, string)[] parameters) => market.Spec(requestId) with
    {
        Mechanism = MechanismOf(
            SealedBidParameters.MechanismName,
            [("delayCost", "0"), ("failureCost", "0"), ("bond", "2"), ("biddingWindow", "10"), ("revealWindow", "10"), .. parameters]),
    };

    private static SealedBid Bid(string proverId, decimal price) => new()
    {
        Auction = "r1/0", ProverId = proverId, Price = Credits(price), Eta = TimeSpan.FromSeconds(5), Nonce = Bytes.CopyOf(Enumerable.Range(100, 32).Select(i => (byte)i).ToArray()),
    };

    private static ISealedBidRunGrain Run(MarketCluster market) => market.Run<ISealedBidRunGrain>("r1");

    private static Task<SubmissionAnswer> DeliverAsync(MarketCluster market, TestProver prover, Assignment assignment) => Run(market).SubmitAsync(
        new ProofSubmission
        {
            ProverId = prover.Id, Session = prover.Session, PublicInputs = assignment.PublicInputs, Proof = TestProofSystem.ProofFor(assignment),
        });
}
