using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.Grains.Tests.Mechanisms.SealedBidAuction.SealedBidGiven;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.SealedBidAuction;

/// <summary>Sealed-bid auctions when the market is away: what bidders and winners could not do in that time costs them nothing.</summary>
public sealed class SealedBidOutageTests
{
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

    /// <summary>The market was away from before the end of the bidding until after what would have been the end of the reveal: there was no moment to reveal.</summary>
    [Fact]
    public async Task Who_could_not_reveal_because_the_market_was_away_has_the_whole_window_and_wins()
    {
        await using var market = await MarketAsync();
        var (prover, bid) = await SealedAsync(market);
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
        var (prover, bid) = await SealedAsync(market);
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

    /// <summary>The registry's answer was lost with the silo, so that the run has to ask it whether there is a lease: a slot for a bid is none.</summary>
    [Fact]
    public async Task A_bidder_whose_slot_is_known_again_only_when_it_confirms_pays_for_not_revealing_all_the_same()
    {
        await using var market = await MarketAsync();
        var (prover, seal) = await CutOffAsync(market);
        Assert.Equal(ReasonCode.LeaseMissing, (await Run(market).ConfirmAsync("p1", prover.Session))?.Code);
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, seal)).Refusal);
        Assert.Equal(ReasonCode.LeaseMissing, (await Run(market).ConfirmAsync("p1", prover.Session))?.Code);
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(1.5m), Credits(0.5m)), await StakeOfAsync(market, "p1"));
    }

    /// <summary>It has a slot and has never had the work: nothing in the transcript says that it had, and nobody is said to have failed.</summary>
    [Fact]
    public async Task A_bidder_who_declines_when_its_seal_was_lost_has_never_held_the_work()
    {
        await using var market = await MarketAsync();
        var (prover, _) = await CutOffAsync(market);
        await Run(market).DeclineAsync("p1", prover.Session, ReasonCode.WorkerDraining);
        await market.AdvanceAsync(HardIn);
        Assert.Equal((RequestPhase.Expired, ReasonCode.NobodyJoined), ((await market.EndsAsync("r1")).Phase, (await market.EndsAsync("r1")).Outcome));
        var evidence = await market.EvidenceAsync("r1");
        Assert.DoesNotContain(evidence.Stages[0].Transcript, entry => entry.Kind == TranscriptKind.Leased);
        Assert.Empty(RequestAudit.Check(evidence, BuiltInMechanisms.All).Findings);
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(2), Credits(0)), await StakeOfAsync(market, "p1"));
    }

    /// <summary>Its windows fit when it was submitted. That they do not any more, when there is no time left at all, is no fault of its parameters.</summary>
    [Fact]
    public async Task An_auction_that_the_market_could_not_begin_before_its_time_was_over_has_expired()
    {
        await using var market = await MarketAsync();
        var start = market.Faults.HoldWrite("sealed-bid", "r1/0");
        var submitting = market.SubmitAsync(Spec(market));
        await start.Reached;
        await AwayAsync(market, HardIn.TotalSeconds + 1);
        _ = submitting.ContinueWith(lost => lost.Exception, TaskScheduler.Default);

        var status = await market.EndsAsync("r1");

        Assert.Equal((RequestPhase.Expired, ReasonCode.NobodyJoined), (status.Phase, status.Outcome));
        Assert.Contains(status.Timeline, entry => entry.Detail.StartsWith("stage 0 was not started: its time was over", StringComparison.Ordinal));
        Assert.Equal(Credits(1_000), await market.AvailableAsync("alice"));
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
        await Audit.AtRestAsync(market);
    }

    /// <summary>A market that died when the wish of p1 to bid was written and its slot was reserved, and its seal was not written yet.</summary>
    private static async Task<(TestProver Prover, string Seal)> CutOffAsync(MarketCluster market)
    {
        var prover = await market.ProverAsync("p1", stake: 2);
        await market.ProverAsync("idle", stake: 2);
        await market.OpenAsync(Spec(market));
        var seal = SealedBidCommitment.Of(Bid("p1", 3m));
        var wish = market.Faults.HoldWrite("sealed-bid", "r1/0");
        var sealing = Run(market).SealAsync("p1", prover.Session, seal);
        await wish.Reached;
        var written = market.Faults.HoldWrite("sealed-bid", "r1/0");
        wish.Open();
        await written.Reached;
        await market.KillAsync();
        await market.RestartAsync();
        _ = sealing.ContinueWith(lost => lost.Exception, TaskScheduler.Default);
        return (prover, seal);
    }

    /// <summary>A market in which p1 has bid, and another that is invited has not: bidding ends by the clock.</summary>
    private static async Task<(TestProver Prover, SealedBid Bid)> SealedAsync(MarketCluster market)
    {
        var prover = await market.ProverAsync("p1", stake: 2);
        var idle = await market.ProverAsync("idle", stake: 2);
        await market.OpenAsync(Spec(market));
        await idle.InvitedToAsync();
        var bid = Bid("p1", 3m);
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, SealedBidCommitment.Of(bid))).Refusal);
        return (prover, bid);
    }

    /// <summary>A market in which p1 has bid alone, has revealed, and has won; it does not know yet.</summary>
    private static async Task<TestProver> AwardedAsync(MarketCluster market)
    {
        var prover = await market.ProverAsync("p1", stake: 2);
        await market.OpenAsync(Spec(market));
        await prover.InvitedToAsync();
        Assert.Null((await Run(market).SealAsync("p1", prover.Session, SealedBidCommitment.Of(Bid("p1", 3m)))).Refusal);
        await RunIsAsync(run => run.Book.Phase == SealedBidPhase.Reveal, "the time to reveal");
        Assert.Null(await Run(market).RevealAsync("p1", Bid("p1", 3m)));
        await RunIsAsync(run => run.Award?.ProverId == "p1", "the award");
        return prover;

        // Both follow from what p1 does, without the clock; but that is seen exactly only on the embedded engine.
        Task RunIsAsync(Func<SealedBidRunState, bool> condition, string what) =>
            market.AdvanceUntilAsync(() => Task.FromResult(condition(market.Disk.All<SealedBidRunState>("sealed-bid")["r1/0"])), TimeSpan.FromSeconds(1), what);
    }

    private static async Task AwayAsync(MarketCluster market, double seconds)
    {
        await market.KillAsync();
        market.Time.Advance(TimeSpan.FromSeconds(seconds));
        await market.RestartAsync();
        await market.SettleAsync();
    }
}
