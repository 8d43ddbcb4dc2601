using System.Collections.Immutable;
using ProvingMarket.Client.Provers;
using ProvingMarket.Client.Tests.Fakes;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Tests.Provers;

/// <summary>A share of a batch on its way through the worker.</summary>
public sealed class WorkerBatchTests : WorkerTestBase
{
    [Fact]
    public async Task Statements_are_proved_in_their_order_side_by_side_on_all_slots_and_each_is_paid()
    {
        var run = await StartAsync(slots: 2, 4, 0, 6);
        var (first, second) = (await Harness.Backend.NextAsync(), await Harness.Backend.NextAsync());
        Assert.Equal(["input 4", "input 0"], [first.Input, second.Input]);
        second.Complete();
        Assert.Equal([0], (await run.Batches.NextAsync()).Proofs.Select(proof => proof.Statement));
        Assert.Equal("input 6", (await Harness.Backend.NextAsync()).Input);
        first.Complete();
        Assert.Equal([4], (await run.Batches.NextAsync()).Proofs.Select(proof => proof.Statement));
        Assert.Equal(2, Harness.Backend.MostAtOnce);
        Assert.Empty(run.Submissions.Calls);
    }

    [Fact]
    public async Task What_is_made_while_a_delivery_is_under_way_goes_with_the_next_one()
    {
        var run = await StartAsync(slots: 3, 0, 1, 2);
        var proofs = new[] { await Harness.Backend.NextAsync(), await Harness.Backend.NextAsync(), await Harness.Backend.NextAsync() };
        var answer = run.Batches.ThenHang();
        proofs[0].Complete();
        await run.Batches.NextAsync();
        proofs[1].Complete();
        proofs[2].Complete();
        while (Harness.Backend.Running > 0) await Task.Yield();
        answer.SetResult(new BatchAnswer { Answers = [new SubmissionAnswer { Reward = Credits.Whole(1) }], Left = [1, 2] });
        Assert.Equal([1, 2], (await run.Batches.NextAsync()).Proofs.Select(proof => proof.Statement).Order());

        var won = await Harness.Events.NextAsync(ProverEventKind.Won);
        Assert.Equal((Credits.Whole(3), 3), (won.Reward, won.Statements));
        Assert.Equal([0, 1, 2], Harness.Events.All.Where(happened => happened.Kind == ProverEventKind.Delivered).Select(happened => happened.Statement!.Value).Order());
    }

    [Fact]
    public async Task A_statement_that_somebody_else_has_proved_is_stopped_and_the_others_are_not()
    {
        var run = await StartAsync(slots: 1, 0, 1, 2);
        var proof = await Harness.Backend.NextAsync();
        await Harness.Observer.StoppedAsync(new StopWork { RunKey = run.Invitation.RunKey, Reason = ReasonCode.StatementDelivered, Statements = [0, 1] });
        await proof.Cancelled.Task.Soon();
        var last = await Harness.Backend.NextAsync();
        Assert.Equal("input 2", last.Input);
        last.Complete();
        Assert.Equal((Credits.Whole(1), 1), await WonAsync());
        Assert.Empty(run.Declines.Calls);
    }

    [Fact]
    public async Task The_answer_to_a_delivery_says_what_is_left_to_do()
    {
        var run = await StartAsync(slots: 1, 0, 1, 2);
        run.Batches.Then(new BatchAnswer
        {
            Answers = [new SubmissionAnswer { Refusal = Refusal.Of(ReasonCode.StatementDelivered, "statement") }], Left = [2],
        });
        (await Harness.Backend.NextAsync()).Complete();
        await run.Batches.NextAsync();
        // Its second statement was begun before the answer came, or not at all.
        FakeProof next;
        while ((next = await Harness.Backend.NextAsync()).Input != "input 2") await next.Cancelled.Task.Soon();
        next.Complete();
        Assert.Equal((Credits.Whole(1), 1), await WonAsync());
    }

    [Fact]
    public async Task Another_invitation_gets_the_next_slot_that_was_borrowed()
    {
        var run = await StartAsync(slots: 2, 0, 1, 2, 3);
        var (own, borrowed) = (await Harness.Backend.NextAsync(), await Harness.Backend.NextAsync());
        await Harness.Events.NextAsync(ProverEventKind.Queued);
        await Harness.InviteAsync(Harness.Run("other/0"));
        await Harness.Events.NextAsync(ProverEventKind.Queued);
        borrowed.Complete();
        Assert.Equal("input of other/0", (await Harness.Backend.NextAsync()).Input);
        own.Complete();
        Assert.Equal("input 2", (await Harness.Backend.NextAsync()).Input);
        Assert.Equal(2, Harness.Backend.MostAtOnce);
        Assert.Equal("r1/0", run.Invitation.RunKey);
    }

    [Fact]
    public async Task A_lease_that_is_reserved_is_declined_in_time_when_no_slot_that_was_borrowed_comes_back()
    {
        await StartAsync(slots: 2, 0, 1, 2, 3);
        await Harness.Backend.NextAsync();
        await Harness.Backend.NextAsync();
        await Harness.Events.NextAsync(ProverEventKind.Queued);
        var other = Harness.Run("other/0");
        other.Invitation = other.Invitation with { Kind = InvitationKind.Assigned, AnswerBy = Harness.Clock.Now.AddSeconds(5) };
        await Harness.InviteAsync(other);
        await Harness.Clock.PassAsync(TimeSpan.FromSeconds(4.5));
        Assert.Equal(("p1", "session-1", ReasonCode.SlotsFull), await other.Declines.NextAsync());
        Assert.Empty(other.Joins.Calls);
    }

