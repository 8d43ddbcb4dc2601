using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.Grains.Tests.Faults;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Requests;

public sealed class EscalationTests
{
    // Of two stages each has half of the two minutes.
    private static readonly TimeSpan HalfWay = HardIn / 2;

    // What reaches a journal while it writes goes into its next page, so the number is not always the same.
    private const int FewestWrites = 15;
    private const int MostWrites = 80;

    [Fact]
    public async Task Nobody_bids_at_the_first_price_so_it_is_raised()
    {
        await using var market = await MarketAsync();
        var dear = new TestProver(market, Offer("dear"));
        await dear.ConnectAsync();
        await market.OpenAsync(Spec(market, RaceOf(("reward", "2"), ("decay", "none")), RaceOf(("reward", "8"), ("decay", "none"))));
        Assert.Equal(Credits(2), (await dear.InvitedToAsync()).Reward);
        await market.AdvanceAsync(HalfWay);
        Assert.Equal(Credits(8), (await dear.InvitedToAsync()).Reward);
        var assignment = (await dear.JoinAsync("r1", stage: 1)).Assignment!;
        Assert.Equal(Credits(8), (await dear.SubmitAsync("r1", assignment.PublicInputs, TestProofSystem.ProofFor(assignment), stage: 1)).Reward);
        var status = await market.EndsAsync("r1");
        Assert.Equal((RequestPhase.Fulfilled, Credits(8)), (status.Phase, status.Paid));
        Assert.Contains(status.Timeline, entry => entry.Reason == ReasonCode.NobodyJoined && entry.Detail == "stage 0 failed (NobodyBid); race, stage 1");
        Assert.Equal(Credits(992), await market.AvailableAsync("alice"));
        await Audit.AtRestAsync(market);
    }

    /// <summary>Who bids, or is called, has not taken the work: nobody is late with it.</summary>
    [Fact]
    public async Task When_all_bids_are_above_the_reserve_nobody_has_taken_it()
    {
        await using var market = await MarketAsync();
        var bidder = await market.ProverAsync("p1", stake: 2);
        await market.OpenAsync(Answered(market, MechanismOf(
            "sealed-bid-auction", ("delayCost", "0"), ("failureCost", "0"), ("bond", "2"), ("biddingWindow", "10"), ("revealWindow", "10"), ("reserve", "2"))));
        var run = market.Run<ISealedBidRunGrain>("r1");
        var bid = new SealedBid { Auction = "r1/0", ProverId = "p1", Price = Credits(5), Eta = TimeSpan.FromSeconds(5), Nonce = Bytes.CopyOf(new byte[32]) };
        Assert.Null((await run.SealAsync("p1", bidder.Session, SealedBidCommitment.Of(bid))).Refusal);
        await market.SettleAsync();
        Assert.Null(await run.RevealAsync("p1", bid));
        await NobodyBidAsync(market);
    }

