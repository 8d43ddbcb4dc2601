using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;
using ProvingMarket.TestKit.Cluster;

namespace ProvingMarket.TestKit.Proving;

/// <summary>How a prover behaves.</summary>
public enum Conduct
{
    /// <summary>Joins and delivers a valid proof.</summary>
    Good,

    /// <summary>Joins and delivers an invalid proof.</summary>
    Corrupt,

    /// <summary>Declines every invitation.</summary>
    Declining,

    /// <summary>Joins and gives the lease back.</summary>
    Quitting,

    /// <summary>Joins and is never heard of again.</summary>
    Silent,

    /// <summary>Bids under seal and does not reveal its bid; good otherwise.</summary>
    Secretive,
}

/// <summary>Works on every invitation of a prover, whether it has slots or not: the market has to enforce them. What failed is tried again at the
/// next tick, as often as it takes.</summary>
public sealed class TestWorker(MarketCluster market, TestProver prover, Conduct conduct, Func<string, TimeSpan>? provingTime = null)
{
    private readonly ConcurrentDictionary<string, Job> _jobs = new(StringComparer.Ordinal);

    /// <summary>How many leases it asks for at the same tick.</summary>
    public int AttemptsAtOnce { get; init; } = int.MaxValue;

    /// <summary>How many statements of a batch it delivers at the same tick.</summary>
    public int StatementsAtOnce { get; init; } = int.MaxValue;

    /// <summary>Rewards the market has acknowledged, by run.</summary>
    public ConcurrentDictionary<string, Credits> Earned { get; } = new(StringComparer.Ordinal);

    /// <summary>Runs in which the market has told it that its proof is invalid.</summary>
    public ConcurrentDictionary<string, ReasonCode> Caught { get; } = new(StringComparer.Ordinal);

    /// <summary>Statements of batches that it has been told to stop with, by run.</summary>
    public ConcurrentBag<(string RunKey, int Statement)> StoppedStatements { get; } = [];

    internal void Invited(Invitation invitation) => _jobs.TryAdd(invitation.RunKey, new Job(invitation));

    internal void Stopped(StopWork stop)
    {
        foreach (var statement in stop.Statements) StoppedStatements.Add((stop.RunKey, statement));
        if (stop.Statements.IsEmpty && _jobs.TryGetValue(stop.RunKey, out var job)) job.IsDone = true;
    }

    internal Task WorkAsync()
    {
        var open = _jobs.Values.Where(job => !job.IsDone).OrderBy(job => job.Attempts).ThenBy(job => job.Invitation.RunKey, StringComparer.Ordinal).ToLookup(job => job.Assignment is null);
        return Task.WhenAll(open[false].Concat(open[true].Take(AttemptsAtOnce)).Select(WorkAsync));
    }

    private async Task WorkAsync(Job job)
    {
        if (job.Invitation.HardDeadline < market.Now)
        {
            job.IsDone = true;
            return;
        }
        var run = market.Grains.GetGrain<IRunForWorkers>(job.Invitation.RunGrain);
        if (conduct == Conduct.Declining)
        {
            await run.DeclineAsync(prover.Id, prover.Session, ReasonCode.WorkerDraining);
            job.IsDone = true;
            return;
        }
        // A price that rises is taken when it has reached the ask.
        if (job.Invitation.Ramp is { } ramp && !(ramp.TimeOf(job.Invitation.Work.PriceAt(prover.Offer.AskPerUnit)) <= market.Now)) return;
        if (job.Invitation.Kind == InvitationKind.Sealed && job.Assignment is null && !await BidAsync(job)) return;
        if (job.Assignment is null && !await JoinAsync(run, job)) return;
        if (job.DeliverAt > market.Now) return;
        await FinishAsync(run, job);
    }

    /// <summary>Seals, reveals when bidding has closed, and then waits for the award; true when it may ask for the assignment.</summary>
    private async Task<bool> BidAsync(Job job)
    {
        var run = market.Grains.GetGrain<ISealedBidForWorkers>(job.Invitation.RunGrain);
        job.Bid ??= new SealedBid
        {
            Auction = job.Invitation.RunKey,
            ProverId = prover.Id,
            // Whoever asks for nothing bids next to nothing: a tie at nothing would be paid nothing.
            Price = job.Invitation.Work.PriceAt(prover.Offer.AskPerUnit) + new Credits(prover.Offer.AskPerUnit > Credits.Zero ? 0 : 1_000),
            Eta = (provingTime?.Invoke(job.Invitation.RunKey) ?? (conduct == Conduct.Silent ? TimeSpan.FromSeconds(59) : TimeSpan.Zero)) + TimeSpan.FromSeconds(1),
            Nonce = Bytes.CopyOf(SHA256.HashData(Encoding.UTF8.GetBytes($"{prover.Id} {job.Invitation.RunKey}"))),
        };
        if (!job.IsSealed)
        {
            job.Attempts++;
            var answer = await run.SealAsync(prover.Id, prover.Session, SealedBidCommitment.Of(job.Bid));
            job.IsDone = answer.Refusal is { } refused && !IsPassing(refused.Code);
            job.IsSealed = answer.Refusal is null;
            return false;
        }
        if (conduct == Conduct.Secretive) return false;
        if (!job.IsRevealed)
        {
            var refusal = await run.RevealAsync(prover.Id, job.Bid);
            job.IsDone = refusal is not null && refusal.Code is not ReasonCode.RevealNotOpen;
            job.IsRevealed = refusal is null;
        }
        return job.IsRevealed;
    }

