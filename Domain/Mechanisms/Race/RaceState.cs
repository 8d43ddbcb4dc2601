using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.Race;

/// <summary>A race as it is stored.</summary>
[GenerateSerializer, Immutable, Alias("pm.RaceState")]
public sealed record RaceState : IMechanismState<RaceState>
{
    /// <summary>What it shares with runs of other mechanisms.</summary>
    [Id(0)] public required RunState Run { get; init; }

    /// <summary>The parameters read from the order.</summary>
    [Id(1)] public required RaceParameters Parameters { get; init; }

    /// <summary>The order.</summary>
    public RunOrder Order => Run.Order;

    /// <summary>Everybody who joined or tried to, by prover id.</summary>
    public ImmutableSortedDictionary<string, RunParticipant> Participants => Run.Participants;

    /// <summary>What happened, in order.</summary>
    public ImmutableArray<TimelineEntry> Events => Run.Events;

    /// <summary>The end; null while the race is open.</summary>
    public RunReport? Report => Run.Report;

    /// <inheritdoc/>
    public RaceState With(RunState run) => this with { Run = run };
}
