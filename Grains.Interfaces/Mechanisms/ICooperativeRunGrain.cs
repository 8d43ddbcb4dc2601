using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Cooperative;

namespace ProvingMarket.Grains.Interfaces.Mechanisms;

/// <summary>A committee on one request. Members are called as elected provers are; the assignment of a batch names the statements of the member's seat. A single
/// statement is delivered with <see cref="IRunForWorkers.SubmitAsync"/>, those of a batch with <see cref="ICooperativeForWorkers.SubmitManyAsync"/>.</summary>
[Alias("pm.ICooperativeRunGrain")]
public interface ICooperativeRunGrain : IMechanismRunGrain, ICooperativeForWorkers;

/// <summary>What workers call on the run of a batch beside what they call on every run.</summary>
[Alias("pm.ICooperativeForWorkers")]
public interface ICooperativeForWorkers : IGrainWithStringKey
{
    /// <summary>Delivers proofs of some statements, verified together before the answer. Each is answered for itself: what it earned, or why it was refused
    /// (<see cref="ReasonCode.StatementDelivered"/> when somebody was faster). An invalid one ends the membership; the valid ones with it are paid all the same.
    /// Repeatable: who has delivered a statement gets the same answer again.</summary>
    [Alias("SubmitMany")]
    Task<BatchAnswer> SubmitManyAsync(BatchSubmission submission);
}

/// <summary>Proofs of some statements of a batch.</summary>
[GenerateSerializer, Immutable, Alias("pm.BatchSubmission")]
public sealed record BatchSubmission
{
    /// <summary>The prover.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>The session that holds the lease.</summary>
    [Id(1)] public required string Session { get; init; }

    /// <summary>The proofs, 1 to <see cref="MarketLimits.SubmissionProofs"/>, each of another statement.</summary>
    [Id(2)] public required ImmutableArray<StatementProof> Proofs { get; init; }
}

/// <summary>A proof of one statement of a batch.</summary>
[GenerateSerializer, Immutable, Alias("pm.StatementProof")]
public sealed record StatementProof
{
    /// <summary>The statement.</summary>
    [Id(0)] public required int Statement { get; init; }

    /// <summary>The public inputs of the proof.</summary>
    [Id(1)] public required Bytes PublicInputs { get; init; }

    /// <summary>The proof.</summary>
    [Id(2)] public required Bytes Proof { get; init; }
}

/// <summary>Answer to proofs of some statements.</summary>
[GenerateSerializer, Immutable, Alias("pm.BatchAnswer")]
public sealed record BatchAnswer
{
    /// <summary>Why none of them was looked at; null when they were.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>The answer to each, in their order.</summary>
    [Id(1)] public ImmutableArray<SubmissionAnswer> Answers { get; init; } = [];

    /// <summary>The statements that the prover is still to prove; others need no more work.</summary>
    [Id(2)] public ImmutableArray<int> Left { get; init; } = [];
}

/// <summary>What a requester's committees for one program remember from one run to the next, keyed <see cref="GrainKeys.Committee"/>: read by a run before it draws,
/// written once by a run that has ended. Only runs of the same requester and program meet here.</summary>
[Alias("pm.ICommitteeGrain")]
public interface ICommitteeGrain : IGrainWithStringKey
{
    /// <summary>Called by runs: what is remembered of the last run; null when there was none.</summary>
    [Alias("GetLast")]
    Task<CommitteeRecord?> GetLastAsync();

    /// <summary>Called by runs that have ended. Repeatable, in any order: what is remembered is the run that ended last.</summary>
    [Alias("Note")]
    Task NoteAsync(CommitteeRecord record);
}