    [Fact]
    public async Task A_lease_that_is_reserved_gets_the_slot_that_was_borrowed_when_it_comes_back_in_time()
    {
        await StartAsync(slots: 2, 0, 1, 2, 3);
        await Harness.Backend.NextAsync();
        var borrowed = await Harness.Backend.NextAsync();
        await Harness.Events.NextAsync(ProverEventKind.Queued);
        var other = Harness.Run("other/0");
        other.Invitation = other.Invitation with { Kind = InvitationKind.Assigned, AnswerBy = Harness.Clock.Now.AddSeconds(5) };
        await Harness.InviteAsync(other);
        await Harness.Events.NextAsync(ProverEventKind.Queued);
        Harness.Clock.Advance(TimeSpan.FromSeconds(4.4));
        borrowed.Complete();
        Assert.Equal("input of other/0", (await Harness.Backend.NextAsync()).Input);
        Harness.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(other.Declines.Calls);
    }

    [Fact]
    public async Task A_backend_that_fails_gives_the_rest_back()
    {
        var run = await StartAsync(slots: 1, 0, 1);
        (await Harness.Backend.NextAsync()).Fail();
        Assert.Equal(ReasonCode.ProvingFailed, (await run.Declines.NextAsync()).Reason);
        await Harness.Events.NextAsync(ProverEventKind.Failed);
        Assert.Empty(run.Batches.Calls);
    }

    [Fact]
    public async Task A_statement_whose_input_gives_other_public_inputs_is_not_delivered_and_the_lease_given_back()
    {
        var run = await StartAsync(slots: 1, 0, 1);
        (await Harness.Backend.NextAsync()).Complete("the proof"u8.ToArray(), "[\"1\"]"u8.ToArray());
        Assert.Equal(ReasonCode.InputRejected, (await run.Declines.NextAsync()).Reason);
        await Harness.Events.NextAsync(ProverEventKind.Failed);
        Assert.Empty(run.Batches.Calls);
    }

    [Fact]
    public async Task A_statement_that_the_market_refuses_for_its_public_inputs_is_delivered_once_and_the_lease_given_back()
    {
        var run = await StartAsync(slots: 1, 0);
        run.Batches.Usual = _ => new BatchAnswer { Answers = [new SubmissionAnswer { Refusal = Refusal.Of(ReasonCode.ProofForAnotherRequest, "proof") }], Left = [0] };
        (await Harness.Backend.NextAsync()).Complete();
        Assert.Equal(ReasonCode.InputRejected, (await run.Declines.NextAsync()).Reason);
        await Harness.Events.NextAsync(ProverEventKind.Failed);
        Assert.Single(run.Batches.Calls);
    }

    [Fact]
    public async Task A_refusal_that_leaves_the_lease_as_it_is_gives_the_rest_back()
    {
        var run = await StartAsync(slots: 1, 0, 1);
        run.Batches.Then(new BatchAnswer { Answers = [new SubmissionAnswer { Reward = Credits.Whole(1) }], Left = [1] });
        run.Batches.Then(new BatchAnswer { Answers = [new SubmissionAnswer { Refusal = Refusal.Of(ReasonCode.ProofTooLarge, "proof") }], Left = [1] });
        (await Harness.Backend.NextAsync()).Complete();
        await run.Batches.NextAsync();
        (await Harness.Backend.NextAsync()).Complete();
        Assert.Equal(ReasonCode.ProvingFailed, (await run.Declines.NextAsync()).Reason);
        var ended = await Harness.Events.NextAsync(ProverEventKind.Failed);
        Assert.Equal((ReasonCode.ProofTooLarge, Credits.Whole(1), 1), (ended.Reason, ended.Reward, ended.Statements));
    }

    [Fact]
    public async Task A_run_that_is_over_stops_all_of_it()
    {
        var run = await StartAsync(slots: 2, 0, 1, 2);
        var (first, second) = (await Harness.Backend.NextAsync(), await Harness.Backend.NextAsync());
        await Harness.StopWorkAsync(run, ReasonCode.RunClosed);
        await first.Cancelled.Task.Soon();
        await second.Cancelled.Task.Soon();
        await Harness.Events.NextAsync(ProverEventKind.Closed);
        Assert.Empty(run.Declines.Calls);
    }

    [Fact]
    public async Task The_share_has_to_cover_the_ask_for_all_of_it()
    {
        Harness.Configure = options => options.AskPerUnit = new Credits(500_001);
        await Harness.StartAsync();
        var run = Share(Harness.Run("r1/0"), [0, 1]);
        await Harness.InviteAsync(run);
        Assert.Equal(ReasonCode.PriceBelowAsk, (await run.Declines.NextAsync()).Reason);
    }

    private async Task<FakeRun> StartAsync(int slots, params int[] statements)
    {
        Harness.Configure = options => options.Slots = slots;
        await Harness.StartAsync();
        var run = Share(Harness.Run("r1/0"), [.. statements]);
        await Harness.InviteAsync(run);
        return run;
    }

    /// <summary>A run whose assignment is a share of a batch, for one credit in all.</summary>
    private static FakeRun Share(FakeRun run, ImmutableArray<int> statements)
    {
        run.Invitation = run.Invitation with { Work = new WorkUnits(run.Invitation.Work.Milli * statements.Length) };
        run.Assignment = run.Assignment with
        {
            Input = default,
            PublicInputs = default,
            Statements = [.. statements.Select(statement => new AssignedStatement
            {
                Statement = statement, PublicInputs = Bytes.Utf8("[]"), Input = Bytes.Utf8($"input {statement}"),
            })],
        };
        return run;
    }

    private async Task<(Credits?, int)> WonAsync()
    {
        var won = await Harness.Events.NextAsync(ProverEventKind.Won);
        return (won.Reward, won.Statements);
    }
}
