using System.Collections.Immutable;
using ProvingMarket.Client.Backends;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Provers;

/// <summary>The statements of one lease on a batch: proved in the order the run gives them, side by side as far as slots are free, and delivered as they are made. What is
/// made while a delivery is under way goes with the next one. Statements that others have proved are stopped.</summary>
internal sealed class BatchWork
{
    private readonly WorkerContext _worker;
    private readonly SlotPool _slots;
    private readonly Invitation _invitation;
    private readonly Assignment _assignment;
    private readonly ImmutableDictionary<string, string> _artefacts;
    private readonly Lock _lock = new();
    private readonly List<AssignedStatement> _waiting;
    private readonly Dictionary<int, CancellationTokenSource> _proving = [];
    private readonly List<StatementProof> _made = [];
    private readonly List<Task> _begun = [];
    private CancellationTokenSource? _ended;
    private bool _isDelivering;

    public BatchWork(WorkerContext worker, SlotPool slots, Invitation invitation, Assignment assignment, ImmutableDictionary<string, string> artefacts)
    {
        (_worker, _slots, _invitation, _assignment, _artefacts) = (worker, slots, invitation, assignment, artefacts);
        _waiting = [.. assignment.Statements];
    }

    /// <summary>What has been earned so far, by how many statements.</summary>
    public (Credits Reward, int Statements) Earned { get; private set; }

    /// <summary>How long the backend took for the proofs it made, and how many those are.</summary>
    public (TimeSpan Time, int Proofs) Made { get; private set; }

    /// <summary>The longest time that the backend worked on a proof that was stopped.</summary>
    public TimeSpan Stopped { get; private set; }

    /// <summary>The first failure of the backend, or of an input; null when there was none.</summary>
    public ProverFailure? Failure { get; private set; }

    /// <summary>The last refusal that ended a statement here, an invalid proof before others.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>Whether there are statements that were neither delivered nor stopped.</summary>
    public bool HasRest
    {
        get
        {
            lock (_lock) return _waiting.Count > 0;
        }
    }

    private ICooperativeForWorkers Run => _worker.Grains.GetGrain<ICooperativeForWorkers>(_invitation.RunGrain);

    /// <summary>Others have proved these statements: stops working on them. From any thread.</summary>
    public void Stop(ImmutableArray<int> statements)
    {
        lock (_lock)
        {
            _waiting.RemoveAll(waiting => statements.Contains(waiting.Statement));
            foreach (var statement in statements)
            {
                if (_proving.TryGetValue(statement, out var proving)) _ = Calls.Beside.CancelAsync(proving);
            }
        }
    }

    /// <summary>Works until everything is delivered or stopped, the backend fails, or <paramref name="working"/> is cancelled. What has been made by then is delivered
    /// until <paramref name="delivering"/> is.</summary>
    public async Task RunAsync(CancellationToken working, CancellationToken delivering)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(working);
        _ended = ended;
        var first = LaneAsync(isBorrowed: false, ended.Token, delivering);
        lock (_lock) _begun.Add(first);
        try
        {
            // Further lanes and deliveries are begun by those that run.
            for (var all = Begun(); !all.All(task => task.IsCompletedSuccessfully); all = Begun()) await Task.WhenAll(all);
        }
        catch
        {
            await Calls.Beside.CancelAsync(ended);
            await Task.WhenAll(Begun()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            throw;
        }
    }

    private Task[] Begun()
    {
        lock (_lock) return [.. _begun];
    }

    /// <summary>Proves one statement after the other in a slot.</summary>
    private async Task LaneAsync(bool isBorrowed, CancellationToken working, CancellationToken delivering)
    {
        try
        {
            while (!(isBorrowed && _slots.IsWanted) && Begin(working) is var (statement, token))
            {
                var proving = ProveAsync(statement, token, working, delivering);
                Borrow(working, delivering);
                await proving;
            }
        }
        finally
        {
            if (isBorrowed) _slots.GiveBack();
        }
    }

    /// <summary>Opens further lanes while statements wait and slots are free.</summary>
    private void Borrow(CancellationToken working, CancellationToken delivering)
    {
        while (HasRest && _slots.TryBorrow())
        {
            var lane = LaneAsync(isBorrowed: true, working, delivering);
            lock (_lock) _begun.Add(lane);
        }
    }

    private (AssignedStatement Statement, CancellationToken Token)? Begin(CancellationToken working)
    {
        lock (_lock)
        {
            if (_waiting.Count == 0 || working.IsCancellationRequested) return null;
            var next = _waiting[0];
            _waiting.RemoveAt(0);
            var stop = CancellationTokenSource.CreateLinkedTokenSource(working);
            _proving.Add(next.Statement, stop);
            return (next, stop.Token);
        }
    }

