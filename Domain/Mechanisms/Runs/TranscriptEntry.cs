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
    /// <summary>Randomness was committed to before candidates were looked for; source and commitment.</summary>
    BeaconCommitted = 2,
    /// <summary>The randomness that was committed to.</summary>
    BeaconRevealed = 3,
    /// <summary>Who could be drawn, and with which weights.</summary>
    Candidates = 4,
    /// <summary>Who was drawn, in order.</summary>
    Drawn = 5,
    /// <summary>A prover committed to a bid; its digest, the prover's probability of failing in millionths and the account it is paid on. Entries of before the account was entered end with the
    /// probability.</summary>
    Committed = 6,
    /// <summary>A prover revealed what it had committed to.</summary>
    Revealed = 7,
    /// <summary>A lease was reserved for a prover that has not taken it up yet.</summary>
    Offered = 8,
    /// <summary>A prover holds a lease; its bond in micro-credits and the account it is paid on.</summary>
    Leased = 9,
    /// <summary>A prover gave its lease back; the reason.</summary>
    Returned = 10,
    /// <summary>A prover did not take up its lease in time.</summary>
    Lapsed = 11,
    /// <summary>A valid proof; its digest, which is bound to its prover (<see cref="TranscriptRules.DigestOf"/>), and when it arrived, in ticks; before them, in a
    /// committee, the number of the statement.</summary>
    Proof = 12,
    /// <summary>An invalid proof; the reason.</summary>
    ProofRefused = 13,
    /// <summary>A payment was decided; micro-credits.</summary>
    Paid = 14,
    /// <summary>The run ended; the reason.</summary>
    Closed = 15,
    /// <summary>A lease was missed at a deadline of its own; what is lost of the bond in micro-credits, when that is not all of it.</summary>
    Missed = 16,
    /// <summary>A lease could not be reserved for a prover that was drawn; the reason.</summary>
    NotReserved = 17,
    /// <summary>A prover asked for the lock on a run; the price of that moment in micro-credits and the lock's deadline in UTC ticks.</summary>
    Locked = 18,
    /// <summary>The lock was lost: a race to rescue the request begins.</summary>
    RescueOpened = 19,
    /// <summary>A phase of an auction ended; its name.</summary>
    PhaseEnded = 20,
    /// <summary>A prover was awarded the run; what it is paid in micro-credits and the deadline in UTC ticks.</summary>
    Awarded = 21,
    /// <summary>The best asks in the book that an order could be filled from, the best first.</summary>
    Quoted = 22,
    /// <summary>An order was filled: the prover's ask, and what its proof is paid in micro-credits.</summary>
    Matched = 23,
    /// <summary>A prover that has given its lease back loses a part of its bond; micro-credits.</summary>
    Penalised = 24,
    /// <summary>Who was silent in the requester's last run of this kind for this program, after that run's key.</summary>
    Absent = 25,
    /// <summary>A prover was called to a seat of a committee; the seat, and the statements in the order in which it works on them.</summary>
    Seated = 26,
    /// <summary>Who was silent in this run.</summary>
    Silent = 27,
    /// <summary>Nobody could be heard for a while, and the time of a phase begins anew; its name. Of an award also its prover: the award follows again, or it is let go for
    /// want of time.</summary>
    Resumed = 28,
    /// <summary>Who has come among those who could be drawn, or changed in weight, since the draw before, and who has gone; whoever was drawn then is none of them.</summary>
    CandidatesChanged = 29,
}
