using System.Collections.Immutable;
using ProvingMarket.Client.Backends;
using ProvingMarket.Client.Backends.Processes;
using ProvingMarket.Client.Calls;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>One invitation taken to its end: join, prove, deliver. Never throws; every lease it took and cannot serve is given back.</summary>
/// <param name="worker">The worker.</param>
/// <param name="invitation">The invitation.</param>
/// <param name="bidding">What comes first in a sealed-bid auction; null otherwise.</param>
/// <param name="slots">Where further slots for the statements of a batch are borrowed.</param>
/// <param name="reconsider">What the policy says of the invitation on other terms.</param>
/// <param name="leaving">Cancelled when the worker must be gone, unfinished calls included.</param>
internal sealed class ProofJob(
    WorkerContext worker, Invitation invitation, SealedBidding? bidding, SlotPool slots, Func<Invitation, Task<JobDecision>> reconsider, CancellationToken leaving) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private ReasonCode _stopReason;
    private Task _stopping = Task.CompletedTask;
    private TimeSpan? _proving;
    private bool _joined;
    private volatile BatchWork? _batch;

    public Invitation Invitation => invitation;

    private string RunKey => invitation.RunKey;

    private IRunForWorkers Run => worker.Grains.GetGrain<IRunForWorkers>(invitation.RunGrain);

    /// <summary>Stops joining or proving at once; the first reason counts. A proof that is being delivered is delivered: the market decides
    /// whether it counts. Not to be called concurrently, nor after disposal.</summary>
    public void Stop(ReasonCode reason)
    {
        if (_stopReason != ReasonCode.None) return;
        _stopReason = reason;
        _stopping = Beside.CancelAsync(_stop);
    }

    /// <summary>Stops working on some statements of a batch.</summary>
    public void Stop(ImmutableArray<int> statements) => _batch?.Stop(statements);

    public async Task<JobEnding> RunAsync()
    {
        try
        {
            return await JoinProveSubmitAsync();
        }
        catch (Exception exception)
        {
            worker.Logger.JobBroke(exception, RunKey);
            return await GiveBackAsync(JobOutcome.Failed, ReasonCode.ProvingFailed, exception.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping;
        _stop.Dispose();
    }

    private async Task<JobEnding> JoinProveSubmitAsync()
    {
        var left = invitation.HardDeadline - worker.Now;
        if (left <= TimeSpan.Zero) return Late("before it began");
        using var deadline = new CancellationTokenSource(left, worker.Time);
        using var working = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, deadline.Token, leaving);
        using var delivering = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, leaving);
        try
        {
            // Before anything is promised: files that have changed are found here at no cost.
            if (worker.Catalog.Locate(invitation.ProgramId).Refusal is { } changed) return await GiveBackAsync(JobOutcome.Failed, ReasonCode.ArtefactsMissing, changed.ToString());

            var askedAt = worker.Now;
            var join = bidding is not null
                ? await bidding.RunAsync(working.Token)
                : await worker.Calls.RepeatAsync($"Joining run {RunKey}", () => Run.JoinAsync(worker.ProverId, worker.Session), working.Token);
            if (join.Assignment is not { } assignment) return NotJoined(join.Refusal!);

            // Before it is confirmed, and before any work is done, it can be given back for nothing. A bid binds, and an award pays no less than was bid.
            if (bidding is null && AssignedTerms.IfWorse(invitation, assignment, askedAt) is { } terms
                && await reconsider(terms) is { IsTaken: false } decision)
                return await GiveBackAsync(JobOutcome.GivenBack, decision.DeclineReason, $"It pays {terms.Reward} credits by {terms.HardDeadline:O}, the invitation said {invitation.Reward} by {invitation.HardDeadline:O}.");

            // What nobody knows that this prover knows, it does not answer for, and loses soon: said before any work is done.
            if (assignment.ConfirmBy is not null && await worker.Calls.RepeatAsync(
                $"Confirming the lease on run {RunKey}", () => Run.ConfirmAsync(worker.ProverId, worker.Session), working.Token) is { } lost)
                return NotJoined(lost);

            _joined = true;
            worker.Logger.Joined(RunKey, assignment.Deadline);
            worker.Metrics.NoteJoined();
            worker.Publish(ProverEventKind.Joined, RunKey);
            if (assignment.Deadline < invitation.HardDeadline) deadline.CancelAfter(Positive(assignment.Deadline - worker.Now));

            var (paths, missing) = worker.Catalog.Locate(assignment.Program.ProgramId);
            if (paths is null) return await GiveBackAsync(new ProverFailure(ProverFailureReason.ArtefactInvalid, missing!.ToString()));

            worker.Publish(ProverEventKind.Proving, RunKey);
            if (!assignment.Statements.IsEmpty)
                return await ProveBatchAsync(new BatchWork(worker, slots, invitation, assignment, paths), assignment, working.Token, delivering.Token);
            var result = await ProveAsync(
                new ProverJob { ProgramId = assignment.Program.ProgramId, Artefacts = paths, Input = assignment.Input.Memory }, working.Token);
            return AssignedProofs.Check(worker, assignment.Program, assignment.PublicInputs, result) switch
            {
                ProverSuccess proof when _stopReason is ReasonCode.None or ReasonCode.WorkerDraining => await SubmitAsync(proof, delivering.Token),
                ProverFailure failure when !working.IsCancellationRequested => await GiveBackAsync(failure),
                _ => await BrokenOffAsync(),
            };
        }
        catch (OperationCanceledException) when (working.IsCancellationRequested)
        {
            return await BrokenOffAsync();
        }
    }

    private async Task<JobEnding> ProveBatchAsync(BatchWork batch, Assignment assignment, CancellationToken working, CancellationToken delivering)
    {
        _batch = batch;
        await batch.RunAsync(working, delivering);
        var ending = batch switch
        {
            { Failure: { } failure } => await GiveBackAsync(failure),
            { Refusal: { } refusal } when OutcomeOf(refusal) == JobOutcome.Failed => await RefusedAsync(refusal),
            _ when working.IsCancellationRequested && batch.HasRest => await BrokenOffAsync(),
            { Refusal: { } refusal } => await RefusedAsync(refusal),
            _ => Ended(JobOutcome.Outraced, ReasonCode.StatementDelivered, "others have proved its statements"),
        };
        var (reward, statements) = batch.Earned;
        if (statements > 0 && ending.Outcome != JobOutcome.Failed)
        {
            worker.Suspended.Accepted(invitation.ProgramId);
            ending = Ended(JobOutcome.Won, ReasonCode.None, $"{statements} of {assignment.Statements.Length} statements");
        }
        var (time, proofs) = batch.Made;
        return ending with
        {
            Reward = statements > 0 ? reward : null,
            Statements = statements,
            ProofMade = proofs > 0,
            Proving = proofs > 0 ? time : batch.Stopped,
            Work = new WorkUnits(assignment.Program.Work.Milli * Math.Max(1, proofs)),
        };
    }

    private async Task<ProverResult> ProveAsync(ProverJob job, CancellationToken cancellationToken)
    {
        var started = worker.Time.GetTimestamp();
        var outcome = "failed";
        try
        {
            var result = await worker.Backend.ProveAsync(job, cancellationToken);
            outcome = result is ProverSuccess ? "proved" : cancellationToken.IsCancellationRequested ? "stopped" : "failed";
            return result;
        }
        finally
        {
            _proving = worker.Time.GetElapsedTime(started);
            worker.Metrics.NoteProving(_proving.Value, outcome);
        }
    }

    private async Task<JobEnding> SubmitAsync(ProverSuccess proof, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) return Late("while proving") with { ProofMade = true };
        worker.Publish(ProverEventKind.Submitting, RunKey, proving: _proving);
        var submission = new ProofSubmission
        {
            ProverId = worker.ProverId,
            Session = worker.Session,
            PublicInputs = Bytes.CopyOf(proof.PublicInputs.Span),
            Proof = Bytes.CopyOf(proof.Proof.Span),
        };
        SubmissionAnswer answer;
        try
        {
            answer = await worker.Calls.RepeatAsync($"Submission to run {RunKey}", () => Run.SubmitAsync(submission), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Late("before the market answered; the proof may have been accepted") with { ProofMade = true };
        }
        if (answer.Refusal is { } refusal) return await RefusedAsync(refusal) with { ProofMade = true };
        worker.Suspended.Accepted(invitation.ProgramId);
        return new JobEnding { Outcome = JobOutcome.Won, Reward = answer.Reward, Proving = _proving, ProofMade = true };
    }

    /// <summary>What follows when the run does not take what was made. Unless it is over, or the refusal has ended the lease, the lease is there still, and nothing that could be delivered for it:
    /// left alone it would count as missed.</summary>
    private async Task<JobEnding> RefusedAsync(Refusal refusal)
    {
        if (AssignedProofs.Check(refusal) is { } foreign) return await GiveBackAsync(foreign);
        var (outcome, detail) = (OutcomeOf(refusal), refusal.ToString());
        var isInvalid = refusal.Code is ReasonCode.ProofInvalid or ReasonCode.ProofMalformed;
        if (isInvalid) JobReport.Suspend(worker, invitation, ReasonCode.ProvingFailed, detail);
        return isInvalid || refusal.Code == ReasonCode.LeaseMissing || outcome != JobOutcome.Failed
            ? Ended(outcome, refusal.Code, detail)
            : await GiveBackAsync(outcome, ReasonCode.ProvingFailed, detail) with { Reason = refusal.Code };
    }

    /// <summary>Joining or proving was cut short: the run is over, its deadline passed, or the worker stops.</summary>
    private Task<JobEnding> BrokenOffAsync() => _stopReason switch
    {
        ReasonCode.None when !leaving.IsCancellationRequested => Task.FromResult(Late(_joined ? "while proving" : "while joining")),
        ReasonCode.None or ReasonCode.WorkerDraining => GiveBackAsync(JobOutcome.GivenBack, ReasonCode.WorkerDraining, ""),
        ReasonCode.Outraced or ReasonCode.RunWon => Task.FromResult(Ended(JobOutcome.Outraced, _stopReason)),
        _ => Task.FromResult(Ended(JobOutcome.Closed, _stopReason)),
    };

    /// <summary>Gives the lease back because the backend has failed, or the input.</summary>
    private Task<JobEnding> GiveBackAsync(ProverFailure failure)
    {
        var (reason, detail) = (ReasonOf(failure.Reason), $"{failure.Reason}: {PlainLine.Of(failure.Message)}");
        if (failure.Reason is ProverFailureReason.ProofInvalid or ProverFailureReason.ArtefactMissing or ProverFailureReason.ArtefactInvalid)
            JobReport.Suspend(worker, invitation, reason, detail);
        return GiveBackAsync(JobOutcome.Failed, reason, detail);
    }

    /// <summary>Declines, so that slot and bond are free for other work. After an unknown outcome of joining there may be no lease: that does no harm.</summary>
    private async Task<JobEnding> GiveBackAsync(JobOutcome outcome, ReasonCode reason, string detail)
    {
        if (!await LeaseReturn.DeclineAsync(worker, invitation, reason, invitation.HardDeadline, leaving))
            detail = $"{detail} The lease could not be given back in time.".TrimStart();
        return Ended(outcome, reason, detail);
    }

    private JobEnding Ended(JobOutcome outcome, ReasonCode reason, string detail = "") =>
        new() { Outcome = outcome, Reason = reason, Detail = detail, Proving = _proving };

    private JobEnding Late(string when) => Ended(JobOutcome.Late, ReasonCode.LeaseDeadlinePassed, $"the deadline passed {when}");

    private static JobEnding NotJoined(Refusal refusal) =>
        new() { Outcome = JobOutcome.NotJoined, JoinRefusal = refusal, Reason = refusal.Code };

    private static JobOutcome OutcomeOf(Refusal refusal) => refusal.Code switch
    {
        ReasonCode.RunWon or ReasonCode.StatementDelivered => JobOutcome.Outraced,
        ReasonCode.RunClosed => JobOutcome.Closed,
        ReasonCode.ProofLate => JobOutcome.Late,
        _ => JobOutcome.Failed,
    };

    private static ReasonCode ReasonOf(ProverFailureReason reason) => reason switch
    {
        ProverFailureReason.InputRejected => ReasonCode.InputRejected,
        ProverFailureReason.ArtefactMissing or ProverFailureReason.ArtefactInvalid => ReasonCode.ArtefactsMissing,
        _ => ReasonCode.ProvingFailed,
    };

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
