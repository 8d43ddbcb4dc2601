using ProvingMarket.Client;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>Something a client or worker was told. From then on it may rely on it.</summary>
internal abstract record Observation;

/// <summary>A requester was told that its request is accepted.</summary>
/// <param name="Spec">The request as it was submitted.</param>
internal sealed record SubmissionAcknowledged(ProofRequestSpec Spec) : Observation;

/// <summary>A requester's submission was refused.</summary>
/// <param name="Spec">The request as it was submitted.</param>
/// <param name="Refusal">Why.</param>
internal sealed record SubmissionRefused(ProofRequestSpec Spec, Refusal Refusal) : Observation;

/// <summary>A requester saw its request's status.</summary>
/// <param name="Status">The status.</param>
internal sealed record StatusSeen(RequestStatus Status) : Observation;

/// <summary>A requester was told how its request ended, with the proof when there is one.</summary>
/// <param name="Outcome">The outcome.</param>
internal sealed record OutcomeSeen(ProofOutcome Outcome) : Observation;

/// <summary>A requester was told that its wish to cancel is taken.</summary>
/// <param name="RequestId">The request.</param>
internal sealed record CancellationAcknowledged(string RequestId) : Observation;

/// <summary>A requester was told that its deposit is made.</summary>
/// <param name="Account">The account.</param>
/// <param name="EntryId">The deposit's id.</param>
/// <param name="Amount">How much.</param>
internal sealed record DepositAcknowledged(string Account, string EntryId, Credits Amount) : Observation;

/// <summary>A prover was told that its stake is deposited.</summary>
/// <param name="ProverId">The prover.</param>
/// <param name="EntryId">The deposit's id.</param>
/// <param name="Amount">How much.</param>
internal sealed record StakeAcknowledged(string ProverId, string EntryId, Credits Amount) : Observation;

/// <summary>A worker was given a lease.</summary>
/// <param name="RunKey">The run.</param>
/// <param name="ProverId">The prover.</param>
internal sealed record LeaseAcknowledged(string RunKey, string ProverId) : Observation;

/// <summary>A worker was told that its proof is accepted.</summary>
/// <param name="RunKey">The run.</param>
/// <param name="ProverId">The prover.</param>
/// <param name="Reward">What it earned.</param>
internal sealed record RewardAcknowledged(string RunKey, string ProverId, Credits Reward) : Observation;

/// <summary>A worker was told that its proof of one statement of a batch is accepted.</summary>
/// <param name="RunKey">The run.</param>
/// <param name="ProverId">The prover.</param>
/// <param name="Statement">The statement.</param>
/// <param name="Reward">What it earned.</param>
internal sealed record StatementRewardAcknowledged(string RunKey, string ProverId, int Statement, Credits Reward) : Observation;

/// <summary>A client or worker was thrown an exception that is neither an outage nor a refusal.</summary>
/// <param name="Who">The process.</param>
/// <param name="What">What it was doing.</param>
/// <param name="Exception">What it was thrown.</param>
internal sealed record ClientBroke(string Who, string What, Exception Exception) : Observation;