    [Fact]
    public async Task When_everybody_called_declines_nobody_has_taken_it()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 2);
        await market.OpenAsync(Answered(market, MechanismOf("random-election")));
        await prover.InvitedToAsync();
        await market.Run<IRandomElectionRunGrain>("r1").DeclineAsync("p1", prover.Session, ReasonCode.PriceBelowAsk);
        await NobodyBidAsync(market);
    }

    [Fact]
    public async Task When_a_lock_is_given_back_before_it_is_confirmed_nobody_has_taken_it()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 20);
        await market.OpenAsync(Answered(market, MechanismOf("dutch-auction", ("bond", "2"))));
        var run = market.Run<IDutchAuctionRunGrain>("r1");
        Assert.NotNull((await run.JoinAsync("p1", prover.Session)).Assignment);
        await run.DeclineAsync("p1", prover.Session, ReasonCode.PriceBelowAsk);
        await NobodyBidAsync(market);
    }

    [Fact]
    public async Task Who_is_late_is_slashed_and_replaced_before_the_hard_deadline()
    {
        await using var market = await MarketAsync();
        var silent = await market.ProverAsync("silent", stake: 20);
        await market.OpenAsync(Spec(market, RaceOf(("bond", "10")), RaceOf(("bond", "4"))));
        await silent.TakeAsync("r1");
        var rescuer = await market.ProverAsync("rescuer", stake: 20);
        await market.AdvanceAsync(HalfWay + TimeSpan.FromSeconds(1));
        // The slot is free and the bond gone at once, not with the request.
        var record = (await market.RegistryOf("silent").GetProverAsync("silent"))!;
        Assert.Equal((Credits(10), 0), (record.Stake, record.Leases.Count));
        Assert.Equal(ReasonCode.ProverExcluded, (await silent.JoinAsync("r1", stage: 1)).Refusal?.Code);
        var assignment = (await rescuer.JoinAsync("r1", stage: 1)).Assignment!;
        await rescuer.SubmitAsync("r1", assignment.PublicInputs, TestProofSystem.ProofFor(assignment), stage: 1);
        var status = await market.EndsAsync("r1");
        Assert.Equal((RequestPhase.Fulfilled, "rescuer"), (status.Phase, status.ProverId));
        Assert.Contains(status.Timeline, entry => entry.Detail == "stage 0 failed (Late); race, stage 1, without silent");
        await Audit.AtRestAsync(market);
        // 50 % of the bond to the requester, 30 % to the rescuer, 20 % to the treasury.
        Assert.Equal(Credits(1_005) - status.Paid!.Value, await market.AvailableAsync("alice"));
        Assert.Equal(Credits(3) + status.Paid!.Value, await market.AvailableAsync("rescuer-account"));
        Assert.Equal(Credits(2), await market.AvailableAsync("treasury"));
    }

    [Fact]
    public async Task Who_delivers_an_invalid_proof_does_not_get_the_request_again()
    {
        await using var market = await MarketAsync();
        var cheat = await market.ProverAsync("cheat", stake: 20, conduct: Conduct.Corrupt);
        await market.OpenAsync(Spec(market, RaceOf(("bond", "10")), RaceOf(("bond", "10"))));
        await market.AdvanceAsync(HalfWay + TimeSpan.FromSeconds(1));
        Assert.Equal(ReasonCode.ProverExcluded, (await cheat.JoinAsync("r1", stage: 1)).Refusal?.Code);
        Assert.Contains((await market.StatusAsync("r1")).Timeline, entry => entry.Detail == "stage 0 failed (InvalidProof); race, stage 1, without cheat");
        await market.AdvanceAsync(HalfWay + TimeSpan.FromSeconds(1));
        var status = await market.EndsAsync("r1");
        Assert.Equal((RequestPhase.Expired, ReasonCode.NobodyJoined), (status.Phase, status.Outcome));
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(1_000), Credits(10)), (await market.AvailableAsync("alice"), await market.AvailableAsync("treasury")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stage_that_does_not_fit_into_the_time_that_is_left_is_passed_over(bool hasAnother)
    {
        await using var market = await MarketAsync();
        // Two minutes shared by the stages: what fits at first does not fit later.
        var windows = MechanismOf("sealed-bid-auction", ("biddingWindow", "30"), ("revealWindow", "30"));
        await market.OpenAsync(hasAnother ? Spec(market, RaceOf(), windows, RaceOf()) : Spec(market, RaceOf(), windows));
        await market.AdvanceAsync((hasAnother ? HardIn / 3 : HalfWay) + TimeSpan.FromSeconds(1));
        var status = await market.StatusAsync("r1");
        Assert.Contains(status.Timeline, entry => entry.Reason == ReasonCode.ParameterInvalid
            && entry.Detail.StartsWith("stage 1 was not started: ParameterInvalid: mechanism.biddingWindow + mechanism.revealWindow must be less than", StringComparison.Ordinal));
        if (hasAnother)
        {
            Assert.Equal((RequestPhase.Open, "stage 1 failed (NotStarted); race, stage 2"), (status.Phase, status.Timeline[^1].Detail));
            return;
        }
        Assert.Equal((RequestPhase.Failed, ReasonCode.ParameterInvalid), ((await market.EndsAsync("r1")).Phase, (await market.EndsAsync("r1")).Outcome));
        await Audit.AtRestAsync(market);
        Assert.Equal(Credits(1_000), await market.AvailableAsync("alice"));
    }

    [Fact]
    public async Task A_cause_that_no_fallback_answers_ends_the_request_at_its_stage()
    {
        await using var market = await MarketAsync();
        var spec = Spec(market, RaceOf(), RaceOf());
        await market.OpenAsync(spec with { Fallbacks = [spec.Fallbacks[0] with { Causes = [FailureCause.Late] }] });
        await market.AdvanceAsync(HalfWay + TimeSpan.FromSeconds(1));
        Assert.Equal(RequestPhase.Expired, (await market.EndsAsync("r1")).Phase);
        await Audit.AtRestAsync(market);
    }

    /// <summary>Its report may come once more while the next stage is being noted.</summary>
    [Fact]
    public async Task What_a_failed_stage_tells_late_does_not_end_the_next()
    {
        await using var market = await MarketAsync();
        await market.OpenAsync(Spec(market, RaceOf(), RaceOf()));
        var gate = market.Faults.HoldWrite("request", "r1");
        await market.AdvanceAsync(HalfWay + TimeSpan.FromSeconds(1));
        await gate.Reached;
        var failed = await market.Run("r1").GetProgressAsync();
        Assert.NotNull(failed.Report);
        await market.Request("r1").HearAsync("r1/0", failed);
        gate.Open();
        await market.AdvanceAsync(TimeSpan.FromSeconds(2));
        var status = await market.StatusAsync("r1");
        Assert.Equal((RequestPhase.Open, "stage 0 failed (NobodyBid); race, stage 1"), (status.Phase, status.Timeline[^1].Detail));
    }

    [Fact]
    public async Task Cancelled_between_two_stages_it_is_refunded()
    {
        await using var market = await MarketAsync();
        await market.OpenAsync(Spec(market, RaceOf(), RaceOf()));
        await market.AdvanceAsync(HalfWay + TimeSpan.FromSeconds(1));
        Assert.Null((await market.Request("r1").CancelAsync()).Refusal);
        Assert.Equal(RequestPhase.Cancelled, (await market.EndsAsync("r1")).Phase);
        Assert.Equal(Credits(1_000), await market.AvailableAsync("alice"));
        await Audit.AtRestAsync(market);
    }

    [Theory]
    [InlineData("lottery", ReasonCode.MechanismUnknown)]
    [InlineData("race", ReasonCode.ParameterUnknown)]
    public async Task A_fallback_that_cannot_be_run_is_refused_at_once(string mechanism, ReasonCode code)
    {
        await using var market = await MarketAsync();
        var answer = await market.Request("r1").SubmitAsync(Spec(market, RaceOf(), RaceOf(("luck", "1")) with { Name = mechanism }));
        Assert.Equal(code, answer.Refusal?.Code);
    }

    /// <summary>One fault at every write of a request whose first stage fails: it is fulfilled by the second, and every bond and credit is where it belongs.</summary>
    [Theory]
    [Trait(Sweep.Kind, Sweep.EveryWrite)]
    [InlineData(StorageFault.CrashBefore)]
    [InlineData(StorageFault.CrashAfter)]
    [InlineData(StorageFault.FailBefore)]
    [InlineData(StorageFault.FailAfter)]
    [InlineData(StorageFault.Conflict)]
    public async Task Any_write_of_an_escalation_may_go_wrong(StorageFault fault)
    {
        await using var market = await MarketAsync(funds: 100_000);
        // The bond of the first stage is too high for the good one; the cheats are new each time, or the circuit breaker would keep them out.
        var good = await market.ProverAsync("good", stake: 100, conduct: Conduct.Good);
        good.ExpectsFaults = true;
        var nth = 0;
        do
        {
            var cheat = await market.ProverAsync($"cheat-{++nth}", stake: 500, conduct: Conduct.Corrupt);
            cheat.ExpectsFaults = true;
            market.Faults.Plan(nth, fault);
            await RunAsync(market, $"r{nth}");
        }
        while (market.Faults.Reset() && nth < MostWrites);
        Assert.InRange(nth, FewestWrites + 1, MostWrites - 1);
    }

    private static async Task RunAsync(MarketCluster market, string id)
    {
        var spec = Spec(market, RaceOf(("bond", "500")), RaceOf(("bond", "1"))) with { RequestId = id };
        Assert.Null((await market.InsistAsync(() => market.Request(id).SubmitAsync(spec))).Refusal);
        RequestStatus? status = null;
        await market.AdvanceUntilAsync(
            async () =>
            {
                await market.RestartIfCrashedAsync();
                status = await market.TryAsync(() => market.Request(id).GetStatusAsync());
                return status?.Phase.IsFinal() == true && !market.Faults.Crashed.IsCompleted;
            },
            HardIn + TimeSpan.FromSeconds(90),
            $"the end of {id}");
        await market.AdvanceAsync(TimeSpan.FromSeconds(2));
        await market.RestartIfCrashedAsync();
        await Audit.AtRestAsync(market);
        Assert.True(status!.Phase == RequestPhase.Fulfilled && status.ProverId == "good", Describe(status));
        Assert.Single(status.Timeline, entry => entry.Detail.StartsWith("stage 0 failed (InvalidProof)", StringComparison.Ordinal));
    }

    private static ProofRequestSpec Answered(MarketCluster market, MechanismChoice first)
    {
        var spec = Spec(market, first, RaceOf());
        return spec with { Fallbacks = [spec.Fallbacks[0] with { Causes = [FailureCause.NobodyBid] }] };
    }

    private static async Task NobodyBidAsync(MarketCluster market)
    {
        await market.AdvanceAsync(HalfWay + TimeSpan.FromSeconds(1));
        var status = await market.StatusAsync("r1");
        Assert.Contains(status.Timeline, entry => entry.Reason == ReasonCode.NobodyJoined && entry.Detail == "stage 0 failed (NobodyBid); race, stage 1");
        Assert.Equal(RequestPhase.Open, status.Phase);
        await market.AdvanceAsync(HalfWay + TimeSpan.FromSeconds(1));
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }

    private static ProofRequestSpec Spec(MarketCluster market, MechanismChoice first, params MechanismChoice[] others) => market.Spec("r1") with
    {
        Mechanism = first, Fallbacks = [.. others.Select(other => new RequestFallback { Mechanism = other })],
    };
}
