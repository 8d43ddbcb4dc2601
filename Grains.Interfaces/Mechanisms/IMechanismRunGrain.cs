using System.Collections.Immutable;
using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Grains.Interfaces.Mechanisms;

/// <summary>One run of a mechanism on one request, keyed by <see cref="GrainKeys.Run"/>. Each mechanism has its own interface that derives from
/// this one.</summary>
[Alias("pm.IMechanismRunGrain")]
public interface IMechanismRunGrain : IRunForRequests, IRunForWorkers;

/// <summary>What a request calls on its run. The run never waits for the request, so the two cannot wait for each other.</summary>
[Alias("pm.IRunForRequests")]
public interface IRunForRequests : IGrainWithStringKey
{
    /// <summary>Starts the run; durable before the answer. Repeatable with the same order: then it only tells how far the run is; refuses another one.</summary>
    /// <param name="order">What is to be proved, and on which terms.</param>
    /// <param name="input">The input or witness, for the first who takes a lease; kept in memory only. Empty when it is too large to go with the order: then the run asks for it.</param>
    [Alias("Start")]
    Task<StartAnswer> StartAsync(RunOrder order, Bytes input);

    /// <summary>How far the run is, with its report once it has ended.</summary>
    [Alias("GetProgress"), AlwaysInterleave]
    Task<RunProgress> GetProgressAsync();

    /// <summary>Called by whoever audits the run: its order and its transcript, from which its outcome is computed again. Refuses with
    /// <see cref="ReasonCode.RunUnknown"/>. The transcript of a run that is open may still grow.</summary>
    [Alias("GetTranscript"), AlwaysInterleave]
    Task<TranscriptAnswer> GetTranscriptAsync();

    /// <summary>Ends the run if nobody has won: with <see cref="ReasonCode.None"/> because the hard deadline has passed, otherwise for the
    /// cause given. Returns the report, which may be a success. Repeatable.</summary>
    [Alias("Conclude")]
    Task<RunProgress> ConcludeAsync(ReasonCode cause);

    /// <summary>Called by a request that ended long ago and is being deleted: deletes everything the run has stored. Repeatable; nothing happens when there is no
    /// such run.</summary>
    [Alias("Forget")]
    Task ForgetAsync();
}

/// <summary>What provers' workers call on every run. What a mechanism wants beside that (bids, for example) is in an interface of its own, on the same
/// grain; the invitation says which answer is wanted (<see cref="Provers.InvitationKind"/>).</summary>
[Alias("pm.IRunForWorkers")]
public interface IRunForWorkers : IGrainWithStringKey
{
    /// <summary>Takes a lease, or takes up the one that the run has reserved, and returns the assignment; or refuses. Repeatable: a worker that lost
    /// the answer gets the same lease.</summary>
    [Alias("Join")]
    Task<JoinAnswer> JoinAsync(string proverId, string session);

    /// <summary>Says that this worker knows of the lease that it has joined with; called when the assignment asks for it
    /// (<see cref="Assignment.ConfirmBy"/>). From then on the prover answers for the lease with its bond; before, nobody can know whether it has heard of it, and
    /// the lease lapses. Refuses with <see cref="ReasonCode.LeaseMissing"/> who does not hold it, or not any more. Repeatable.</summary>
    [Alias("Confirm")]
    Task<Refusal?> ConfirmAsync(string proverId, string session);

    /// <summary>Declines an invitation, or gives a lease back without penalty. Repeatable.</summary>
    [Alias("Decline")]
    Task DeclineAsync(string proverId, string session, ReasonCode reason);

    /// <summary>Delivers a proof. It is verified before the answer; the answer says what it earned or why it was refused. Repeatable: whoever
    /// has delivered gets the same answer again.</summary>
    [Alias("Submit")]
    Task<SubmissionAnswer> SubmitAsync(ProofSubmission submission);
}

/// <summary>Answer to starting a run.</summary>
[GenerateSerializer, Immutable, Alias("pm.StartAnswer")]
public sealed record StartAnswer
{
    /// <summary>How far the run is; null when refused.</summary>
    [Id(0)] public RunProgress? Progress { get; init; }

    /// <summary>Why not.</summary>
    [Id(1)] public Refusal? Refusal { get; init; }
}

/// <summary>How far a run is.</summary>
[GenerateSerializer, Immutable, Alias("pm.RunProgress")]
public sealed record RunProgress
{
    /// <summary>False when the run has not been started.</summary>
    [Id(0)] public bool Started { get; init; }

    /// <summary>What has happened so far.</summary>
    [Id(1)] public ImmutableArray<TimelineEntry> Events { get; init; } = [];

    /// <summary>The report; null while the run is open.</summary>
    [Id(2)] public RunReport? Report { get; init; }

    /// <summary>Provers that have been invited.</summary>
    [Id(3)] public int Invited { get; init; }

