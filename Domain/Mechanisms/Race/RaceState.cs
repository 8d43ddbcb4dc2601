using System.Collections.Immutable;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.Race;

/// <summary>A race as it is stored.</summary>
[GenerateSerializer, Immutable, Alias("pm.RaceState")]
public sealed record RaceState
{
    /// <summary>The order.</summary>
    [Id(0)] public required RunOrder Order { get; init; }

    /// <summary>The parameters read from the order.</summary>
    [Id(1)] public required RaceParameters Parameters { get; init; }

    /// <summary>Everybody who joined or tried to, by prover id.</summary>
    [Id(2)] public ImmutableSortedDictionary<string, RaceParticipant> Participants { get; init; } =
        ImmutableSortedDictionary<string, RaceParticipant>.Empty;

    /// <summary>What happened, in order.</summary>
    [Id(3)] public ImmutableArray<TimelineEntry> Events { get; init; } = [];

    /// <summary>The end; null while the race is open.</summary>
    [Id(4)] public RunReport? Report { get; init; }
}

/// <summary>A prover in a race.</summary>
[GenerateSerializer, Immutable, Alias("pm.RaceParticipant")]
public sealed record RaceParticipant
{
    /// <summary>The prover.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>The worker session that holds the lease; while joining, the first that asked for it.</summary>
    [Id(1)] public required string Session { get; init; }

    /// <summary>How far it is.</summary>
    [Id(2)] public required ParticipantStatus Status { get; init; }

    /// <summary>The account to pay; known once the lease is granted.</summary>
    [Id(3)] public string Account { get; init; } = "";

    /// <summary>Why it failed or left.</summary>
    [Id(4)] public ReasonCode Reason { get; init; }
}

/// <summary>How far a participant is.</summary>
public enum ParticipantStatus
{
    /// <summary>Its lease is being reserved. Durable before the registry is asked, so that no reservation is ever forgotten.</summary>
    Joining = 0,
    /// <summary>It holds a lease.</summary>
    Racing = 1,
    /// <summary>It gave its lease back.</summary>
    Left = 2,
    /// <summary>It delivered an invalid proof and is out.</summary>
    Disqualified = 3,
    /// <summary>The registry refused it a lease; it may try again.</summary>
    Refused = 4,
}
