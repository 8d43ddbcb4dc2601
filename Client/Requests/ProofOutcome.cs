using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Client;

/// <summary>How a request ended: with a verified proof, or with the reason there is none.</summary>
public sealed record ProofOutcome
{
    /// <summary>The request.</summary>
    public required string RequestId { get; init; }

    /// <summary>Its final status; null when there is no such request.</summary>
    public RequestStatus? Status { get; init; }

    /// <summary>The proof in its system's format; empty when there is none.</summary>
    public Bytes Proof { get; init; }

    /// <summary>The public inputs it was verified for; empty when there is none.</summary>
    public Bytes PublicInputs { get; init; }

    /// <summary>The proofs of a batch, by statement: all of them when it was fulfilled, and those that were made, and paid, when it was not. Empty for a single
    /// statement.</summary>
    public ImmutableArray<StatementOutcome> Statements { get; init; } = [];

    /// <summary>Why there is no proof, or not all of a batch; null when there is.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>True when there is a proof, for a batch one of every statement.</summary>
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsDelivered => Refusal is null;

    /// <summary>This outcome, for callers that prefer exceptions.</summary>
    /// <exception cref="ProofNotDeliveredException">There is no proof.</exception>
    public ProofOutcome EnsureDelivered() => IsDelivered ? this : throw new ProofNotDeliveredException(this);

    /// <summary>The refusal that says in one value why a request ended without a proof.</summary>
    internal static Refusal ReasonOf(RequestStatus status) =>
        status.Refusal ?? Domain.Refusal.Of(
            status.Outcome == ReasonCode.None ? ReasonCode.ProofNotAvailable : status.Outcome,
            "request", $"{RequestPhase.Fulfilled}", $"{status.Phase}");
}

/// <summary>The proof of one statement of a batch.</summary>
public sealed record StatementOutcome
{
    /// <summary>The statement: its place in the request's list, from 0.</summary>
    public required int Statement { get; init; }

    /// <summary>Who proved it.</summary>
    public required string ProverId { get; init; }

    /// <summary>The proof in its system's format.</summary>
    public required Bytes Proof { get; init; }

    /// <summary>The public inputs it was verified for.</summary>
    public required Bytes PublicInputs { get; init; }
}

/// <summary>A request ended without a proof. Thrown by <see cref="ProofOutcome.EnsureDelivered"/> only.</summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "It always has an outcome.")]
public sealed class ProofNotDeliveredException : Exception
{
    /// <summary>Wraps an outcome without a proof.</summary>
    public ProofNotDeliveredException(ProofOutcome outcome) : base($"Request {outcome.RequestId} ended without a proof: {outcome.Refusal}") =>
        Outcome = outcome;

    /// <summary>How the request ended.</summary>
    public ProofOutcome Outcome { get; }
}
