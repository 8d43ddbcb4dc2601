using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Requests;

public sealed class WholeWayTests
{
    [Fact]
    public async Task A_request_is_proved_and_paid_and_the_rest_is_refunded()
    {
        await using var market = await MarketAsync(funds: 100);
        var winner = await market.ProverAsync("winner");

        var submitted = await market.SubmitAsync(market.Spec("r1") with { Mechanism = RaceOf(("reward", "7.5")) });
        Assert.Equal(RequestPhase.Routed, submitted.Phase);
        var balance = await market.Account("alice").GetBalanceAsync();
        Assert.Equal(Credits(90), balance.Available);
        Assert.Equal(Credits(10), balance.Holds["r1"]);

        var invitation = await winner.InvitedToAsync();
        Assert.Equal("r1/0", invitation.RunKey);
        Assert.Equal(Credits(7.5m), invitation.Reward);
        var assignment = await winner.TakeAsync("r1");
        Assert.Equal("witness of r1", assignment.Input.ToUtf8String());
        Assert.Equal("3,4", assignment.PublicInputs.ToUtf8String());
        Assert.Equal(market.Now + HardIn, assignment.Deadline);
        Assert.Equal(Credits(7.5m), (await winner.DeliverAsync("r1", assignment)).Reward);

        var status = await market.EndsAsync("r1");
        Assert.Equal(RequestPhase.Fulfilled, status.Phase);
        Assert.Equal(ReasonCode.Won, status.Outcome);
        Assert.Equal("winner", status.ProverId);
        Assert.Equal(Credits(7.5m), status.Paid);
        Assert.Equal(Credits(92.5m), await market.AvailableAsync("alice"));
        Assert.Equal(Credits(7.5m), await market.AvailableAsync("winner-account"));
        await Audit.AtRestAsync(market);
        Assert.Empty(market.Log.Errors);
    }

    /// <summary>What follows from other records is not written: that the request is open, that the race was started, and how a race that was won is settled. And that a request has
    /// ended goes with the next one of its shard.</summary>
    [Fact]
    public async Task A_request_that_is_won_takes_ten_writes()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        // What is written once for a shard or an account is not counted.
        await market.ServeAsync("r0", prover);
        var before = market.Faults.Writes;
        var shard = GrainKeys.WatchShard("r0");
        await market.ServeAsync(Enumerable.Range(1, 1_000).Select(n => $"r{n}").First(id => GrainKeys.WatchShard(id) == shard), prover);

