using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.DutchAuction;

/// <summary>Dutch auctions from the request to the settlement: max price 10, from 1 to 10 over 30 s, bond 10, soft deadline after 60 s, hard after
/// 120 s.</summary>
public sealed class DutchAuctionRunTests
{
    [Fact]
    public async Task The_taker_is_paid_the_price_of_its_moment()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.OpenAsync(Spec(market));
        var invitation = await prover.InvitedToAsync();
        Assert.Equal(market.Now.AddSeconds(15), invitation.Ramp!.TimeOf(Credits(5.5m)));
        await market.AdvanceAsync(TimeSpan.FromSeconds(15));

        var assignment = await TakeAsync(market, prover);
        Assert.Equal((Credits(5.5m), market.Now.AddSeconds(52.5)), (assignment.Reward, assignment.Deadline));
        await market.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(Credits(5.5m), (await DeliverAsync(market, prover, assignment)).Reward);

        var status = await market.EndsAsync("r1");
        Assert.Equal((RequestPhase.Fulfilled, Credits(5.5m)), (status.Phase, status.Paid));
        Assert.Equal((Credits(994.5m), Credits(5.5m)), (await market.AvailableAsync("alice"), await market.AvailableAsync("p1-account")));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task The_prover_that_asks_least_takes_it_first_and_everybody_else_finds_it_locked()
    {
        await using var market = await MarketAsync();
        var dear = await market.ProverAsync("dear", stake: 10, conduct: Conduct.Good, offer: Offer("dear") with { AskPerUnit = Credits(2) });
        var cheap = await market.ProverAsync("cheap", stake: 10, conduct: Conduct.Good, offer: Offer("cheap") with { AskPerUnit = Credits(1) });
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(TimeSpan.FromSeconds(20));
        // 2.5 units at 1 credit are 2.5: reached 5 s into the ramp, and the clock of the test moves in steps of a second.
        Assert.Equal(Credits(2.5m), cheap.Worker!.Earned["r1/0"]);
        Assert.Empty(dear.Worker!.Earned);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task While_the_lock_holds_nobody_else_gets_in()
    {
        await using var market = await MarketAsync();
        var (one, other) = (await market.ProverAsync("p1", stake: 10), await market.ProverAsync("p2", stake: 10));
        await market.OpenAsync(Spec(market));
        var first = await TakeAsync(market, one);
        Assert.Equal(ReasonCode.LockHeld, (await Run(market).JoinAsync(other.Id, other.Session)).Refusal?.Code);
        await market.AdvanceAsync(TimeSpan.FromSeconds(5));
        // Who lost its answer gets the same lock at the same price.
        var again = await TakeAsync(market, one);
        Assert.Equal((first.Reward, first.Deadline), (again.Reward, again.Deadline));
    }

    /// <summary>Calls cost nothing: what they leave in the record of a run must not grow with them.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task However_often_the_lock_is_asked_for_in_the_names_of_others_few_of_the_calls_leave_a_trace(bool isKnown)
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.OpenAsync(Spec(market));
        for (var i = 0; i < 10 * DutchAuctionRules.ManyAttempts; i++)
        {
            var answer = await Run(market).JoinAsync(isKnown ? "p1" : $"stranger-{i}", "not its session");
            Assert.Equal(isKnown ? ReasonCode.SessionUnknown : ReasonCode.ProverUnknown, answer.Refusal?.Code);
        }
        Assert.Null((await DeliverAsync(market, prover, await TakeAsync(market, prover))).Refusal);
        var transcript = market.Disk.All<DutchAuctionState>("dutch-auction")[GrainKeys.Run("r1", 0)].Run.Transcript;
        Assert.Equal(DutchAuctionRules.ManyAttempts + 1, transcript.Count(entry => entry.Kind == TranscriptKind.Locked));
    }