    private static bool IsPassing(ReasonCode code) => code
        is ReasonCode.SlotsFull or ReasonCode.StakeInsufficient or ReasonCode.SessionUnknown or ReasonCode.RunFull or ReasonCode.LockHeld or ReasonCode.NotAwarded;

    private async Task<bool> JoinAsync(IRunForWorkers run, Job job)
    {
        job.Attempts++;
        var answer = await run.JoinAsync(prover.Id, prover.Session);
        if (answer.Assignment is null)
        {
            // A slot may become free, and a session is known again after the next renewal; other refusals are final.
            job.IsDone = !IsPassing(answer.Refusal!.Code);
            return false;
        }
        if (answer.Assignment.ConfirmBy is not null && await run.ConfirmAsync(prover.Id, prover.Session) is { } lost)
        {
            job.IsDone = !IsPassing(lost.Code);
            return false;
        }
        job.DeliverAt = market.Now + (provingTime?.Invoke(job.Invitation.RunKey) ?? TimeSpan.Zero);
        job.Assignment = answer.Assignment;
        return true;
    }

    private async Task FinishAsync(IRunForWorkers run, Job job)
    {
        var assignment = job.Assignment!;
        if (!assignment.Statements.IsEmpty && conduct is Conduct.Good or Conduct.Corrupt)
        {
            await FinishBatchAsync(job, assignment);
            return;
        }
        switch (conduct)
        {
            case Conduct.Good or Conduct.Corrupt or Conduct.Secretive:
                var proof = conduct != Conduct.Corrupt ? TestProofSystem.ProofFor(assignment) : Bytes.CopyOf(new byte[32]);
                var answer = await run.SubmitAsync(
                    new ProofSubmission { ProverId = prover.Id, Session = prover.Session, PublicInputs = assignment.PublicInputs, Proof = proof });
                if (answer.Reward is { } reward) Earned[assignment.RunKey] = reward;
                if (answer.Refusal?.Code is ReasonCode.ProofInvalid or ReasonCode.ProofMalformed) Caught[assignment.RunKey] = answer.Refusal.Code;
                if (answer.Refusal?.Code is ReasonCode.SessionUnknown) return;
                // The silo may have lost the lease's memory with its own: joining again finds the lease.
                if (answer.Refusal?.Code is ReasonCode.LeaseMissing)
                {
                    job.Assignment = null;
                    return;
                }
                break;
            case Conduct.Quitting:
                await run.DeclineAsync(prover.Id, prover.Session, ReasonCode.ProvingFailed);
                break;
        }
        job.IsDone = true;
    }

    /// <summary>Delivers the statements it has been given, or something that is no proof of them, as many at a tick as <see cref="StatementsAtOnce"/> says.</summary>
    private async Task FinishBatchAsync(Job job, Assignment assignment)
    {
        var now = (job.Left ?? assignment.Statements).Take(StatementsAtOnce).ToArray();
        var answer = await market.Grains.GetGrain<ICooperativeForWorkers>(job.Invitation.RunGrain).SubmitManyAsync(new BatchSubmission
        {
            ProverId = prover.Id,
            Session = prover.Session,
            Proofs = [.. now.Select(statement => TestProofSystem.ProofFor(assignment, statement) with
            {
                Proof = conduct == Conduct.Good ? TestProofSystem.ProofFor(assignment, statement).Proof : Bytes.CopyOf(new byte[32]),
            })],
        });
        if (answer.Refusal is not null) throw new InvalidOperationException($"{prover.Id} could not deliver: {answer.Refusal}");
        var earned = answer.Answers.Aggregate(Credits.Zero, (sum, one) => sum + (one.Reward ?? Credits.Zero));
        if (earned > Credits.Zero) Earned[assignment.RunKey] = Earned.GetValueOrDefault(assignment.RunKey) + earned;
        foreach (var one in answer.Answers)
        {
            if (one.Refusal?.Code is ReasonCode.ProofInvalid or ReasonCode.ProofMalformed) Caught[assignment.RunKey] = one.Refusal.Code;
            if (one.Refusal?.Code is ReasonCode.SessionUnknown) return;
            if (one.Refusal?.Code is not ReasonCode.LeaseMissing) continue;
            (job.Assignment, job.Left) = (null, null);
            return;
        }
        job.Left = [.. assignment.Statements.Where(statement => answer.Left.Contains(statement.Statement))];
        job.IsDone = job.Left.Value.IsEmpty || now.Length == assignment.Statements.Length;
    }

    private sealed class Job(Invitation invitation)
    {
        public Invitation Invitation => invitation;

        public Assignment? Assignment { get; set; }

        public ImmutableArray<AssignedStatement>? Left { get; set; }

        public SealedBid? Bid { get; set; }

        public bool IsSealed { get; set; }

        public bool IsRevealed { get; set; }

        public int Attempts { get; set; }

        public DateTimeOffset DeliverAt { get; set; }

        public bool IsDone { get; set; }
    }
}