        // The body and its watch, the hold; the wish to join, the lease, the proof; the lease's end and the capture, the reward, and the end.
        Assert.Equal(10, market.Faults.Writes - before);
    }

    [Fact]
    public async Task The_verified_proof_can_be_fetched()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        Assert.Equal(ReasonCode.ProofNotAvailable, (await market.Request("r1").GetProofAsync()).Refusal!.Code);
        var assignment = await prover.TakeAsync("r1");
        await prover.DeliverAsync("r1", assignment);
        await market.EndsAsync("r1");

        var proof = await market.Request("r1").GetProofAsync();
        Assert.Null(proof.Refusal);
        Assert.Equal(TestProofSystem.ProofFor(assignment), proof.Proof);
        Assert.Equal(assignment.PublicInputs, proof.PublicInputs);
        Assert.Equal(ReasonCode.RequestUnknown, (await market.Request("another").GetProofAsync()).Refusal!.Code);
    }

    [Fact]
    public async Task The_timeline_has_every_phase_with_its_time_and_reason()
    {
        await using var market = await MarketAsync();
        var start = market.Now;
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        await prover.InvitedToAsync();
        await market.AdvanceAsync(TimeSpan.FromSeconds(3));
        var assignment = await prover.TakeAsync("r1");
        Assert.Equal(RequestPhase.Assigned, (await market.ReachesAsync("r1", RequestPhase.Assigned)).Phase);
        await market.AdvanceAsync(TimeSpan.FromSeconds(4));
        await prover.DeliverAsync("r1", assignment);
        var status = await market.EndsAsync("r1");

        var seconds = status.Timeline.Select(entry => (entry.Phase, (entry.At - start).TotalSeconds, entry.Reason, entry.ProverId));
        Assert.Equal(
            [
                (RequestPhase.Submitted, 0, ReasonCode.None, null),
                (RequestPhase.Routed, 0, ReasonCode.None, null),
                (RequestPhase.Open, 0, ReasonCode.None, null),
                (RequestPhase.Assigned, 3, ReasonCode.None, "p1"),
                (RequestPhase.Verifying, 7, ReasonCode.Won, "p1"),
                (RequestPhase.Settling, 7, ReasonCode.Won, "p1"),
                (RequestPhase.Fulfilled, 7, ReasonCode.Won, "p1"),
            ],
            seconds);
        Assert.Equal("the requester named race", status.Timeline[1].Detail.Split("; ")[1]);
    }

    [Fact]
    public async Task Losers_are_told_to_stop_and_their_leases_end_without_fault()
    {
        await using var market = await MarketAsync();
        var winner = await market.ProverAsync("winner", stake: 20);
        var racing = await market.ProverAsync("racing", stake: 20);
        var invited = await market.ProverAsync("invited", stake: 20);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("bond", "5")) });
        foreach (var prover in new[] { winner, racing, invited }) Assert.Equal("r1/0", (await prover.InvitedToAsync()).RunKey);
        var assignment = await winner.TakeAsync("r1");
        await racing.TakeAsync("r1");
        Assert.Equal(Credits(5), (await market.RegistryOf("racing").GetProverAsync("racing"))!.LockedBond);

        await winner.DeliverAsync("r1", assignment);
        foreach (var loser in new[] { racing, invited })
        {
            var stop = await loser.StoppedByAsync();
            Assert.Equal(("r1/0", ReasonCode.Outraced), (stop.RunKey, stop.Reason));
        }
        Assert.Equal(ReasonCode.RunWon, (await racing.DeliverAsync("r1", assignment)).Refusal!.Code);
        Assert.Equal(ReasonCode.RunWon, (await invited.JoinAsync("r1")).Refusal!.Code);

        await market.EndsAsync("r1");
        foreach (var prover in new[] { winner, racing, invited })
        {
            var record = (await market.RegistryOf(prover.Id).GetProverAsync(prover.Id))!;
            Assert.Equal((Credits(20), Credits(20), 0L), (record.Stake, record.FreeStake, record.Missed));
            Assert.Equal(prover == winner ? 1 : 0, record.Completed);
        }
        Assert.Equal(Domain.Credits.Zero, await market.AvailableAsync("racing-account"));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_winner_is_not_invited_again_to_what_it_has_won()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.ServeAsync("r1", prover);

        var renewal = await prover.RenewAsync();
        Assert.Empty(renewal.Invitations);
        Assert.Empty(renewal.Stopped);
    }

    [Fact]
    public async Task Requests_of_one_account_are_held_and_paid_side_by_side()
    {
        await using var market = await MarketAsync(funds: 30);
        var prover = await market.ProverAsync("p1", slots: 3);
        foreach (var id in new[] { "r1", "r2", "r3" }) await market.OpenAsync(market.Spec(id));
        Assert.Equal(Credits(30), (await market.Account("alice").GetBalanceAsync()).Held);
        foreach (var id in new[] { "r3", "r1", "r2" }) await prover.DeliverAsync(id, await prover.TakeAsync(id));
        foreach (var id in new[] { "r1", "r2", "r3" }) Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync(id)).Phase);
        Assert.Equal(Credits(30), await market.AvailableAsync("p1-account"));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task An_open_request_is_watched_and_an_ended_one_is_not()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        Assert.Contains("r1", await market.WatchOf("r1").ListAsync());
        await prover.DeliverAsync("r1", await prover.TakeAsync("r1"));
        await market.EndsAsync("r1");
        await market.SettleAsync();
        Assert.DoesNotContain("r1", await market.WatchOf("r1").ListAsync());
    }

    [Fact]
    public void Keys_of_runs_and_leases_are_read_back_as_they_were_made()
    {
        Assert.Equal(("a.b-c", 3), GrainKeys.OfRun(GrainKeys.Run("a.b-c", 3)));
        Assert.Equal("a.b-c/3/p1", GrainKeys.Lease(GrainKeys.Run("a.b-c", 3), "p1"));
    }
}