    /// <summary>Anybody can call a run in a name that nobody has registered: it must not stop the auction for the others.</summary>
    [Fact]
    public async Task A_prover_that_nobody_knows_takes_no_lock()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.OpenAsync(Spec(market));
        Assert.Equal(ReasonCode.ProverUnknown, (await Run(market).JoinAsync("stranger", "s1")).Refusal?.Code);
        await Run(market).DeclineAsync("stranger", "s1", ReasonCode.ProvingFailed);
        Assert.Null((await DeliverAsync(market, prover, await TakeAsync(market, prover))).Refusal);
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_missed_lock_pays_for_the_rescue()
    {
        await using var market = await MarketAsync();
        var (silent, rescuer) = (await market.ProverAsync("p1", stake: 10), await market.ProverAsync("p2"));
        await market.OpenAsync(Spec(market));
        var lost = await TakeAsync(market, silent);
        Assert.Equal(market.Now.AddSeconds(60), lost.Deadline);
        await market.AdvanceAsync(TimeSpan.FromSeconds(61));

        // The rescue needs no bond: p2 has no stake, and is invited now.
        var invitation = await rescuer.InvitedToAsync();
        Assert.Equal((Credits(5), Credits(0), null), (invitation.Reward, invitation.Bond, invitation.Ramp));
        Assert.Equal(ReasonCode.LeaseMissing, (await DeliverAsync(market, silent, lost)).Refusal?.Code);
        var assignment = await TakeAsync(market, rescuer);
        Assert.Equal(Credits(5), (await DeliverAsync(market, rescuer, assignment)).Reward);

        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        // The price is not paid, the reward is what the bond brings the requester, and the rescuer has a share of its own.
        Assert.Equal(
            (Credits(1000), Credits(8), Credits(2)),
            (await market.AvailableAsync("alice"), await market.AvailableAsync("p2-account"), await market.AvailableAsync("treasury")));
    }

    [Fact]
    public async Task An_invalid_proof_costs_the_bond_and_opens_the_rescue_at_once()
    {
        await using var market = await MarketAsync();
        var (cheat, rescuer) = (await market.ProverAsync("p1", stake: 10), await market.ProverAsync("p2", stake: 10));
        await market.OpenAsync(Spec(market));
        var assignment = await TakeAsync(market, cheat);
        var proof = new ProofSubmission { ProverId = cheat.Id, Session = cheat.Session, PublicInputs = assignment.PublicInputs, Proof = Bytes.CopyOf(new byte[32]) };
        Assert.Equal(ReasonCode.ProofInvalid, (await Run(market).SubmitAsync(proof)).Refusal?.Code);
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(Credits(5), (await DeliverAsync(market, rescuer, await TakeAsync(market, rescuer))).Reward);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        Assert.Equal(Credits(8), await market.AvailableAsync("p2-account"));
    }

    [Fact]
    public async Task A_lock_given_back_costs_by_time_and_the_auction_goes_on()
    {
        await using var market = await MarketAsync();
        var (quitter, taker) = (await market.ProverAsync("p1", stake: 10), await market.ProverAsync("p2", stake: 10));
        await market.OpenAsync(Spec(market));
        await TakeAsync(market, quitter);
        await market.AdvanceAsync(TimeSpan.FromSeconds(15));
        await Run(market).DeclineAsync(quitter.Id, quitter.Session, ReasonCode.ProvingFailed);
        var assignment = await TakeAsync(market, taker);
        Assert.Equal(Credits(5.5m), assignment.Reward);
        await DeliverAsync(market, taker, assignment);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        // A quarter of the minute: a quarter of the bond, of which the requester gets half and the other prover 30 %.
        Assert.Equal(
            (Credits(995.75m), Credits(6.25m), Credits(0.5m)),
            (await market.AvailableAsync("alice"), await market.AvailableAsync("p2-account"), await market.AvailableAsync("treasury")));
        Assert.Equal(Credits(7.5m), (await market.RegistryOf("p1").GetProverAsync("p1"))!.Stake);
    }

    /// <summary>A requester that asks for what cannot be proved gains nothing, and who says so loses nothing.</summary>
    [Fact]
    public async Task A_request_that_nobody_can_prove_costs_those_who_say_so_nothing_and_pays_its_requester_nothing()
    {
        await using var market = await MarketAsync();
        var provers = new[] { await market.ProverAsync("p1", stake: 10), await market.ProverAsync("p2", stake: 10), await market.ProverAsync("p3", stake: 10) };
        await market.OpenAsync(Spec(market));
        foreach (var prover in provers)
        {
            await TakeAsync(market, prover);
            await market.AdvanceAsync(TimeSpan.FromSeconds(15));
            await Run(market).DeclineAsync(prover.Id, prover.Session, ReasonCode.InputRejected);
        }
        await market.AdvanceAsync(HardIn);
        var status = await market.EndsAsync("r1");
        Assert.Equal((RequestPhase.Expired, ReasonCode.NobodyDelivered), (status.Phase, status.Outcome));
        await Audit.AtRestAsync(market);
        Assert.Equal((Credits(1000), Credits(0)), (await market.AvailableAsync("alice"), await market.AvailableAsync("treasury")));
        foreach (var prover in provers)
        {
            var record = (await market.RegistryOf(prover.Id).GetProverAsync(prover.Id))!;
            Assert.Equal(Credits(10), record.Stake + await market.AvailableAsync(prover.Offer.Account));
            Assert.True(record.Slashed > Credits(0));
            Assert.Equal((0L, 0L, 0.0, 0), (record.Missed, record.Lapsed, record.Track.Failures, record.Track.FailuresInRow));
        }
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
    }

