using System.Text;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Tests.Provers;

/// <summary>What becomes of a proof that a worker has begun: stopped, delivered, refused, failed.</summary>
public sealed class WorkerProofTests : WorkerTestBase
{
    [Theory]
    [InlineData(ReasonCode.Outraced, ProverEventKind.Outraced)]
    [InlineData(ReasonCode.RunClosed, ProverEventKind.Closed)]
    [InlineData(ReasonCode.None, ProverEventKind.Closed)]
    public async Task An_order_to_stop_cancels_the_proof_at_once(ReasonCode reason, ProverEventKind outcome)
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        var proof = await Harness.BeginProofAsync(run);
        await Harness.StopWorkAsync(run, reason);
        await proof.Cancelled.Task.Soon();
        await Events.NextAsync(outcome);
        Assert.Empty(run.Submissions.Calls);
        Assert.Empty(run.Declines.Calls); // the lease has ended with the run
    }

    [Fact]
    public async Task An_order_to_stop_takes_a_waiting_invitation_out_of_the_queue()
    {
        await Harness.StartAsync();
        var running = await Harness.BeginProofAsync(Harness.Run("r1/0"));
        var (over, next) = (Harness.Run("over/0", 100), Harness.Run("next/0", 200));
        await Harness.InviteAsync(over);
        await Harness.InviteAsync(next);
        await Events.NextAsync(ProverEventKind.Queued);
        await Events.NextAsync(ProverEventKind.Queued);
        await Harness.StopWorkAsync(over);
        running.Complete();
        Assert.Equal("input of next/0", (await Harness.Backend.NextAsync()).Input);
        Assert.Empty(over.Joins.Calls);
    }

    [Fact]
    public async Task A_proof_that_is_being_delivered_when_the_order_to_stop_comes_is_delivered()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        var proof = await Harness.BeginProofAsync(run);
        var answer = run.Submissions.ThenHang();
        proof.Complete();
        await run.Submissions.NextAsync();
        await Harness.StopWorkAsync(run);
        answer.SetResult(new SubmissionAnswer { Reward = Credits.Whole(1) });
        await Events.NextAsync(ProverEventKind.Won);
    }

    [Fact]
    public async Task A_proof_whose_delivery_has_an_unknown_outcome_is_delivered_again()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        var proof = await Harness.BeginProofAsync(run);
        run.Submissions.ThenThrow(new TimeoutException()).ThenThrow(new SiloUnavailableException());
        proof.Complete();
        await Clock.PassAsync(FirstRetry);
        await Clock.PassAsync(FirstRetry * 2);
        await Events.NextAsync(ProverEventKind.Won);
        Assert.Equal(3, run.Submissions.Calls.Length);
        Assert.Single(run.Submissions.Calls.Distinct());
    }

    [Fact]
    public async Task Delivery_is_given_up_at_the_deadline()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0", 10);
        var proof = await Harness.BeginProofAsync(run);
        run.Submissions.Usual = _ => throw new SiloUnavailableException();
        proof.Complete();
        await Events.NextAsync(ProverEventKind.Submitting);
        await Clock.TimerAsync(FirstRetry);
        Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Contains("may have been accepted", (await Events.NextAsync(ProverEventKind.Late)).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ReasonCode.RunWon, ProverEventKind.Outraced)]
    [InlineData(ReasonCode.RunClosed, ProverEventKind.Closed)]
    [InlineData(ReasonCode.ProofLate, ProverEventKind.Late)]
    [InlineData(ReasonCode.ProofInvalid, ProverEventKind.Failed)]
    [InlineData(ReasonCode.ProofMalformed, ProverEventKind.Failed)]
    [InlineData(ReasonCode.LeaseMissing, ProverEventKind.Failed)]
    public async Task A_proof_that_is_refused_ends_with_the_reason(ReasonCode code, ProverEventKind outcome)
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Submissions.Then(new SubmissionAnswer { Refusal = Refusal.Of(code, "proof") });
        (await Harness.BeginProofAsync(run)).Complete();
        Assert.Equal(code, (await Events.NextAsync(outcome)).Reason);
        Assert.Single(run.Submissions.Calls);
        Assert.Empty(run.Declines.Calls); // there is no lease any more
    }

    /// <summary>Left alone it would count as missed, which costs the whole bond.</summary>
    [Theory]
    [InlineData(ReasonCode.FieldTooLarge)]
    [InlineData(ReasonCode.ProofTooLarge)]
    [InlineData(ReasonCode.StatementUnknown)]
    public async Task A_refusal_that_leaves_the_lease_as_it_is_gives_it_back(ReasonCode code)
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Submissions.Then(new SubmissionAnswer { Refusal = Refusal.Of(code, "proof") });
        (await Harness.BeginProofAsync(run)).Complete();
        Assert.Equal(code, (await Events.NextAsync(ProverEventKind.Failed)).Reason);
        Assert.Equal(("p1", "session-1", ReasonCode.ProvingFailed), Assert.Single(run.Declines.Calls));
        Assert.Single(run.Submissions.Calls);
    }

    [Theory]
    [InlineData(ProverFailureReason.Crashed, ReasonCode.ProvingFailed)]
    [InlineData(ProverFailureReason.InputRejected, ReasonCode.InputRejected)]
    public async Task A_backend_that_fails_gives_the_lease_back_and_frees_the_slot(ProverFailureReason failure, ReasonCode reason)
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Declines.ThenThrow(new TimeoutException());
        (await Harness.BeginProofAsync(run)).Fail(failure);
        await Clock.PassAsync(FirstRetry);
        Assert.Equal(reason, (await Events.NextAsync(ProverEventKind.Failed)).Reason);
        Assert.Equal([("p1", "session-1", reason), ("p1", "session-1", reason)], run.Declines.Calls.AsEnumerable());
        await Harness.BeginProofAsync(Harness.Run("r2/0"));
    }

    [Theory]
    [InlineData("""["1", "3"]""")]
    [InlineData("""["1"]""")]
    [InlineData("not public inputs")]
    public async Task An_input_that_gives_other_public_inputs_is_not_delivered_and_the_lease_given_back(string computed)
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Assignment = run.Assignment with { PublicInputs = Bytes.Utf8("""["1","2"]""") };
        (await Harness.BeginProofAsync(run)).Complete("the proof"u8.ToArray(), Encoding.UTF8.GetBytes(computed));
        Assert.Equal(ReasonCode.InputRejected, (await Events.NextAsync(ProverEventKind.Failed)).Reason);
        Assert.Equal(("p1", "session-1", ReasonCode.InputRejected), Assert.Single(run.Declines.Calls));
        Assert.Empty(run.Submissions.Calls);
    }

    [Theory]
    [InlineData("groth16", "[ \"1\",\n \"2\" ]", """["1","2"]""")] // by value, not by bytes: as the request has them
    [InlineData("another system", "3", "3")] // not known here: for the market to compare
    public async Task An_input_that_gives_the_same_public_inputs_is_delivered(string system, string computed, string delivered)
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Assignment = run.Assignment with { PublicInputs = Bytes.Utf8("""["1","2"]"""), Program = run.Assignment.Program with { ProofSystem = system } };
        (await Harness.BeginProofAsync(run)).Complete("the proof"u8.ToArray(), Encoding.UTF8.GetBytes(computed));
        await Events.NextAsync(ProverEventKind.Won);
        Assert.Equal(delivered, Assert.Single(run.Submissions.Calls).PublicInputs.ToUtf8String());
        Assert.Empty(run.Declines.Calls);
    }

    [Fact]
    public async Task A_proof_that_the_market_refuses_for_its_public_inputs_is_delivered_once_and_the_lease_given_back()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Submissions.Usual = _ => new SubmissionAnswer { Refusal = Refusal.Of(ReasonCode.ProofForAnotherRequest, "proof") };
        (await Harness.BeginProofAsync(run)).Complete();
        Assert.Equal(ReasonCode.InputRejected, (await Events.NextAsync(ProverEventKind.Failed)).Reason);
        Assert.Equal(ReasonCode.InputRejected, Assert.Single(run.Declines.Calls).Reason);
        Assert.Single(run.Submissions.Calls);
    }

    [Fact]
    public async Task A_backend_that_throws_is_a_failure_like_any_other()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        (await Harness.BeginProofAsync(run)).Result.SetException(new InvalidDataException("a bug"));
        await Events.NextAsync(ProverEventKind.Failed);
        Assert.Equal(ReasonCode.ProvingFailed, Assert.Single(run.Declines.Calls).Reason);
    }

    [Fact]
    public async Task An_assignment_of_a_program_that_is_not_here_is_given_back()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Assignment = run.Assignment with { Program = run.Assignment.Program with { ProgramId = new string('b', 64) } };
        await Harness.InviteAsync(run);
        Assert.Equal(ReasonCode.ArtefactsMissing, (await run.Declines.NextAsync()).Reason);
        await Events.NextAsync(ProverEventKind.Failed);
    }

    [Theory]
    [InlineData(10)] // of the invitation
    [InlineData(4)] // an earlier one of the assignment
    public async Task The_proof_is_cancelled_when_the_deadline_has_passed(double leaseSeconds)
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0", 10);
        run.Assignment = run.Assignment with { Deadline = Clock.Now.AddSeconds(leaseSeconds) };
        var proof = await Harness.BeginProofAsync(run);
        await Clock.PassAsync(TimeSpan.FromSeconds(leaseSeconds));
        await proof.Cancelled.Task.Soon();
        await Events.NextAsync(ProverEventKind.Late);
        Assert.Empty(run.Submissions.Calls);
    }

    [Fact]
    public async Task A_worker_that_turned_out_slower_than_it_declared_takes_only_what_it_can_do()
    {
        await Harness.StartAsync();
        var proof = await Harness.BeginProofAsync(Harness.Run("r1/0"));
        Clock.Advance(TimeSpan.FromSeconds(20));
        proof.Complete();
        await Events.NextAsync(ProverEventKind.Won);
        var tooSoon = Harness.Run("r2/0", 20.4);
        await Harness.InviteAsync(tooSoon);
        Assert.Equal(ReasonCode.DeadlineTooSoon, (await tooSoon.Declines.NextAsync()).Reason);
        await Harness.BeginProofAsync(Harness.Run("r3/0", 20.5));
    }

    [Fact]
    public async Task An_outage_in_the_middle_of_a_proof_does_not_touch_it()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        var proof = await Harness.BeginProofAsync(run);
        Harness.Prover.Renewals.ThenThrow(new SiloUnavailableException()).Then(new RenewAnswer { Refusal = Refusal.Of(ReasonCode.SessionUnknown, "session") });
        await Clock.PassAsync(FakeProver.RenewsAfter);
        await Clock.PassAsync(FirstRetry);
        await Clock.PassAsync(FirstRetry * 2); // the session had not been renewed yet, so it could have been taken over
        await Events.NextAsync(ProverEventKind.Connected);
        Assert.False(proof.Cancelled.Task.IsCompleted);
        proof.Complete();
        await Events.NextAsync(ProverEventKind.Won);
        Assert.Equal("session-1", Assert.Single(run.Submissions.Calls).Session);
    }
}
