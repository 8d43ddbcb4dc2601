using System.Collections.Immutable;
using Orleans.Concurrency;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;

namespace ProvingMarket.Grains.Interfaces.Requests;

/// <summary>A proof request, keyed by its id.</summary>
[Alias("pm.IProofRequestGrain")]
public interface IProofRequestGrain : IRequestForClients, IRequestForMarket;

/// <summary>What clients call on a request.</summary>
[Alias("pm.IRequestForClients")]
public interface IRequestForClients : IGrainWithStringKey
{
    /// <summary>Submits the request. When the answer has a status, the request is durable and its price is held. Repeatable with the same body:
    /// gives the status it has; another body is refused with <see cref="ReasonCode.RequestIdConflict"/>, and the same one, long after its end, with
    /// <see cref="ReasonCode.RequestForgotten"/>.</summary>
    [Alias("Submit")]
    Task<SubmitAnswer> SubmitAsync(ProofRequestSpec spec);

    /// <summary>Where the request stands; null when there is none.</summary>
    [Alias("GetStatus"), AlwaysInterleave]
    Task<RequestStatus?> GetStatusAsync();

    /// <summary>Waits until the status is newer than <paramref name="afterVersion"/>, or with <see cref="RequestStatus.NothingButTheEnd"/> until the request has ended, at most
    /// <paramref name="atMost"/> (up to 20 s), and returns the status there is then.</summary>
    [Alias("Watch"), AlwaysInterleave]
    Task<RequestStatus?> WatchAsync(long afterVersion, TimeSpan atMost, CancellationToken cancellationToken = default);

    /// <summary>Waits until the request has ended, at most <paramref name="atMost"/> (up to 20 s), and returns the status there is then; with it the proof when there is
    /// one. The proofs of a batch are fetched one by one (<see cref="GetProofAsync"/>). May be repeated.</summary>
    [Alias("WaitForEnd"), AlwaysInterleave]
    Task<EndAnswer> WaitForEndAsync(TimeSpan atMost, CancellationToken cancellationToken = default);

    /// <summary>The verified proof of a fulfilled request; of a batch that has ended, also of one that was not fulfilled, the proof of a statement. Refuses with
    /// <see cref="ReasonCode.ProofNotAvailable"/>, and with <see cref="ReasonCode.RequestForgotten"/> from when its records begin to be deleted.</summary>
    /// <param name="statement">The statement of a batch; 0 otherwise.</param>
    [Alias("GetProof"), AlwaysInterleave]
    Task<ProofAnswer> GetProofAsync(int statement = 0);

    /// <summary>Why the request is served as it is: the plan with the table that decided it, what happened, and once it has ended how what it got compares.
    /// Refuses with <see cref="ReasonCode.RequestUnknown"/>.</summary>
    [Alias("Explain"), AlwaysInterleave]
    Task<RequestExplanation> ExplainAsync();

    /// <summary>Called by whoever audits the request: what it remembers of its stages, and what it pays; null when there is no such request, and
    /// from when its records begin to be deleted.</summary>
    [Alias("GetRecord"), AlwaysInterleave]
    Task<RequestRecord?> GetRecordAsync();

    /// <summary>Cancels the request unless a proof has already been accepted; the hold is refunded. Of a batch, statements that have been proved are paid, and only the
    /// rest is refunded. Repeatable.</summary>
    [Alias("Cancel")]
    Task<CancelAnswer> CancelAsync();
}

/// <summary>What the rest of the market calls on a request.</summary>
[Alias("pm.IRequestForMarket")]
public interface IRequestForMarket : IGrainWithStringKey
{
    /// <summary>Called by the request itself when it was dropped: look at the run and go on. A hint that returns at once and may be lost or repeated.</summary>
    [Alias("Poke"), AlwaysInterleave]
    Task PokeAsync();

    /// <summary>Called by watch shards: look at the run and go on, and tell whether there is anything to watch over. Returns at once. Repeatable.</summary>
    /// <returns>False when nothing was written of a request of this id and nobody is submitting it: who submits it later has it watched again.</returns>
    [Alias("Wake"), AlwaysInterleave]
    Task<bool> WakeAsync();

    /// <summary>Called by runs: how far the run is. A report in it is durable. A hint that returns at once and may be lost, repeated or overtaken by a
    /// newer one: what matters in it the request can ask the run for.</summary>
    [Alias("Hear"), AlwaysInterleave, OneWay]
    Task HearAsync(string runKey, RunProgress progress);

    /// <summary>Called by watchers of a request that ended long ago: deletes its records and those of its runs, all but the fact that its id was used. Does so
    /// only when it has ended, is settled, and the market's retention is over. Repeatable.</summary>
    /// <returns>False when it is not to be deleted yet; true when nothing is left, or nothing ever was there.</returns>
    [Alias("Forget")]
    Task<bool> ForgetAsync();

    /// <summary>Called by runs when a prover has taken a lease: the input or witness; empty when there is no such request.</summary>
    [Alias("GetInput"), AlwaysInterleave]
    Task<Bytes> GetInputAsync();