    [Fact]
    public async Task Who_says_that_a_request_cannot_be_proved_pays_for_leaving_when_somebody_proves_it_and_nobody_gains_by_that()
    {
        await using var market = await MarketAsync();
        var (quitter, taker) = (await market.ProverAsync("p1", stake: 10), await market.ProverAsync("p2", stake: 10));
        await market.OpenAsync(Spec(market));
        await TakeAsync(market, quitter);
        await market.AdvanceAsync(TimeSpan.FromSeconds(15));
        await Run(market).DeclineAsync(quitter.Id, quitter.Session, ReasonCode.InputRejected);
        await DeliverAsync(market, taker, await TakeAsync(market, taker));
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        Assert.Equal(
            (Credits(994.5m), Credits(5.5m), Credits(2.5m), Credits(0)),
            (await market.AvailableAsync("alice"), await market.AvailableAsync("p2-account"), await market.AvailableAsync("treasury"), await market.AvailableAsync("p1-account")));
        Assert.Equal(Credits(7.5m), (await market.RegistryOf("p1").GetProverAsync("p1"))!.Stake);
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
    }

    /// <summary>That it delivers proves that it knows of its lock, whatever it delivers: also when the silo dies right after.</summary>
    [Fact]
    public async Task A_proof_for_other_public_inputs_leaves_the_lock_and_confirms_it()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.OpenAsync(Spec(market));
        var assignment = (await Run(market).JoinAsync(prover.Id, prover.Session)).Assignment!;
        var other = new ProofSubmission { ProverId = prover.Id, Session = prover.Session, PublicInputs = Bytes.Utf8("5,6"), Proof = TestProofSystem.ProofFor(assignment) };
        Assert.Equal(ReasonCode.ProofForAnotherRequest, (await Run(market).SubmitAsync(other)).Refusal?.Code);
        await market.KillAsync();
        await market.RestartAsync();
        await market.AdvanceAsync(DutchAuctionRules.ConfirmWithin + TimeSpan.FromSeconds(1));
        Assert.NotNull((await DeliverAsync(market, prover, assignment)).Reward);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        Assert.Equal(Credits(10), (await market.RegistryOf("p1").GetProverAsync("p1"))!.FreeStake);
    }

    /// <summary>Whatever was written, and whoever was told that it was not: a prover that has never said that it knows of its lock is not slashed for it.</summary>
    [Theory]
    [InlineData(1)] // the lock
    [InlineData(2)] // the lease
    [InlineData(3)] // what is written next: without the confirmation, nothing that binds
    [InlineData(0)] // nothing; the answer is lost on its way
    public async Task A_lock_that_was_reported_failed_costs_the_prover_that_never_returns_nothing(int failedWrite)
    {
        await using var market = await MarketAsync();
        var (unlucky, other) = (await market.ProverAsync("p1", stake: 10), await market.ProverAsync("p2", stake: 10));
        await market.OpenAsync(Spec(market));
        await market.SettleAsync();

        if (failedWrite > 0) market.Faults.Plan(failedWrite, StorageFault.FailAfter);
        try
        {
            await Run(market).JoinAsync(unlucky.Id, unlucky.Session);
        }
        catch (Exception) when (failedWrite > 0)
        {
            // The prover believes that it has no lock.
        }
        market.Faults.Reset();

        // The auction goes on without it, at the price it has reached: one credit and 0.3 a second.
        await market.AdvanceAsync(TimeSpan.FromSeconds(25));
        var assignment = await TakeAsync(market, other);
        Assert.Equal(Credits(8.5m), assignment.Reward);
        await market.AdvanceAsync(TimeSpan.FromSeconds(45));
        Assert.NotNull((await DeliverAsync(market, other, assignment)).Reward);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        var record = (await market.RegistryOf("p1").GetProverAsync("p1"))!;
        Assert.Equal((Credits(10), Credits(0), 0L), (record.FreeStake, record.Slashed, record.Missed));
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
    }

    [Theory]
    [InlineData(5)] // the hard deadline comes before it lapses
    [InlineData(12)]
    public async Task A_lock_that_nobody_knows_of_is_not_missed_at_the_hard_deadline(int secondsLeft)
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(HardIn - TimeSpan.FromSeconds(secondsLeft));
        Assert.NotNull((await Run(market).JoinAsync(prover.Id, prover.Session)).Assignment);
        await market.AdvanceAsync(TimeSpan.FromSeconds(secondsLeft + 1));
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        Assert.Equal(Credits(10), (await market.RegistryOf("p1").GetProverAsync("p1"))!.FreeStake);
    }

    /// <summary>Who has said that it knows of its lock answers for it, whatever it heard of saying so.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lock_that_was_confirmed_is_missed_also_when_the_confirmation_was_reported_failed(bool reportedFailed)
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.OpenAsync(Spec(market));
        var answer = await Run(market).JoinAsync(prover.Id, prover.Session);
        Assert.Equal(market.Now + DutchAuctionRules.ConfirmWithin, answer.Assignment!.ConfirmBy);
        await market.AdvanceAsync(TimeSpan.FromSeconds(9));
        if (reportedFailed)
        {
            market.Faults.Plan(1, StorageFault.FailAfter);
            await Assert.ThrowsAnyAsync<Exception>(() => Run(market).ConfirmAsync(prover.Id, prover.Session));
        }
        Assert.Null(await Run(market).ConfirmAsync(prover.Id, prover.Session));
        // Who asks again has the same lock, and nothing to confirm any more.
        var again = (await Run(market).JoinAsync(prover.Id, prover.Session)).Assignment!;
        Assert.Equal((answer.Assignment.Deadline, null), (again.Deadline, again.ConfirmBy));
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        Assert.Equal(Credits(10), (await market.RegistryOf("p1").GetProverAsync("p1"))!.Slashed);
    }

    [Fact]
    public async Task A_lock_is_confirmed_by_its_taker_in_its_session_in_time_and_by_a_proof_too()
    {
        await using var market = await MarketAsync();
        var (prover, other) = (await market.ProverAsync("p1", stake: 10), await market.ProverAsync("p2", stake: 10));
        await market.OpenAsync(Spec(market));
        var assignment = (await Run(market).JoinAsync(prover.Id, prover.Session)).Assignment!;
        Assert.Equal(ReasonCode.LeaseMissing, (await Run(market).ConfirmAsync(other.Id, other.Session))?.Code);
        Assert.Equal(ReasonCode.LeaseMissing, (await Run(market).ConfirmAsync(prover.Id, "another-session"))?.Code);
        // A silo that dies between forgets that the registry has granted the lease, and asks.
        await market.KillAsync();
        await market.RestartAsync();
        Assert.Null(await Run(market).ConfirmAsync(prover.Id, prover.Session));
        Assert.NotNull((await DeliverAsync(market, prover, assignment)).Reward);
        await market.EndsAsync("r1");
        Assert.Equal(ReasonCode.RunWon, (await Run(market).ConfirmAsync(prover.Id, prover.Session))?.Code);

        await market.OpenAsync(Spec(market) with { RequestId = "r2" });
        var second = market.Grains.GetGrain<IDutchAuctionRunGrain>("r2/0");
        var delivered = (await second.JoinAsync(prover.Id, prover.Session)).Assignment!;
        var proof = new ProofSubmission { ProverId = prover.Id, Session = prover.Session, PublicInputs = delivered.PublicInputs, Proof = TestProofSystem.ProofFor(delivered) };
        Assert.NotNull((await second.SubmitAsync(proof)).Reward);
        await market.EndsAsync("r2");

        await market.OpenAsync(Spec(market) with { RequestId = "r3" });
        var third = market.Grains.GetGrain<IDutchAuctionRunGrain>("r3/0");
        Assert.NotNull((await third.JoinAsync(prover.Id, prover.Session)).Assignment);
        await market.AdvanceAsync(DutchAuctionRules.ConfirmWithin + TimeSpan.FromSeconds(1));
        Assert.Equal(ReasonCode.LeaseMissing, (await third.ConfirmAsync(prover.Id, prover.Session))?.Code);
        await market.AdvanceAsync(HardIn);
        await Audit.AtRestAsync(market);
        Assert.Equal(Credits(10), (await market.RegistryOf("p1").GetProverAsync("p1"))!.FreeStake);
    }

    /// <summary>A worker that leaves gives back what it may have: that does not prove that it has heard of it.</summary>
    [Fact]
    public async Task A_lock_given_back_before_it_was_confirmed_costs_nothing()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.OpenAsync(Spec(market));
        Assert.NotNull((await Run(market).JoinAsync(prover.Id, prover.Session)).Assignment);
        await market.AdvanceAsync(TimeSpan.FromSeconds(9));
        await Run(market).DeclineAsync(prover.Id, prover.Session, ReasonCode.WorkerDraining);
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        Assert.Equal(Credits(10), (await market.RegistryOf("p1").GetProverAsync("p1"))!.FreeStake);
        Assert.Empty(RequestAudit.Check(await market.EvidenceAsync("r1"), BuiltInMechanisms.All).Findings);
    }

    [Fact]
    public async Task A_lock_that_could_not_be_confirmed_during_an_outage_can_be_afterwards()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.OpenAsync(Spec(market));
        var assignment = (await Run(market).JoinAsync(prover.Id, prover.Session)).Assignment!;
        await market.KillAsync();
        market.Time.Advance(DutchAuctionRules.ConfirmWithin + TimeSpan.FromSeconds(2));
        await market.RestartAsync();
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Null(await Run(market).ConfirmAsync(prover.Id, prover.Session));
        Assert.NotNull((await DeliverAsync(market, prover, assignment)).Reward);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        Assert.Equal(0, (await market.RegistryOf("p1").GetProverAsync("p1"))!.Lapsed);
    }

    [Fact]
    public async Task A_lock_survives_the_silo()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 10);
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(TimeSpan.FromSeconds(10));
        var assignment = await TakeAsync(market, prover);
        await market.KillAsync();
        await market.RestartAsync();
        Assert.Equal(Credits(4), (await DeliverAsync(market, prover, assignment)).Reward);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_lock_is_missed_although_the_silo_was_down_at_its_deadline()
    {
        await using var market = await MarketAsync();
        var (silent, rescuer) = (await market.ProverAsync("p1", stake: 10), await market.ProverAsync("p2"));
        await market.OpenAsync(Spec(market));
        await TakeAsync(market, silent);
        await market.KillAsync();
        market.Time.Advance(TimeSpan.FromSeconds(70));
        await market.RestartAsync();
        await market.AdvanceAsync(TimeSpan.FromSeconds(2));
        await DeliverAsync(market, rescuer, await TakeAsync(market, rescuer));
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
        Assert.Equal(Credits(8), await market.AvailableAsync("p2-account"));
    }

    [Fact]
    public async Task Without_a_taker_everything_is_refunded()
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("p1", stake: 10, conduct: Conduct.Good, offer: Offer("p1") with { AskPerUnit = Credits(5) });
        await market.OpenAsync(Spec(market));
        await market.AdvanceAsync(HardIn + TimeSpan.FromSeconds(2));
        Assert.Equal(RequestPhase.Expired, (await market.EndsAsync("r1")).Phase);
        await Audit.AtRestAsync(market);
        Assert.Equal(Credits(1000), await market.AvailableAsync("alice"));
    }

    [Fact]
    public async Task It_is_listed_and_its_parameters_are_checked_before_the_request_is_taken()
    {
        await using var market = await MarketAsync();
        var listing = Assert.Single(await market.Router.ListMechanismsAsync(), mechanism => mechanism.Name == "dutch-auction");
        Assert.Equal(DutchAuctionParameters.Listing.Select(parameter => parameter.Name), listing.Parameters.Select(parameter => parameter.Name));
        var answer = await market.Request("r1").SubmitAsync(Spec(market, ("ramp", "-1")));
        Assert.Equal((ReasonCode.ParameterInvalid, "mechanism.ramp"), (answer.Refusal?.Code, answer.Refusal?.Field));
    }

    private static ProofRequestSpec Spec(MarketCluster market, params (string, string)[] parameters) => market.Spec("r1") with
    {
        Mechanism = RaceOf(parameters) with { Name = DutchAuctionParameters.MechanismName },
    };

    private static IDutchAuctionRunGrain Run(MarketCluster market) => market.Grains.GetGrain<IDutchAuctionRunGrain>(GrainKeys.Run("r1", 0));

    private static async Task<Assignment> TakeAsync(MarketCluster market, TestProver prover)
    {
        var answer = await Run(market).JoinAsync(prover.Id, prover.Session);
        var assignment = answer.Assignment ?? throw new InvalidOperationException($"{answer.Refusal}");
        if (assignment.ConfirmBy is not null) Assert.Null(await Run(market).ConfirmAsync(prover.Id, prover.Session));
        return assignment;
    }

    private static Task<SubmissionAnswer> DeliverAsync(MarketCluster market, TestProver prover, Assignment assignment) => Run(market).SubmitAsync(
        new ProofSubmission
        {
            ProverId = prover.Id, Session = prover.Session, PublicInputs = assignment.PublicInputs, Proof = TestProofSystem.ProofFor(assignment),
        });
}
