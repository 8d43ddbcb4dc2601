using System.Collections.Immutable;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.Runs;

/// <summary>The state of a run, whatever its mechanism: the part that all share, to which a mechanism adds what is its own.</summary>
public interface IMechanismState
{
    /// <summary>The part that all mechanisms share.</summary>
    RunState Run { get; }
}

/// <summary>The state of a mechanism's run.</summary>
/// <typeparam name="TSelf">The record that implements it.</typeparam>
public interface IMechanismState<out TSelf> : IMechanismState
    where TSelf : class, IMechanismState<TSelf>
{
    /// <summary>The same state with another shared part.</summary>
    TSelf With(RunState run);
}

/// <summary>What the state of every run has, stored as part of its mechanism's record.</summary>
[GenerateSerializer, Immutable, Alias("pm.RunState")]
public sealed record RunState
{
    /// <summary>The order.</summary>
    [Id(0)] public required RunOrder Order { get; init; }

    /// <summary>The bond under each lease of the run, except where a participant has terms of its own.</summary>
    [Id(1)] public Credits Bond { get; init; }

    /// <summary>Everybody who holds, held or may hold a lease of the run, by prover id.</summary>
    [Id(2)] public ImmutableSortedDictionary<string, RunParticipant> Participants { get; init; } =
        ImmutableSortedDictionary.Create<string, RunParticipant>(StringComparer.Ordinal);

    /// <summary>What happened, in order, for people.</summary>
    [Id(3)] public ImmutableArray<TimelineEntry> Events { get; init; } = [];

    /// <summary>What happened, in order, for audits.</summary>
    [Id(4)] public ImmutableArray<TranscriptEntry> Transcript { get; init; } = [];

    /// <summary>The first verified proof while the run waits for others; released with the report and null from then on.</summary>
    [Id(5)] public AcceptedProof? First { get; init; }

    /// <summary>The end; null while the run is open.</summary>
    [Id(6)] public RunReport? Report { get; init; }
}

/// <summary>A prover in a run.</summary>
[GenerateSerializer, Immutable, Alias("pm.RunParticipant")]
public sealed record RunParticipant
{
    /// <summary>The prover.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>The worker session that holds the lease; while joining, the first that asked for it; empty while the run asks on its own account.</summary>
    [Id(1)] public required string Session { get; init; }

    /// <summary>How far it is.</summary>
    [Id(2)] public required ParticipantStatus Status { get; init; }

    /// <summary>Whether it holds a lease, or is about to take one, and has delivered nothing.</summary>
    public bool IsIn => Status is ParticipantStatus.Joining or ParticipantStatus.Offered or ParticipantStatus.Proving;

    /// <summary>The account to pay; known once the lease is granted.</summary>
    [Id(3)] public string Account { get; init; } = "";

    /// <summary>Why it failed or left.</summary>
    [Id(4)] public ReasonCode Reason { get; init; }

    /// <summary>Its own bond and deadline; null for the run's.</summary>
    [Id(5)] public LeaseTerms? Terms { get; init; }

    /// <summary>Its verified proof; null when there is none.</summary>
    [Id(6)] public ProofDelivery? Delivery { get; init; }

    /// <summary>By when it has to take up the lease that was reserved for it; null when none is, or when it has.</summary>
    [Id(7)] public DateTimeOffset? AnswerBy { get; init; }

    /// <summary>What leaving costs it of its bond, or missing its deadline, when the mechanism says otherwise; null for nothing, and for all of it.</summary>
    [Id(8)] public Credits? Penalty { get; init; }

    /// <summary>When the run asks for its lease again on its own account, while the registry does not know its session; null for at once.</summary>
    [Id(9)] public DateTimeOffset? AskAt { get; init; }
}

/// <summary>What a lease is given under.</summary>
[GenerateSerializer, Immutable, Alias("pm.LeaseTerms")]
public sealed record LeaseTerms
{
    /// <summary>The bond.</summary>
    [Id(0)] public required Credits Bond { get; init; }

    /// <summary>By when a valid proof has to be delivered.</summary>
    [Id(1)] public required DateTimeOffset Deadline { get; init; }

    /// <summary>The work to do; null for one proof of the program.</summary>
    [Id(2)] public WorkUnits? Work { get; init; }
}

/// <summary>The verified proof of a participant, or all that it has delivered of a batch.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProofDelivery")]
public sealed record ProofDelivery
{
    /// <summary>How many participants had delivered with it: 1 for the first.</summary>
    [Id(0)] public required int Place { get; init; }

    /// <summary>When it arrived, the last of a batch.</summary>
    [Id(1)] public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>What it is paid, for all of a batch together.</summary>
    [Id(2)] public required Credits Reward { get; init; }
}

/// <summary>How far a participant is.</summary>
public enum ParticipantStatus
{
    /// <summary>Its lease is being reserved. Durable before the registry is asked, so that no reservation is ever forgotten.</summary>
    Joining = 0,
    /// <summary>It holds a lease and works.</summary>
    Proving = 1,
    /// <summary>It gave its lease back.</summary>
    Left = 2,
    /// <summary>It delivered an invalid proof and is out.</summary>
    Disqualified = 3,
    /// <summary>The registry refused it a lease; it may try again.</summary>
    Refused = 4,
    /// <summary>The run has reserved a lease for it, which it has not taken up yet.</summary>
    Offered = 5,
    /// <summary>It did not take up the lease that was reserved for it in time.</summary>
    Lapsed = 6,
    /// <summary>It delivered a valid proof.</summary>
    Delivered = 7,
    /// <summary>It held a lease and delivered nothing by the lease's own deadline.</summary>
    Missed = 8,
    /// <summary>Others have delivered all that it had been given, before it delivered anything.</summary>
    Released = 9,
}
