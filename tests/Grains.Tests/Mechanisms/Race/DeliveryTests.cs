using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Programs;
using ProvingMarket.Grains.Interfaces.Requests;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.Race;

public sealed class DeliveryTests
{
    [Fact]
    public async Task A_run_that_was_not_started_takes_no_proof()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        AssertRefused(ReasonCode.RunUnknown, "run", await prover.SubmitAsync("r1", Bytes.Utf8("3,4"), Bytes.Utf8("proof")));
    }

    [Theory]
    [InlineData(4 * 1024, 0)]
    [InlineData((4 * 1024) + 1, 1)]
    public async Task A_small_input_goes_with_the_order_and_a_larger_one_is_asked_for(int bytes, int times)
    {
        var asked = new LostAnswers(nameof(IProofRequestGrain.GetInputAsync), times: 1);
        await using var market = await MarketAsync(services: silo => silo.AddSingleton<IIncomingGrainCallFilter>(asked));
        var prover = await market.ProverAsync("p1");
        var spec = market.Spec("r1") with { Input = Bytes.CopyOf(new byte[bytes]) };
        await market.OpenAsync(spec);
        await prover.InvitedToAsync();
        for (var lost = 0; lost < times; lost++) await Assert.ThrowsAsync<TimeoutException>(() => prover.JoinAsync("r1"));
        Assert.Equal(spec.Input, (await prover.TakeAsync("r1")).Input);
        Assert.Equal(times, asked.Lost);
    }

    [Fact]
    public async Task A_proof_without_a_lease_is_refused()
    {
        await using var market = await MarketAsync();
        var (holder, stranger) = (await market.ProverAsync("p1"), await market.ProverAsync("p2"));
        await market.StartRunAsync("r1");
        var assignment = await holder.TakeAsync("r1");
        AssertRefused(ReasonCode.LeaseMissing, "proverId", await stranger.DeliverAsync("r1", assignment));
        Assert.NotNull((await holder.DeliverAsync("r1", assignment)).Reward);
    }

    [Fact]
    public async Task A_proof_from_another_session_than_the_leases_is_refused()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.StartRunAsync("r1");
        var assignment = await prover.TakeAsync("r1");
        prover.Session = "another";
        AssertRefused(ReasonCode.LeaseMissing, "proverId", await prover.DeliverAsync("r1", assignment));
    }

    [Fact]
    public async Task A_proof_after_giving_the_lease_back_is_refused()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.StartRunAsync("r1");
        var assignment = await prover.TakeAsync("r1");
        await prover.DeclineAsync("r1");
        AssertRefused(ReasonCode.LeaseMissing, "proverId", await prover.DeliverAsync("r1", assignment));
    }

    /// <summary>The win is durable although writing it seems to have failed: nobody may decide the race again.</summary>
    [Theory]
    [InlineData(StorageFault.FailAfter)]
    [InlineData(StorageFault.FailAfterWithReads)]
    public async Task A_win_that_seems_not_to_have_been_written_stays(StorageFault fault)
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        var run = await market.StartRunAsync("r1");
        var assignment = await prover.TakeAsync("r1");
        market.Faults.Plan(1, fault);
        await Assert.ThrowsAnyAsync<Exception>(() => prover.DeliverAsync("r1", assignment));

        var progress = await run.ConcludeAsync(ReasonCode.CancelledByRequester);

        Assert.Equal((ReasonCode.Won, "p1"), (progress.Report!.Reason, progress.Report.Proof!.ProverId));
        Assert.Equal(progress.Report.Payments[0].Amount, (await prover.DeliverAsync("r1", assignment)).Reward);
    }

    [Fact]
    public async Task A_valid_proof_after_an_invalid_one_is_refused()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.StartRunAsync("r1");
        var assignment = await prover.TakeAsync("r1");
        AssertRefused(ReasonCode.ProofInvalid, "proof", await prover.DeliverCorruptedAsync("r1", assignment));
        AssertRefused(ReasonCode.LeaseMissing, "proverId", await prover.DeliverAsync("r1", assignment));
    }

    [Fact]
    public async Task A_malformed_proof_is_invalid()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.StartRunAsync("r1");
        var assignment = await prover.TakeAsync("r1");
        AssertRefused(ReasonCode.ProofMalformed, "proof", await prover.SubmitAsync("r1", assignment.PublicInputs, Bytes.Utf8("short")));
    }

    [Theory]
    [InlineData("5,6")]
    [InlineData("3,4,0")]
    [InlineData("not numbers")]
    [InlineData("")]
    public async Task A_proof_for_another_request_is_refused_and_the_right_one_is_paid_all_the_same(string publicInputs)
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 5);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("bond", "5")) });
        var assignment = await prover.TakeAsync("r1");
        var others = Bytes.Utf8(publicInputs);
        var proof = publicInputs == "5,6" ? TestProofSystem.Prove(TestProofSystem.Key(2, "sum"), others) : Bytes.CopyOf(new byte[32]);
        for (var time = 0; time < 2; time++) AssertRefused(ReasonCode.ProofForAnotherRequest, "proof", await prover.SubmitAsync("r1", others, proof));

        var held = (await market.RegistryOf("p1").GetProverAsync("p1"))!;
        Assert.Equal((1, Credits(5), Credits(0)), (held.Leases.Count, held.LockedBond, held.Slashed));
        Assert.NotNull((await prover.DeliverAsync("r1", assignment)).Reward);
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        Assert.Equal((Credits(10), Credits(5)), (await market.AvailableAsync("p1-account"), (await market.RegistryOf("p1").GetProverAsync("p1"))!.FreeStake));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task The_same_public_inputs_in_another_writing_are_the_same()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.StartRunAsync("r1");
        var assignment = await prover.TakeAsync("r1");
        Assert.NotNull((await prover.SubmitAsync("r1", Bytes.Utf8("3, 4"), TestProofSystem.ProofFor(assignment))).Reward);
    }

    [Fact]
    public async Task A_proof_after_the_hard_deadline_is_late()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.StartRunAsync("r1");
        var assignment = await prover.TakeAsync("r1");
        await market.AdvanceAsync(HardIn + TimeSpan.FromTicks(1));
        AssertRefused(ReasonCode.ProofLate, "proof", await prover.DeliverAsync("r1", assignment));
    }

    [Fact]
    public async Task Oversized_proofs_are_refused_without_looking_at_them()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.StartRunAsync("r1");
        var assignment = await prover.TakeAsync("r1");
        var proof = Bytes.CopyOf(new byte[MarketLimits.ProofBytes + 1]);
        AssertRefused(ReasonCode.ProofTooLarge, "proof", await prover.SubmitAsync("r1", assignment.PublicInputs, proof));
        var inputs = Bytes.CopyOf(new byte[MarketLimits.PublicInputsBytes + 1]);
        AssertRefused(ReasonCode.FieldTooLarge, "publicInputs", await prover.SubmitAsync("r1", inputs, TestProofSystem.ProofFor(assignment)));
        Assert.NotNull((await prover.DeliverAsync("r1", assignment)).Reward);
    }

    /// <summary>The market lets it through and its proof system does not read it: no fault, as one over the market's limit is none.</summary>
    [Fact]
    public async Task A_proof_over_its_proof_systems_own_limit_is_refused_and_costs_nothing()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 5);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("bond", "5")) });
        var assignment = await prover.TakeAsync("r1");
        var proof = Bytes.CopyOf(new byte[TestProofSystem.MostProofBytes + 1]);
        AssertRefused(ReasonCode.ProofTooLarge, "proof", await prover.SubmitAsync("r1", assignment.PublicInputs, proof));

        var held = (await market.RegistryOf("p1").GetProverAsync("p1"))!;
        Assert.Equal((1, Credits(5), Credits(0)), (held.Leases.Count, held.LockedBond, held.Slashed));
        Assert.NotNull((await prover.DeliverAsync("r1", assignment)).Reward);
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task The_winner_hears_the_same_again_and_is_paid_once()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        var assignment = await prover.TakeAsync("r1");
        var first = await prover.DeliverAsync("r1", assignment);
        Assert.Equal(first.Reward, (await prover.DeliverAsync("r1", assignment)).Reward);
        await market.EndsAsync("r1");
        Assert.Equal(first.Reward, (await prover.DeliverAsync("r1", assignment)).Reward);
        Assert.Equal(Credits(10), await market.AvailableAsync("p1-account"));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task Two_valid_proofs_at_once_have_one_winner()
    {
        await using var market = await MarketAsync();
        var (one, two) = (await market.ProverAsync("p1"), await market.ProverAsync("p2"));
        await market.OpenAsync(market.Spec("r1"));
        var assignment = await one.TakeAsync("r1");
        await two.TakeAsync("r1");
        var answers = await Task.WhenAll(one.DeliverAsync("r1", assignment), two.DeliverAsync("r1", assignment));
        Assert.Single(answers, answer => answer.Reward is not null);
        Assert.Equal(ReasonCode.RunWon, Assert.Single(answers, answer => answer.Refusal is not null).Refusal!.Code);
        await market.EndsAsync("r1");
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_cheat_is_slashed_and_its_rescuer_gets_a_share()
    {
        await using var market = await MarketAsync(funds: 100);
        var cheat = await market.ProverAsync("cheat", stake: 20);
        var rescuer = await market.ProverAsync("rescuer", stake: 20);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("bond", "4")) });
        var assignment = await cheat.TakeAsync("r1");
        await rescuer.TakeAsync("r1");
        AssertRefused(ReasonCode.ProofInvalid, "proof", await cheat.DeliverCorruptedAsync("r1", assignment));
        AssertRefused(ReasonCode.ProverExcluded, "proverId", (await cheat.JoinAsync("r1")).Refusal);
        Assert.Equal(Credits(10), (await rescuer.DeliverAsync("r1", assignment)).Reward);

        var status = await market.EndsAsync("r1");
        Assert.Equal("rescuer", status.ProverId);
        Assert.Contains(status.Timeline, entry => entry is { Phase: RequestPhase.Verifying, Reason: ReasonCode.ProofInvalid, ProverId: "cheat" });
        Assert.Equal(Credits(90 + 2), await market.AvailableAsync("alice"));
        Assert.Equal(Credits(10 + 1.2m), await market.AvailableAsync("rescuer-account"));
        Assert.Equal(Credits(0.8m), await market.AvailableAsync(Interfaces.GrainKeys.TreasuryAccount));
        var record = (await market.RegistryOf("cheat").GetProverAsync("cheat"))!;
        Assert.Equal((Credits(16), Credits(4), 1L), (record.Stake, record.Slashed, record.Missed));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task The_bond_of_a_cheat_in_a_request_that_nobody_proved_goes_to_the_treasury()
    {
        await using var market = await MarketAsync(funds: 100);
        var cheat = await market.ProverAsync("cheat", stake: 20);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("bond", "4.000001")) });
        await cheat.DeliverCorruptedAsync("r1", await cheat.TakeAsync("r1"));
        await market.AdvanceAsync(HardIn);
        var status = await market.EndsAsync("r1");
        Assert.Equal((RequestPhase.Expired, ReasonCode.NobodyDelivered), (status.Phase, status.Outcome));
        Assert.Equal(Credits(100), await market.AvailableAsync("alice"));
        Assert.Equal(Credits(4.000001m), await market.AvailableAsync(Interfaces.GrainKeys.TreasuryAccount));
        await Audit.AtRestAsync(market);
    }

    /// <summary>The reward falls in a straight line between the deadlines, rounded down to a micro-credit.</summary>
    [Theory]
    [InlineData("linear", 0, 10)]
    [InlineData("linear", 60, 10)]
    [InlineData("linear", 60.001, 9.999833)]
    [InlineData("linear", 75, 7.5)]
    [InlineData("linear", 100, 3.333333)]
    [InlineData("linear", 119.999, 0.000166)]
    [InlineData("linear", 120, 0)]
    [InlineData("none", 119.999, 10)]
    [InlineData("none", 120, 10)]
    public async Task The_reward_decays_between_the_deadlines(string decay, double seconds, double reward)
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        var run = await market.StartRunAsync("r1", ("decay", decay));
        var assignment = await prover.TakeAsync("r1");
        await market.AdvanceAsync(TimeSpan.FromSeconds(seconds));
        Assert.Equal(Credits((decimal)reward), (await prover.DeliverAsync("r1", assignment)).Reward);
        var report = (await run.GetProgressAsync()).Report!;
        Assert.Equal(ReasonCode.Won, report.Reason);
        Assert.Equal(reward > 0 ? 1 : 0, report.Payments.Length);
    }

    [Fact]
    public async Task A_decayed_reward_is_paid_and_the_rest_refunded()
    {
        await using var market = await MarketAsync(funds: 100);
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1"));
        var assignment = await prover.TakeAsync("r1");
        await market.AdvanceAsync(TimeSpan.FromSeconds(105));
        Assert.Equal(Credits(2.5m), (await prover.DeliverAsync("r1", assignment)).Reward);
        Assert.Equal(Credits(2.5m), (await market.EndsAsync("r1")).Paid);
        Assert.Equal(Credits(97.5m), await market.AvailableAsync("alice"));
        Assert.Equal(Credits(2.5m), await market.AvailableAsync("p1-account"));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task A_proof_that_arrived_in_time_wins_although_its_verdict_comes_after_the_deadline()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1");
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("decay", "none")) });
        var assignment = await prover.TakeAsync("r1");
        await market.AdvanceAsync(HardIn - TimeSpan.FromSeconds(1));
        var verdict = market.Faults.HoldWrite("race", "r1/0");
        var delivery = prover.DeliverAsync("r1", assignment);
        await verdict.Reached;
        await market.AdvanceAsync(TimeSpan.FromSeconds(3));
        verdict.Open();
        Assert.Equal(Credits(10), (await delivery).Reward);
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        await Audit.AtRestAsync(market);
    }

    /// <summary>The verifier is the market's: whoever has delivered in time does not pay for its not answering.</summary>
    [Fact]
    public async Task A_proof_that_arrived_in_time_is_paid_although_no_verifier_answers_before_the_deadline()
    {
        var away = new LostAnswers(nameof(IProofVerifierGrain.VerifyAsync), times: 3);
        await using var market = await MarketAsync(services: silo => silo.AddSingleton<IIncomingGrainCallFilter>(away));
        var prover = await market.ProverAsync("p1", stake: 5);
        await market.OpenAsync(market.Spec("r1") with { Mechanism = RaceOf(("decay", "none"), ("bond", "5")) });
        var assignment = await prover.TakeAsync("r1");
        await market.AdvanceAsync(HardIn - TimeSpan.FromSeconds(1));
        var delivery = prover.DeliverAsync("r1", assignment);
        await away.Reached;
        await market.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal((Credits(10), 3), ((await delivery).Reward, away.Lost));
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
        Assert.Equal(Credits(0), (await market.RegistryOf("p1").GetProverAsync("p1"))!.Slashed);
        await Audit.AtRestAsync(market);
    }

    /// <summary>A run does not stand still for ever: the deadline acts after a few attempts, and who delivers next is asked about once.</summary>
    [Fact]
    public async Task A_verifier_that_never_answers_does_not_keep_a_request_open()
    {
        var away = new LostAnswers(nameof(IProofVerifierGrain.VerifyAsync), times: int.MaxValue);
        await using var market = await MarketAsync(services: silo => silo.AddSingleton<IIncomingGrainCallFilter>(away));
        var (one, two) = (await market.ProverAsync("p1"), await market.ProverAsync("p2"));
        await market.OpenAsync(market.Spec("r1"));
        var assignment = await one.TakeAsync("r1");
        await two.TakeAsync("r1");
        var (first, second) = (one.DeliverAsync("r1", assignment), two.DeliverAsync("r1", assignment));
        await away.Reached;
        await market.AdvanceAsync(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAsync<TimeoutException>(() => first);
        await Assert.ThrowsAsync<TimeoutException>(() => second);
        Assert.Equal(4 + 1, away.Lost);
        await market.AdvanceAsync(HardIn);
        Assert.Equal(RequestPhase.Expired, (await market.EndsAsync("r1")).Phase);
        await Audit.AtRestAsync(market);
    }

    private static void AssertRefused(ReasonCode code, string field, SubmissionAnswer answer)
    {
        Assert.Null(answer.Reward);
        AssertRefused(code, field, answer.Refusal);
    }

    private static void AssertRefused(ReasonCode code, string field, Refusal? refusal) =>
        Assert.Equal((code, field), (refusal!.Code, refusal.Field));
}
