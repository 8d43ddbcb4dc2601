using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Provers;

namespace ProvingMarket.Client.Tests.Fakes;

/// <summary>A run as a worker meets it: lets everybody join and pays one credit for every proof, unless scripted otherwise.</summary>
internal sealed class FakeRun : ISealedBidRunGrain, ICooperativeForWorkers
{
    public FakeRun(string key, Circuit circuit, DateTimeOffset hardDeadline)
    {
        Invitation = new Invitation
        {
            RunKey = key,
            RunGrain = GrainId.Create("fake-run", key),
            Mechanism = "race",
            ProgramId = circuit.ProgramId,
            Work = circuit.Definition.Work,
            Reward = Credits.Whole(1),
            Bond = Credits.Zero,
            SoftDeadline = hardDeadline,
            HardDeadline = hardDeadline,
        };
        Assignment = new Assignment
        {
            RunKey = key,
            LeaseId = key + "/p1",
            Program = new ProgramSummary
            {
                ProgramId = circuit.ProgramId,
                ProofSystem = "groth16",
                Name = circuit.Name,
                Work = circuit.Definition.Work,
                PublicInputs = 2,
                Artefacts = circuit.Definition.Artefacts,
            },
            Input = Bytes.Utf8($"input of {key}"),
            PublicInputs = Bytes.Utf8("[]"),
            Deadline = hardDeadline,
            Reward = Credits.Whole(1),
        };
        Joins = new(_ => new JoinAnswer { Assignment = Assignment });
    }

    public Invitation Invitation { get; set; }

    public Assignment Assignment { get; set; }

    public Script<(string ProverId, string Session), JoinAnswer> Joins { get; }

    public Script<(string ProverId, string Session, ReasonCode Reason), bool> Declines { get; } = new(_ => true);

    public Script<(string ProverId, string Session), Refusal?> Confirmations { get; } = new(_ => null);

    public Script<ProofSubmission, SubmissionAnswer> Submissions { get; } = new(_ => new SubmissionAnswer { Reward = Credits.Whole(1) });

    public Script<(string ProverId, string Session, string Commitment), SealAnswer> Seals { get; } = new(_ => new SealAnswer());

    public Script<SealedBid, Refusal?> Reveals { get; } = new(_ => null);

    public Script<BatchSubmission, BatchAnswer> Batches { get; } = new(submission => new BatchAnswer
    {
        Answers = [.. submission.Proofs.Select(_ => new SubmissionAnswer { Reward = Credits.Whole(1) })], Left = [.. Enumerable.Range(0, 64)],
    });

    public Script<bool, RunProgress> Progress { get; } = new(_ => new RunProgress { Started = true });

    public static RunReport Report(ReasonCode reason, string? winner = null) => new()
    {
        Reason = reason,
        EndedAt = TestClock.Start,
        Proof = winner is null ? null : new AcceptedProof
        {
            ProverId = winner, Proof = Bytes.Utf8("{}"), ReceivedAt = TestClock.Start, VerifiedAt = TestClock.Start,
        },
    };

    public Task<JoinAnswer> JoinAsync(string proverId, string session) => Joins.CallAsync((proverId, session));

    public Task<Refusal?> ConfirmAsync(string proverId, string session) => Confirmations.CallAsync((proverId, session));

    public Task DeclineAsync(string proverId, string session, ReasonCode reason) => Declines.CallAsync((proverId, session, reason));

    public Task<SubmissionAnswer> SubmitAsync(ProofSubmission submission) => Submissions.CallAsync(submission);

    public Task<SealAnswer> SealAsync(string proverId, string session, string commitment) => Seals.CallAsync((proverId, session, commitment));

    public Task<Refusal?> RevealAsync(string proverId, SealedBid bid) => Reveals.CallAsync(bid);

    public Task<BatchAnswer> SubmitManyAsync(BatchSubmission submission) => Batches.CallAsync(submission);

    public Task<TranscriptAnswer> GetTranscriptAsync() => throw new NotSupportedException("Not for workers.");

    public Task<RunProgress> GetProgressAsync() => Progress.CallAsync(true);

    public Task<StartAnswer> StartAsync(RunOrder order, Bytes input) => throw new NotSupportedException("Not for workers.");

    public Task<RunProgress> ConcludeAsync(ReasonCode cause) => throw new NotSupportedException("Not for workers.");

    public Task ForgetAsync() => throw new NotSupportedException("Not for workers.");
}