    /// <summary>Called by runs when a prover has taken a lease on statements of a batch: their inputs, in this order; empty ones for statements there are not.</summary>
    [Alias("GetStatementInputs"), AlwaysInterleave]
    Task<ImmutableArray<Bytes>> GetStatementInputsAsync(ImmutableArray<int> statements);
}

/// <summary>Answer to a submission.</summary>
[GenerateSerializer, Immutable, Alias("pm.SubmitAnswer")]
public sealed record SubmitAnswer
{
    /// <summary>The status; null when the submission was refused.</summary>
    [Id(0)] public RequestStatus? Status { get; init; }

    /// <summary>Why it was refused.</summary>
    [Id(1)] public Refusal? Refusal { get; init; }

    /// <summary>What the request of this id is and the refused one is not; null when it was not refused for that (<see cref="ReasonCode.RequestIdConflict"/>), and when the market keeps
    /// no more of the request than that its id was used.</summary>
    [Id(2)] public RequestConflict? Conflict { get; init; }
}

/// <summary>How a request differs from one that was submitted before with its id.</summary>
[GenerateSerializer, Immutable, Alias("pm.RequestConflict")]
public sealed record RequestConflict
{
    /// <summary>The fields that differ (<see cref="RequestRules.DifferencesOf"/>).</summary>
    [Id(0)] public required ImmutableArray<string> Fields { get; init; }

    /// <summary>When the first one was submitted, by the market's clock.</summary>
    [Id(1)] public required DateTimeOffset SubmittedAt { get; init; }

    /// <summary>The soft deadline of the first.</summary>
    [Id(2)] public required DateTimeOffset SoftDeadline { get; init; }

    /// <summary>The hard deadline of the first.</summary>
    [Id(3)] public required DateTimeOffset HardDeadline { get; init; }
}

/// <summary>Answer to a cancellation.</summary>
[GenerateSerializer, Immutable, Alias("pm.CancelAnswer")]
public sealed record CancelAnswer
{
    /// <summary>The status; cancelled once it is final.</summary>
    [Id(0)] public RequestStatus? Status { get; init; }

    /// <summary>Why it cannot be cancelled.</summary>
    [Id(1)] public Refusal? Refusal { get; init; }
}

/// <summary>A request as its requester sees it.</summary>
[GenerateSerializer, Immutable, Alias("pm.RequestStatus")]
public sealed record RequestStatus
{
    /// <summary>A version that no request reaches: who waits for a newer one waits for the end.</summary>
    public const long NothingButTheEnd = long.MaxValue;

    /// <summary>The request.</summary>
    [Id(0)] public required string RequestId { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(1)] public required RequestPhase Phase { get; init; }

    /// <summary>Grows with every change.</summary>
    [Id(2)] public required long Version { get; init; }

    /// <summary>Everything that happened, with times and reasons.</summary>
    [Id(3)] public required ImmutableArray<TimelineEntry> Timeline { get; init; }

    /// <summary>Why it ended, or is ending.</summary>
    [Id(4)] public ReasonCode Outcome { get; init; }

    /// <summary>Who delivered the proof, or all proofs of a batch; null when several did.</summary>
    [Id(5)] public string? ProverId { get; init; }

    /// <summary>What was paid out of the hold; null before that is decided.</summary>
    [Id(6)] public Credits? Paid { get; init; }

    /// <summary>The refusal that rejected it, or <see cref="ReasonCode.RequestForgotten"/> when the market keeps no more of it than this status.</summary>
    [Id(7)] public Refusal? Refusal { get; init; }

    /// <summary>How many provers were invited.</summary>
    [Id(8)] public int Invited { get; init; }

    /// <summary>How many provers hold a lease now.</summary>
    [Id(9)] public int Racing { get; init; }

    /// <summary>How many provers were not eligible when last asked, by reason.</summary>
    [Id(10)] public ImmutableSortedDictionary<ReasonCode, int> LeftOut { get; init; } = ImmutableSortedDictionary<ReasonCode, int>.Empty;

    /// <summary>How many statements a batch has; 0 for a single statement.</summary>
    [Id(11)] public int Statements { get; init; }

    /// <summary>Which statements of a batch have been proved, and by whom. Their proofs can be had when the request has ended.</summary>
    [Id(12)] public ImmutableArray<ProvedStatement> Proved { get; init; } = [];
}

/// <summary>Where a request stands, and its proof if it has ended with one.</summary>
[GenerateSerializer, Immutable, Alias("pm.EndAnswer")]
public sealed record EndAnswer
{
    /// <summary>The status; null when there is no such request.</summary>
    [Id(0)] public RequestStatus? Status { get; init; }

    /// <summary>The proof of a request that is fulfilled, or why it cannot be had; null of any other, and of a batch.</summary>
    [Id(1)] public ProofAnswer? Proof { get; init; }
}

/// <summary>A verified proof.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProofAnswer")]
public sealed record ProofAnswer
{
    /// <summary>The proof in the proof system's format; empty when refused.</summary>
    [Id(0)] public Bytes Proof { get; init; }

    /// <summary>Its public inputs; empty when refused.</summary>
    [Id(1)] public Bytes PublicInputs { get; init; }

    /// <summary>Why there is none.</summary>
    [Id(2)] public Refusal? Refusal { get; init; }
}
