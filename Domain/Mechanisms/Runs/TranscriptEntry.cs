namespace ProvingMarket.Domain.Mechanisms.Runs;

/// <summary>One entry of a run's transcript: what anyone needs to compute the outcome again. Its hash covers the entry before.</summary>
[GenerateSerializer, Immutable, Alias("pm.TranscriptEntry")]
public sealed record TranscriptEntry
{
    /// <summary>What happened.</summary>
    [Id(0)] public required TranscriptKind Kind { get; init; }

    /// <summary>When.</summary>
    [Id(1)] public required DateTimeOffset At { get; init; }

    /// <summary>The prover concerned; null when it concerns no single one.</summary>
    [Id(2)] public string? ProverId { get; init; }

    /// <summary>What is needed to compute with it; see <see cref="TranscriptKind"/>.</summary>
    [Id(3)] public string Value { get; init; } = "";

    /// <summary>SHA-256 over the hash of the entry before and the other fields.</summary>
    [Id(4)] public required Bytes Hash { get; init; }
}

/// <summary>What a transcript entry says, and what its value is.</summary>
public enum TranscriptKind
{
    /// <summary>The run was opened; the digest of its order (<see cref="RunOrderRules.DigestOf"/>).</summary>
    Opened = 1,
    /// <summary>Randomness was committed to before it was known for what it would be used; source and commitment.</summary>
    BeaconCommitted = 2,
    /// <summary>The randomness that was committed to.</summary>
    BeaconRevealed = 3,
    /// <summary>Who could be drawn, and with which weights.</summary>
    Candidates = 4,
    /// <summary>Who was drawn, in order.</summary>
    Drawn = 5,
    /// <summary>A prover committed to something; its digest.</summary>
    Committed = 6,
    /// <summary>A prover revealed what it had committed to.</summary>
    Revealed = 7,
    /// <summary>A lease was reserved for a prover that has not taken it up yet.</summary>
    Offered = 8,
    /// <summary>A prover holds a lease; its bond in micro-credits.</summary>
    Leased = 9,
    /// <summary>A prover gave its lease back; the reason.</summary>
    Returned = 10,
    /// <summary>A prover did not take up its lease in time.</summary>
    Lapsed = 11,
    /// <summary>A valid proof; its digest, which is bound to its prover (<see cref="TranscriptRules.DigestOf"/>).</summary>
    Proof = 12,
    /// <summary>An invalid proof; the reason.</summary>
    ProofRefused = 13,
    /// <summary>A payment was decided; micro-credits.</summary>
    Paid = 14,
    /// <summary>The run ended; the reason.</summary>
    Closed = 15,
    /// <summary>A lease was missed at a deadline of its own.</summary>
    Missed = 16,
}
