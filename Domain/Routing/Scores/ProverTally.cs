using System.Collections.Immutable;

namespace ProvingMarket.Domain.Routing.Scores;

/// <summary>What a registry shard has counted of a prover since the shard was activated: in memory only, so that counting costs no write.</summary>
[GenerateSerializer, Immutable, Alias("pm.ProverTally")]
public sealed record ProverTally
{
    /// <summary>Since when.</summary>
    [Id(0)] public required DateTimeOffset Since { get; init; }

    /// <summary>Runs that looked for provers while it was registered.</summary>
    [Id(1)] public int Runs { get; init; }

    /// <summary>Those of them that it could not take part in, by the first reason.</summary>
    [Id(2)] public ImmutableSortedDictionary<ReasonCode, int> LeftOut { get; init; } = ImmutableSortedDictionary<ReasonCode, int>.Empty;

    /// <summary>Leases it was granted.</summary>
    [Id(3)] public int Leases { get; init; }

    /// <summary>Leases it was refused, by reason.</summary>
    [Id(4)] public ImmutableSortedDictionary<ReasonCode, int> Refused { get; init; } = ImmutableSortedDictionary<ReasonCode, int>.Empty;

    /// <summary>The most leases it held at the same time.</summary>
    [Id(5)] public int MostAtOnce { get; init; }

    /// <summary>How long it took for its last proofs, from lease to delivery, the oldest first.</summary>
    [Id(6)] public ImmutableArray<TimeSpan> Times { get; init; } = [];

    /// <summary>The part of the time since it was first seen that its worker was connected, in millionths.</summary>
    [Id(7)] public int ConnectedPpm { get; init; }

    /// <summary>Runs that looked for provers not long ago, the newest last.</summary>
    [Id(8)] public ImmutableArray<Demand> Demands { get; init; } = [];

    /// <summary>Runs that were announced to it.</summary>
    [Id(9)] public InvitationTally Announced { get; init; } = InvitationTally.None;
}

/// <summary>What was counted of a prover's invitations, in memory only: of announcements by its registry shard, of others by itself.</summary>
[GenerateSerializer, Immutable, Alias("pm.InvitationTally")]
public sealed record InvitationTally
{
    /// <summary>Nothing counted.</summary>
    public static readonly InvitationTally None = new();

    /// <summary>Since when.</summary>
    [Id(0)] public DateTimeOffset Since { get; init; }

    /// <summary>Runs it was invited to, by mechanism.</summary>
    [Id(1)] public ImmutableSortedDictionary<string, int> Invited { get; init; } = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>How these ended for it, by reason.</summary>
    [Id(2)] public ImmutableSortedDictionary<ReasonCode, int> Ended { get; init; } = ImmutableSortedDictionary<ReasonCode, int>.Empty;

    /// <summary>Both together; everything since the later of the two beginnings is counted.</summary>
    public InvitationTally With(InvitationTally other) => new()
    {
        Since = other.Since > Since ? other.Since : Since, Invited = Invited.Plus(other.Invited), Ended = Ended.Plus(other.Ended),
    };
}
