namespace ProvingMarket.Domain.Requests;

/// <summary>Where a request stands. It only moves forward; the last five are final.</summary>
public enum RequestPhase
{
    /// <summary>Received and durable, not yet acknowledged.</summary>
    Submitted = 0,
    /// <summary>Money is held and a plan is made.</summary>
    Routed = 1,
    /// <summary>A run invites provers.</summary>
    Open = 2,
    /// <summary>At least one prover holds a lease.</summary>
    Assigned = 3,
    /// <summary>A proof has arrived and is being verified.</summary>
    Verifying = 4,
    /// <summary>The outcome is decided; money and leases are being settled.</summary>
    Settling = 5,
    /// <summary>A verified proof was delivered and paid.</summary>
    Fulfilled = 10,
    /// <summary>Refused after it was received; nothing was held or it was refunded.</summary>
    Rejected = 11,
    /// <summary>Cancelled by the requester; refunded.</summary>
    Cancelled = 12,
    /// <summary>The hard deadline passed; refunded.</summary>
    Expired = 13,
    /// <summary>The market failed to serve it for another reason; refunded.</summary>
    Failed = 14,
}

/// <summary>Questions about phases.</summary>
public static class RequestPhases
{
    /// <summary>True when nothing more will happen.</summary>
    public static bool IsFinal(this RequestPhase phase) => phase >= RequestPhase.Fulfilled;
}