    private async Task ProveAsync(AssignedStatement statement, CancellationToken token, CancellationToken working, CancellationToken delivering)
    {
        var started = _worker.Time.GetTimestamp();
        ProverResult? result = null;
        try
        {
            result = await _worker.Backend.ProveAsync(
                new ProverJob { ProgramId = _assignment.Program.ProgramId, Artefacts = _artefacts, Input = statement.Input.Memory }, token);
            result = AssignedProofs.Check(_worker, _assignment.Program, statement.PublicInputs, result);
        }
        finally
        {
            Note(statement, result, _worker.Time.GetElapsedTime(started), token, working);
        }
        if (result is ProverSuccess success) Deliver(statement, success, delivering);
        else if (result is ProverFailure && Failure is not null) await Calls.Beside.CancelAsync(_ended!);
    }

    private void Note(AssignedStatement statement, ProverResult? result, TimeSpan took, CancellationToken token, CancellationToken working)
    {
        _worker.Metrics.NoteProving(took, result is ProverSuccess ? "proved" : token.IsCancellationRequested ? "stopped" : "failed");
        lock (_lock)
        {
            _proving.Remove(statement.Statement);
            if (result is ProverSuccess) Made = (Made.Time + took, Made.Proofs + 1);
            else if (took > Stopped) Stopped = took;
            if (result is ProverFailure failure && !token.IsCancellationRequested) Failure ??= failure;
            // Whoever stops with the worker leaves it undone; one that others have proved is done.
            if (result is not ProverSuccess && working.IsCancellationRequested) _waiting.Add(statement);
        }
    }

    private void Fail(ProverFailure failure)
    {
        lock (_lock) Failure ??= failure;
    }

    private void Deliver(AssignedStatement statement, ProverSuccess proof, CancellationToken delivering)
    {
        lock (_lock)
        {
            _made.Add(new StatementProof
            {
                Statement = statement.Statement, PublicInputs = Bytes.CopyOf(proof.PublicInputs.Span), Proof = Bytes.CopyOf(proof.Proof.Span),
            });
            if (_isDelivering) return;
            _isDelivering = true;
        }
        var delivery = DeliverAsync(delivering);
        lock (_lock) _begun.Add(delivery);
    }

    private async Task DeliverAsync(CancellationToken delivering)
    {
        while (TakeMade() is { IsEmpty: false } proofs)
        {
            _worker.Publish(ProverEventKind.Submitting, _invitation.RunKey, detail: $"statements {string.Join(", ", proofs.Select(proof => proof.Statement))}");
            var submission = new BatchSubmission { ProverId = _worker.ProverId, Session = _worker.Session, Proofs = proofs };
            try
            {
                Learn(proofs, await _worker.Calls.RepeatAsync($"Submission to run {_invitation.RunKey}", () => Run.SubmitManyAsync(submission), delivering));
                if (Failure is not null) await Calls.Beside.CancelAsync(_ended!);
            }
            catch (OperationCanceledException) when (delivering.IsCancellationRequested)
            {
                Refusal ??= Refusal.Of(ReasonCode.ProofLate, "proof", "delivered before the deadline; it may have been accepted");
                lock (_lock) _isDelivering = false;
                return;
            }
        }
    }

    private ImmutableArray<StatementProof> TakeMade()
    {
        lock (_lock)
        {
            ImmutableArray<StatementProof> proofs = [.. _made.Take(MarketLimits.SubmissionProofs)];
            _made.RemoveRange(0, proofs.Length);
            if (proofs.IsEmpty) _isDelivering = false;
            return proofs;
        }
    }

    private void Learn(ImmutableArray<StatementProof> proofs, BatchAnswer answer)
    {
        for (var i = 0; i < proofs.Length; i++)
        {
            var (reward, refusal) = answer.Refusal is { } none ? (null, none) : (answer.Answers[i].Reward, answer.Answers[i].Refusal);
            if (refusal is not null)
            {
                if (AssignedProofs.Check(refusal) is { } foreign) Fail(foreign);
                // What somebody else has proved says nothing about this worker.
                if (Refusal is null || Refusal.Code is ReasonCode.StatementDelivered or ReasonCode.RunWon) Refusal = refusal;
                continue;
            }
            Earned = (Earned.Reward + reward!.Value, Earned.Statements + 1);
            _worker.Publish(ProverEventKind.Delivered, _invitation.RunKey, reward: reward, statement: proofs[i].Statement);
        }
        Stop([.. _assignment.Statements.Select(statement => statement.Statement).Except(answer.Left)]);
    }
}
