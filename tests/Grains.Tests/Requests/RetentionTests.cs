using System.Globalization;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Requests;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Requests;

public sealed class RetentionTests
{
    private static readonly TimeSpan Retention = TimeSpan.FromHours(1);

    [Fact]
    public async Task Records_are_kept_for_the_retention_and_deleted_then()
    {
        await using var market = await KeepingAsync();
        var spec = await ServedAsync(market, "r1");
        var ended = (await market.StatusAsync("r1")).Timeline[^1].At;

        market.Time.Advance(ended + Retention - TimeSpan.FromTicks(1) - market.Now);
        await market.WatchOf("r1").SweepAsync();
        Assert.Equal((1, 1), RecordsOf(market));
        Assert.Equal(spec.PublicInputs, (await market.Request("r1").GetProofAsync()).PublicInputs);

        market.Time.Advance(TimeSpan.FromTicks(1));
        await market.WatchOf("r1").SweepAsync();
        Assert.Equal((0, 0), RecordsOf(market));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task Of_a_deleted_request_its_end_is_told_and_everything_else_is_refused_by_name()
    {
        await using var market = await KeepingAsync();
        var spec = await ServedAsync(market, "r1");
        var before = await market.StatusAsync("r1");
        var balance = await market.AvailableAsync("alice");
        await ForgetAsync(market, "r1");

        var status = await market.StatusAsync("r1");
        Assert.Equal((before.Phase, before.Outcome, before.ProverId, before.Paid), (status.Phase, status.Outcome, status.ProverId, status.Paid));
        Assert.Equal(ReasonCode.RequestForgotten, status.Refusal!.Code);
        Assert.Equal(ReasonCode.RequestForgotten, (await market.Request("r1").GetProofAsync()).Refusal!.Code);
        Assert.Equal(ReasonCode.RequestForgotten, (await market.Request("r1").ExplainAsync()).Refusal!.Code);
        Assert.Equal(ReasonCode.RunUnknown, (await market.Run("r1").GetTranscriptAsync()).Refusal!.Code);
        Assert.Null(await market.Request("r1").GetRecordAsync());
        Assert.Equal(ReasonCode.RequestEnded, (await market.Request("r1").CancelAsync()).Refusal!.Code);

        // Its id stays used: nobody pays twice for it, whoever still repeats it.
        Assert.Equal(ReasonCode.RequestForgotten, (await market.Request("r1").SubmitAsync(spec)).Refusal!.Code);
        var later = spec with { SoftDeadline = market.Now + SoftIn, HardDeadline = market.Now + HardIn };
        Assert.Equal(ReasonCode.RequestIdConflict, (await market.Request("r1").SubmitAsync(later)).Refusal!.Code);
        Assert.Equal(balance, await market.AvailableAsync("alice"));
        Assert.Equal((0, 0), RecordsOf(market));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task What_was_exported_before_can_be_audited_when_the_market_has_deleted_it()
    {
        await using var market = await KeepingAsync();
        await ServedAsync(market, "r1");
        var exported = await market.EvidenceAsync("r1");
        await ForgetAsync(market, "r1");
        var report = RequestAudit.Check(exported, BuiltInMechanisms.All);
        Assert.True(report.Follows);
        Assert.NotEmpty(report.Stages);
    }

    [Fact]
    public async Task An_open_request_is_not_deleted_by_whoever_asks_for_it()
    {
        await using var market = await KeepingAsync();
        await market.OpenAsync(market.Spec("r1") with { HardDeadline = market.Now.AddDays(2) });
        market.Time.Advance(Retention * 3);
        Assert.False(await market.Request("r1").ForgetAsync());
        await market.WatchOf("r1").SweepAsync();
        Assert.Equal(RequestPhase.Open, (await market.StatusAsync("r1")).Phase);
        Assert.True(await market.Request("never-submitted").ForgetAsync());
    }

    [Fact]
    public async Task A_reminder_sweeps_without_anybody_asking_for_it()
    {
        await using var market = await KeepingAsync();
        await ServedAsync(market, "r1");
        market.Time.Advance(Retention);
        await market.AdvanceAsync(TimeSpan.FromSeconds(65) + MarketCluster.RemindersLateBy);
        Assert.Equal((0, 0), RecordsOf(market));
    }

    [Fact]
    public async Task A_rejected_request_is_deleted_too()
    {
        await using var market = await KeepingAsync(funds: 1);
        Assert.NotNull((await market.Request("r1").SubmitAsync(market.Spec("r1"))).Refusal);
        await ForgetAsync(market, "r1");
        Assert.Empty(market.Disk.All<StoredRequest>("submitted"));
        Assert.Equal(RequestPhase.Rejected, (await market.StatusAsync("r1")).Phase);
    }

    /// <summary>The sweep ends at any of its writes, by a crash or a failure of which nobody knows whether it had an effect, and the next one completes it.</summary>
    [Theory]
    [Trait(Sweep.Kind, Sweep.EveryWrite)]
    [InlineData(StorageFault.CrashBefore)]
    [InlineData(StorageFault.CrashAfter)]
    [InlineData(StorageFault.FailBefore)]
    [InlineData(StorageFault.FailAfter)]
    [InlineData(StorageFault.FailAfterWithReads)]
    [InlineData(StorageFault.Conflict)]
    public async Task A_sweep_that_is_cut_off_at_any_write_is_completed(StorageFault fault)
    {
        var cutOff = 0;
        for (var write = 1; cutOff >= write - 1; write++)
        {
            await using var market = await KeepingAsync();
            var spec = await ServedAsync(market, "r1");
            await market.SettleAsync();
            PassUnnoticed(market, Retention);
            market.Faults.Plan(write, fault);
            try
            {
                await market.WatchOf("r1").SweepAsync();
            }
            catch (Exception)
            {
                // As intended: what it was is not the market's to say.
            }
            await market.SettleAsync();
            if (!market.Faults.Reset()) break;
            cutOff++;
            await market.KillAsync();
            await market.StartAgainAsync();
            // That the request has ended may not have been written: woken, it says so again.
            await market.SettleAsync();
            await market.WatchOf("r1").SweepAsync();
            Assert.Equal((0, 0), RecordsOf(market));
            Assert.Empty(market.Disk.Watch("r1").Ended);
            Assert.Equal(ReasonCode.RequestForgotten, (await market.Request("r1").SubmitAsync(spec)).Refusal!.Code);
            await Audit.AtRestAsync(market);
        }
        // The run, what stays, the body, the shard's list.
        Assert.Equal(4, cutOff);
    }

    /// <summary>Its runs are deleted, and it is not yet: nobody is told that there is a proof, or a record to audit, and nothing fails.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_it_is_deleted_whoever_asks_is_refused_by_name(bool isBatch)
    {
        await using var market = await KeepingAsync();
        if (isBatch) await ServedBatchAsync(market, "r1");
        else await ServedAsync(market, "r1");
        await market.SettleAsync();
        await market.KillAsync();
        await market.StartAgainAsync();
        PassUnnoticed(market, Retention);
        Assert.Null((await market.Request("r1").GetProofAsync()).Refusal);
        await market.KillAsync();
        await market.StartAgainAsync();
        var runs = market.Faults.HoldWrite(isBatch ? "cooperative" : "race", "r1/0");
        var state = market.Faults.HoldWrite("request", "r1");
        var forgetting = market.Request("r1").ForgetAsync();

        await runs.Reached;
        Assert.Null(await market.Request("r1").GetRecordAsync());
        runs.Open();
        await state.Reached;
        Assert.Equal(ReasonCode.RequestForgotten, (await market.Request("r1").GetProofAsync()).Refusal?.Code);
        Assert.Equal(ReasonCode.RequestForgotten, (await market.Request("r1").ExplainAsync()).Refusal?.Code);
        Assert.Equal(ReasonCode.RequestForgotten, (await market.StatusAsync("r1")).Refusal?.Code);
        Assert.Null(await market.Request("r1").GetRecordAsync());
        state.Open();
        Assert.True(await forgetting);
        Assert.Equal(ReasonCode.RequestForgotten, (await market.Request("r1").GetProofAsync()).Refusal?.Code);
    }

    /// <summary>The market died when its runs were deleted and it was not yet. It is deleted soon.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_proof_that_was_deleted_when_the_market_died_is_refused_by_name(bool isBatch)
    {
        await using var market = await KeepingAsync();
        if (isBatch) await ServedBatchAsync(market, "r1");
        else await ServedAsync(market, "r1");
        await market.SettleAsync();
        PassUnnoticed(market, Retention);
        var state = market.Faults.HoldWrite("request", "r1");
        var forgetting = market.Request("r1").ForgetAsync();
        await state.Reached;
        await market.KillAsync();
        await market.StartAgainAsync();
        _ = forgetting.ContinueWith(lost => lost.Exception, TaskScheduler.Default);

        var refusal = (await market.Request("r1").GetProofAsync()).Refusal;
        Assert.Equal((ReasonCode.RequestForgotten, "r1, being deleted"), (refusal?.Code, refusal?.Value));
        Assert.True(await market.Request("r1").ForgetAsync());
        Assert.Equal(ReasonCode.RequestForgotten, (await market.Request("r1").GetProofAsync()).Refusal?.Code);
    }

    [Fact]
    public async Task Many_that_have_ended_wait_in_batches_and_are_deleted_oldest_first()
    {
        await using var market = await KeepingAsync(funds: 1);
        var ids = InOneShard((2 * RequestSweep.BatchSize) + 10).ToArray();
        for (var i = 0; i < ids.Length; i++)
        {
            if (i == RequestSweep.BatchSize) market.Time.Advance(TimeSpan.FromMinutes(10));
            Assert.NotNull((await market.Request(ids[i]).SubmitAsync(market.Spec(ids[i]))).Refusal);
        }
        // The last of them are written after a second.
        await market.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal([RequestSweep.BatchSize, RequestSweep.BatchSize], market.Disk.All<EndedBatch>("ended").Values.Select(batch => batch.Requests.Length));
        Assert.Equal(10, market.Disk.Watch(ids[0]).Ended.Count);

        market.Time.Advance(Retention - TimeSpan.FromMinutes(10));
        await market.WatchOf(ids[0]).SweepAsync();
        Assert.Equal(RequestSweep.BatchSize + 10, market.Disk.All<StoredRequest>("submitted").Count);
        Assert.Single(market.Disk.All<EndedBatch>("ended"));

        // A batch that was deleted when its shard could not note it any more.
        await market.KillAsync();
        await market.StartAgainAsync();
        PassUnnoticed(market, TimeSpan.FromMinutes(10));
        // Of each request what stays and its body; then the batch.
        market.Faults.Plan((2 * RequestSweep.BatchSize) + 1, StorageFault.CrashAfter);
        await Assert.ThrowsAnyAsync<Exception>(() => market.WatchOf(ids[0]).SweepAsync());
        await market.KillAsync();
        await market.StartAgainAsync();
        Assert.Empty(market.Disk.All<EndedBatch>("ended"));
        await market.WatchOf(ids[0]).SweepAsync();

        Assert.Empty(market.Disk.All<StoredRequest>("submitted"));
        var state = market.Disk.Watch(ids[0]);
        Assert.Equal((2, 2, 0), (state.FirstBatch, state.NextBatch, state.Ended.Count));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task One_that_cannot_be_deleted_just_now_holds_up_none_of_the_others()
    {
        await using var market = await KeepingAsync();
        var ids = InOneShard(3).ToArray();
        foreach (var id in ids) await ServedAsync(market, id);
        await market.SettleAsync();
        PassUnnoticed(market, Retention);
        // The first write of the sweep is one of a run's.
        market.Faults.Plan(1, StorageFault.FailBefore);
        await market.WatchOf(ids[0]).SweepAsync();
        Assert.Single(market.Disk.All<StoredRequest>("submitted"));
        await market.WatchOf(ids[0]).SweepAsync();
        Assert.Equal((0, 0), RecordsOf(market));
    }

    /// <summary>Kept in a record of its own, and never counted: the write that would have counted it failed, and its prover never came back.</summary>
    [Fact]
    public async Task A_proof_of_a_batch_that_nobody_counted_is_deleted_with_its_run()
    {
        await using var market = await KeepingAsync();
        var committee = new List<TestProver>();
        for (var n = 0; n < 4; n++) committee.Add(await market.ProverAsync($"p{n}", stake: 50));
        await market.OpenAsync(market.Batch("r1", 4) with { Mechanism = MechanismOf("cooperative", ("bond", "2"), ("faults", "1"), ("backups", "0")) });
        var member = committee[0];
        var run = market.Run<ICooperativeRunGrain>("r1");
        var assignment = (await run.JoinAsync(member.Id, member.Session)).Assignment!;
        if (assignment.ConfirmBy is not null) Assert.Null(await run.ConfirmAsync(member.Id, member.Session));
        await market.SettleAsync();
        var statement = assignment.Statements[0];
        // What it is about to keep, the proof, and then the write that would have counted it.
        market.Faults.Plan(3, StorageFault.CrashBefore);
        await Assert.ThrowsAnyAsync<Exception>(() => run.SubmitManyAsync(new BatchSubmission
        {
            ProverId = member.Id,
            Session = member.Session,
            Proofs = [TestProofSystem.ProofFor(assignment, statement)],
        }));
        await market.KillAsync();
        await market.StartAgainAsync();
        Assert.Single(market.Disk.All<StoredBatchProof>("batch-proof"));
        await market.AdvanceAsync(HardIn);
        await market.EndsAsync("r1");

        await ForgetAsync(market, "r1");
        Assert.Empty(market.Disk.All<StoredBatchProof>("batch-proof"));
        Assert.Empty(market.Disk.All<CooperativeState>("cooperative"));
    }

    private static Task<MarketCluster> KeepingAsync(decimal funds = 1_000) => MarketAsync(funds, options => options.RequestRetention = Retention);

    /// <summary>Bodies and runs, with their proofs, there are.</summary>
    private static (int Bodies, int Runs) RecordsOf(MarketCluster market) =>
        (market.Disk.All<StoredRequest>("submitted").Count, market.Disk.All<RaceState>("race").Count);

    private static async Task<ProofRequestSpec> ServedAsync(MarketCluster market, string requestId)
    {
        var spec = market.Spec(requestId);
        var prover = market.Provers.Count > 0 ? market.Provers[0] : await market.ProverAsync("p1");
        await market.OpenAsync(spec);
        await prover.DeliverAsync(requestId, await prover.TakeAsync(requestId));
        Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync(requestId)).Phase);
        return spec;
    }

    private static async Task ServedBatchAsync(MarketCluster market, string requestId)
    {
        for (var n = 0; n < 4; n++) await market.ProverAsync($"p{n}", stake: 50, conduct: Conduct.Good);
        await market.OpenAsync(market.Batch(requestId, 4) with { Mechanism = MechanismOf("cooperative", ("bond", "2"), ("faults", "1"), ("backups", "0")) });
        await market.AdvanceUntilAsync(async () => (await market.StatusAsync(requestId)).Phase.IsFinal(), TimeSpan.FromSeconds(60), "the batch proved");
        Assert.Equal(RequestPhase.Fulfilled, (await market.StatusAsync(requestId)).Phase);
    }

    private static async Task ForgetAsync(MarketCluster market, string requestId)
    {
        await market.SettleAsync();
        market.Time.Advance(Retention);
        await market.WatchOf(requestId).SweepAsync();
    }

    /// <summary>It gets later, and no reminder is due: the sweeps are those of the test alone.</summary>
    private static void PassUnnoticed(MarketCluster market, TimeSpan time) => market.Time.AdjustTime(market.Now + time);

    private static IEnumerable<string> InOneShard(int count) =>
        Enumerable.Range(0, int.MaxValue).Select(n => string.Create(CultureInfo.InvariantCulture, $"r{n}")).Where(id => GrainKeys.WatchShard(id) == 0).Take(count);
}
