using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Tests.Provers;

/// <summary>A worker whose backend makes invalid proofs, or whose files have changed: it delivers nothing that would cost its bond, and takes no work that it would fail at.</summary>
public sealed class WorkerSuspensionTests : WorkerTestBase
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(30);

    // A proof is expected to take a second, and half a second is left for its delivery.
    private static readonly TimeSpan FirstAndProof = First + TimeSpan.FromSeconds(1.5);

    [Fact]
    public async Task A_proof_that_does_not_verify_is_not_delivered_and_its_lease_given_back()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        Spoil(await Harness.BeginProofAsync(run));
        var suspended = await Events.NextAsync(ProverEventKind.ProgramSuspended);
        Assert.Equal(ReasonCode.ProvingFailed, suspended.Reason);
        Assert.Contains(Harness.Circuit.ProgramId, suspended.Detail, StringComparison.Ordinal);
        Assert.Contains("fake has made a proof that does not verify: the equation does not hold", suspended.Detail, StringComparison.Ordinal);
        Assert.Equal(ReasonCode.ProvingFailed, (await Events.NextAsync(ProverEventKind.Failed)).Reason);
        Assert.Equal(ReasonCode.ProvingFailed, Assert.Single(run.Declines.Calls).Reason);
        Assert.Empty(run.Submissions.Calls);
    }

    [Fact]
    public async Task A_statement_of_a_batch_whose_proof_does_not_verify_is_not_delivered_and_the_lease_given_back()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Invitation = run.Invitation with { Work = new WorkUnits(run.Invitation.Work.Milli * 2) };
        run.Assignment = run.Assignment with
        {
            Input = default,
            PublicInputs = default,
            Statements = [.. Enumerable.Range(0, 2).Select(i => new AssignedStatement { Statement = i, PublicInputs = Bytes.Utf8("[]"), Input = Bytes.Utf8($"input {i}") })],
        };
        Spoil(await Harness.BeginProofAsync(run));
        await Events.NextAsync(ProverEventKind.ProgramSuspended);
        await Events.NextAsync(ProverEventKind.Failed);
        Assert.Equal(ReasonCode.ProvingFailed, Assert.Single(run.Declines.Calls).Reason);
        Assert.Empty(run.Batches.Calls);
    }

    [Fact]
    public async Task No_work_is_taken_for_a_program_whose_proofs_do_not_verify_for_a_time_that_grows_until_one_is_accepted()
    {
        await Harness.StartAsync();
        foreach (var wait in (TimeSpan[])[First, First * 2])
        {
            Spoil(await Harness.BeginProofAsync(Harness.Run($"wrong/{wait.TotalSeconds}")));
            await Events.NextAsync(ProverEventKind.Failed);
            Clock.Advance(wait - TimeSpan.FromMilliseconds(1));
            var declined = Harness.Run($"declined/{wait.TotalSeconds}");
            declined.Invitation = declined.Invitation with { Kind = InvitationKind.Assigned, AnswerBy = Clock.Now.AddSeconds(5) };
            await Harness.InviteAsync(declined);
            Assert.Equal(ReasonCode.ProvingFailed, (await declined.Declines.NextAsync()).Reason);
            Assert.Empty(declined.Joins.Calls);
            Clock.Advance(TimeSpan.FromMilliseconds(1));
        }
        (await Harness.BeginProofAsync(Harness.Run("right/0"))).Complete();
        await Events.NextAsync(ProverEventKind.Won);

        Spoil(await Harness.BeginProofAsync(Harness.Run("wrong/0")));
        await Events.NextAsync(ProverEventKind.Failed);
        Clock.Advance(First);
        await Harness.BeginProofAsync(Harness.Run("again/0"));
    }

    [Fact]
    public async Task An_open_run_that_leaves_time_to_prove_afterwards_is_taken_when_the_wait_is_over()
    {
        await Harness.StartAsync();
        Spoil(await Harness.BeginProofAsync(Harness.Run("wrong/0")));
        await Events.NextAsync(ProverEventKind.Failed);
        var (late, open) = (Harness.Run("late/0", FirstAndProof.TotalSeconds - 0.001), Harness.Run("open/0", FirstAndProof.TotalSeconds));
        await Harness.InviteAsync(late);
        Assert.Equal(ReasonCode.ProvingFailed, (await late.Declines.NextAsync()).Reason);
        await Harness.InviteAsync(open);
        await Events.NextAsync(ProverEventKind.Queued);
        await Clock.TimerAsync(First);
        Clock.Advance(First - TimeSpan.FromMilliseconds(1));
        Assert.Empty(open.Joins.Calls);
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        (await Harness.Backend.NextAsync()).Complete();
        await Events.NextAsync(ProverEventKind.Won);
        Assert.Empty(open.Declines.Calls);
        Assert.Empty(late.Joins.Calls);
    }

    /// <summary>The lease was granted when no work was taken any more, and for less than the invitation said.</summary>
    [Fact]
    public async Task A_lease_that_pays_less_is_not_kept_until_the_wait_is_over()
    {
        Harness.Configure = options => options.Slots = 2;
        await Harness.StartAsync();
        var wrong = await Harness.BeginProofAsync(Harness.Run("wrong/0"));
        var less = Harness.Run("less/0");
        var joined = less.Joins.ThenHang();
        await Harness.InviteAsync(less);
        await less.Joins.NextAsync();
        Spoil(wrong);
        await Events.NextAsync(ProverEventKind.Failed);
        joined.SetResult(new JoinAnswer { Assignment = less.Assignment with { Reward = new Credits(less.Invitation.Reward.Micro - 1) } });
        Assert.Equal(ReasonCode.ProvingFailed, (await less.Declines.NextAsync()).Reason);
    }

    [Fact]
    public async Task Jobs_that_fail_side_by_side_are_one_reason_to_wait()
    {
        Harness.Configure = options => options.Slots = 2;
        await Harness.StartAsync();
        FakeProof[] proofs = [await Harness.BeginProofAsync(Harness.Run("r1/0")), await Harness.BeginProofAsync(Harness.Run("r2/0"))];
        foreach (var proof in proofs)
        {
            Spoil(proof);
            await Events.NextAsync(ProverEventKind.Failed);
        }
        Assert.Equal(1, Events.Count(ProverEventKind.ProgramSuspended));
        Clock.Advance(First);
        await Harness.BeginProofAsync(Harness.Run("r3/0"));
    }

    /// <summary>Of a proof system that is not known here only the market can tell.</summary>
    [Theory]
    [InlineData(ReasonCode.ProofInvalid)]
    [InlineData(ReasonCode.ProofMalformed)]
    public async Task A_proof_that_the_market_found_invalid_is_a_reason_to_wait_too(ReasonCode code)
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        run.Submissions.Then(new SubmissionAnswer { Refusal = Refusal.Of(code, "proof") });
        (await Harness.BeginProofAsync(run)).Complete();
        await Events.NextAsync(ProverEventKind.ProgramSuspended);
        Assert.Equal(code, (await Events.NextAsync(ProverEventKind.Failed)).Reason);
    }

    [Fact]
    public async Task A_backend_that_cannot_use_the_files_is_a_reason_to_wait()
    {
        await Harness.StartAsync();
        var run = Harness.Run("r1/0");
        (await Harness.BeginProofAsync(run)).Fail(ProverFailureReason.ArtefactInvalid);
        Assert.Equal(ReasonCode.ArtefactsMissing, (await Events.NextAsync(ProverEventKind.ProgramSuspended)).Reason);
        await Events.NextAsync(ProverEventKind.Failed);
        Assert.Equal(ReasonCode.ArtefactsMissing, Assert.Single(run.Declines.Calls).Reason);
        var next = Harness.Run("r2/0", First.TotalSeconds);
        await Harness.InviteAsync(next);
        Assert.Equal(ReasonCode.ArtefactsMissing, (await next.Declines.NextAsync()).Reason);
    }

    [Theory]
    [InlineData(InvitationKind.Open)]
    [InlineData(InvitationKind.Assigned)]
    [InlineData(InvitationKind.Sealed)]
    public async Task Nothing_is_joined_while_a_file_is_not_what_it_was_at_the_start(InvitationKind kind)
    {
        await Harness.StartAsync();
        var zkey = Path.Combine(Harness.Circuit.Folder, "circuit.zkey");
        var content = await File.ReadAllTextAsync(zkey);
        await File.WriteAllTextAsync(zkey, "the next version");
        // By then it is looked at again.
        Clock.Advance(TimeSpan.FromSeconds(1));
        var run = Harness.Run("r1/0");
        run.Invitation = run.Invitation with { Kind = kind, AnswerBy = kind == InvitationKind.Open ? null : Clock.Now.AddSeconds(30) };
        await Harness.InviteAsync(run);
        Assert.Equal(ReasonCode.ArtefactsMissing, (await run.Declines.NextAsync()).Reason);
        Assert.Contains(zkey, (await Events.NextAsync(ProverEventKind.Failed)).Detail, StringComparison.Ordinal);
        Assert.Empty(run.Joins.Calls);
        Assert.Empty(run.Seals.Calls);

        await File.WriteAllTextAsync(zkey, content);
        await Harness.BeginProofAsync(Harness.Run("r2/0"));
    }

    [Fact]
    public async Task No_ask_stands_while_no_work_is_taken()
    {
        var book = new FakeBook();
        Harness.Grains.Put(Harness.Circuit.ProgramId, book);
        Harness.Configure = options => (options.StandingAsks, options.AskPerUnit) = (true, Credits.Whole(1));
        await Harness.StartAsync();
        await book.Places.NextAsync();
        // From here on a timer with a whole period left is one that was set after what is waited for.
        await Clock.TimerAsync(StandingAsks.Period);
        Clock.Advance(TimeSpan.FromSeconds(1));
        Spoil(await Harness.BeginProofAsync(Harness.Run("r1/0")));
        await book.Cancels.NextAsync();
        await Clock.PassAsync(StandingAsks.Period);
        await book.Places.NextAsync();

        var zkey = Path.Combine(Harness.Circuit.Folder, "circuit.zkey");
        await File.WriteAllTextAsync(zkey, "the next version");
        await Clock.PassAsync(StandingAsks.Period);
        await book.Cancels.NextAsync();
    }

    private static void Spoil(FakeProof proof) => proof.Complete(FakeProofSystem.WrongProof, "[]"u8.ToArray());
}