    /// <summary>Provers that hold a lease: they work, or have delivered.</summary>
    [Id(4)] public int Leased { get; init; }

    /// <summary>How many provers were not eligible when last asked, by reason.</summary>
    [Id(5)] public ImmutableSortedDictionary<ReasonCode, int> LeftOut { get; init; } = ImmutableSortedDictionary<ReasonCode, int>.Empty;

    /// <summary>The statements of a batch that have been proved so far.</summary>
    [Id(6)] public ImmutableArray<ProvedStatement> Proved { get; init; } = [];
}

/// <summary>What a run is audited from.</summary>
[GenerateSerializer, Immutable, Alias("pm.TranscriptAnswer")]
public sealed record TranscriptAnswer
{
    /// <summary>Why not; null when the run is known.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>What was ordered; null when refused.</summary>
    [Id(1)] public RunOrder? Order { get; init; }

    /// <summary>What happened, each entry with the hash of all before it.</summary>
    [Id(2)] public ImmutableArray<TranscriptEntry> Transcript { get; init; } = [];
}

/// <summary>Answer to joining a run.</summary>
[GenerateSerializer, Immutable, Alias("pm.JoinAnswer")]
public sealed record JoinAnswer
{
    /// <summary>What to prove; null when refused.</summary>
    [Id(0)] public Assignment? Assignment { get; init; }

    /// <summary>Why not.</summary>
    [Id(1)] public Refusal? Refusal { get; init; }
}

/// <summary>What a lease holder has to prove.</summary>
[GenerateSerializer, Immutable, Alias("pm.Assignment")]
public sealed record Assignment
{
    /// <summary>The run.</summary>
    [Id(0)] public required string RunKey { get; init; }

    /// <summary>The lease.</summary>
    [Id(1)] public required string LeaseId { get; init; }

    /// <summary>The program. Its id says which files it is proved with: a worker has them from its own manifests, and whoever has none asks the program.</summary>
    [Id(2)] public required ProgramSummary Program { get; init; }

    /// <summary>The input or witness; empty for a batch. Private: not to be logged.</summary>
    [Id(3)] public required Bytes Input { get; init; }

    /// <summary>The public inputs the proof must have; empty for a batch.</summary>
    [Id(4)] public required Bytes PublicInputs { get; init; }

    /// <summary>Until when the proof must be delivered.</summary>
    [Id(5)] public required DateTimeOffset Deadline { get; init; }

    /// <summary>What a valid proof is paid at most; of a batch, all of its statements together.</summary>
    [Id(6)] public required Credits Reward { get; init; }

    /// <summary>By when to confirm (<see cref="IRunForWorkers.ConfirmAsync"/>), or the lease lapses; null when there is nothing to confirm.</summary>
    [Id(7)] public DateTimeOffset? ConfirmBy { get; init; }

    /// <summary>The statements of a batch that the holder is to prove, in the order in which it is to work on them; empty for a single statement.</summary>
    [Id(8)] public ImmutableArray<AssignedStatement> Statements { get; init; } = [];

    /// <summary>What whoever delivers first is paid beside the reward if the request is proved (<see cref="Provers.Invitation.Rescue"/>), as of now; nothing
    /// of what provers of the holder's own account have lost.</summary>
    [Id(9)] public Credits Rescue { get; init; }
}

/// <summary>A statement of a batch that a lease holder has to prove.</summary>
[GenerateSerializer, Immutable, Alias("pm.AssignedStatement")]
public sealed record AssignedStatement
{
    /// <summary>The statement's number, named in its submission.</summary>
    [Id(0)] public required int Statement { get; init; }

    /// <summary>The public inputs the proof must have.</summary>
    [Id(1)] public required Bytes PublicInputs { get; init; }

    /// <summary>The input or witness. Private: not to be logged.</summary>
    [Id(2)] public required Bytes Input { get; init; }
}

/// <summary>A proof delivered by a worker.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProofSubmission")]
public sealed record ProofSubmission
{
    /// <summary>The prover.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>The session that holds the lease.</summary>
    [Id(1)] public required string Session { get; init; }

    /// <summary>The public inputs of the proof.</summary>
    [Id(2)] public required Bytes PublicInputs { get; init; }

    /// <summary>The proof.</summary>
    [Id(3)] public required Bytes Proof { get; init; }
}

/// <summary>Answer to a delivered proof.</summary>
[GenerateSerializer, Immutable, Alias("pm.SubmissionAnswer")]
public sealed record SubmissionAnswer
{
    /// <summary>What the proof earned; null when refused.</summary>
    [Id(0)] public Credits? Reward { get; init; }

    /// <summary>Why it was refused; null when it was accepted.</summary>
    [Id(1)] public Refusal? Refusal { get; init; }
}
