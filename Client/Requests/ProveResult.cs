using System.Diagnostics.CodeAnalysis;
using ProvingMarket.Domain;
using ProvingMarket.Grains.Interfaces.Requests;

namespace ProvingMarket.Client;

/// <summary>The market's answer to a request for a proof: accepted with a handle, or refused with a reason.</summary>
public sealed class ProveResult
{
    private ProveResult(ProofHandle? handle, Refusal? refusal, RequestConflict? conflict) => (Handle, Refusal, Conflict) = (handle, refusal, conflict);

    /// <summary>True when the request was accepted.</summary>
    [MemberNotNullWhen(true, nameof(Handle)), MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsAccepted => Handle is not null;

    /// <summary>The accepted request; null when it was refused.</summary>
    public ProofHandle? Handle { get; }

    /// <summary>Why it was refused; null when it was accepted.</summary>
    public Refusal? Refusal { get; }

    /// <summary>How it differs from the request that was submitted before with its id, when it was refused for that and the market still knows.</summary>
    public RequestConflict? Conflict { get; }

    /// <summary>An accepted request.</summary>
    public static ProveResult Accepted(ProofHandle handle) => new(handle, null, null);

    /// <summary>A refused request.</summary>
    public static ProveResult Refused(Refusal refusal, RequestConflict? conflict = null) => new(null, refusal, conflict);

    /// <summary>The handle, for callers that prefer exceptions.</summary>
    /// <exception cref="RequestRefusedException">The market refused.</exception>
    public ProofHandle EnsureAccepted() => IsAccepted ? Handle : throw new RequestRefusedException(Refusal);
}

/// <summary>The market refused a request. Thrown by <see cref="ProveResult.EnsureAccepted"/> only.</summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "A refusal without its reason is useless.")]
public sealed class RequestRefusedException : Exception
{
    /// <summary>Wraps a refusal.</summary>
    public RequestRefusedException(Refusal refusal) : base(refusal.ToString()) => Refusal = refusal;

    /// <summary>Why.</summary>
    public Refusal Refusal { get; }
}
