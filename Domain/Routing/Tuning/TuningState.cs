using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Forecasts;

namespace ProvingMarket.Domain.Routing.Tuning;

/// <summary>What one requester has got from the market, and which instances were tuned for it.</summary>
[GenerateSerializer, Immutable, Alias("pm.TuningState")]
public sealed record TuningState
{
    /// <summary>A requester of which nothing is known.</summary>
    public static readonly TuningState Empty = new();

    /// <summary>Routed requests that have ended.</summary>
    [Id(0)] public long Outcomes { get; init; }

    /// <summary>The mean of their realised losses, newer ones counting more, in millionths.</summary>
    [Id(1)] public double MeanLossPpm { get; init; }

    /// <summary>What it has got of each instance, by the instance's id.</summary>
    [Id(2)] public ImmutableSortedDictionary<string, ArmRecord> Arms { get; init; } = ImmutableSortedDictionary.Create<string, ArmRecord>(StringComparer.Ordinal);

    /// <summary>The instances tuned for it, by the id of the general instance each takes the place of.</summary>
    [Id(3)] public ImmutableSortedDictionary<string, TunedInstance> Own { get; init; } = ImmutableSortedDictionary.Create<string, TunedInstance>(StringComparer.Ordinal);

    /// <summary>Instances that were tried and were not better; they are not tried again for as long as they are among <see cref="Arms"/>.</summary>
    [Id(4)] public ImmutableSortedSet<string> Retired { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Every promotion and every way back, the oldest first; the last <see cref="TuningRules.HistoryKept"/>.</summary>
    [Id(5)] public ImmutableArray<TuningEvent> History { get; init; } = [];

    /// <summary>Requests counted not long ago, the oldest first: a repeated report is ignored.</summary>
    [Id(6)] public ImmutableArray<string> Recent { get; init; } = [];
}

/// <summary>The realised losses of one instance for one requester, newer ones counting more.</summary>
[GenerateSerializer, Immutable, Alias("pm.ArmRecord")]
public sealed record ArmRecord
{
    /// <summary>The instance.</summary>
    [Id(0)] public required MechanismInstance Instance { get; init; }

    /// <summary>How many outcomes, weighted.</summary>
    [Id(1)] public double Count { get; init; }

    /// <summary>The mean loss, 0–1.</summary>
    [Id(2)] public double Mean { get; init; }

    /// <summary>The sum of the squared deviations from it.</summary>
    [Id(3)] public double Squares { get; init; }

    /// <summary>The number of its last outcome among all of the requester (<see cref="TuningState.Outcomes"/>); 0 when that is not known.</summary>
    [Id(4)] public long LastAt { get; init; }
}

/// <summary>An instance tuned for a requester.</summary>
[GenerateSerializer, Immutable, Alias("pm.TunedInstance")]
public sealed record TunedInstance
{
    /// <summary>The instance.</summary>
    [Id(0)] public required MechanismInstance Instance { get; init; }

    /// <summary>The one it was better than: now and then it is run again, to see whether that is still so.</summary>
    [Id(1)] public required MechanismInstance Previous { get; init; }
}

/// <summary>What tuning changed.</summary>
[GenerateSerializer, Immutable, Alias("pm.TuningEvent")]
public sealed record TuningEvent
{
    /// <summary>When.</summary>
    [Id(0)] public required DateTimeOffset At { get; init; }

    /// <summary>The general instance it is about.</summary>
    [Id(1)] public required string Scope { get; init; }

    /// <summary>The instance that is run from now on.</summary>
    [Id(2)] public required MechanismInstance Now { get; init; }

    /// <summary>The instance that was run until now.</summary>
    [Id(3)] public required MechanismInstance Before { get; init; }

    /// <summary>True when a tuned instance was given up because it was worse.</summary>
    [Id(4)] public bool IsRollback { get; init; }

    /// <summary>By how much the mean realised loss was lower, in millionths.</summary>
    [Id(5)] public required int GainPpm { get; init; }

    /// <summary>P(the instance of now is better), in millionths.</summary>
    [Id(6)] public required int BetterPpm { get; init; }
}

/// <summary>What the router has to know of a requester's tuning.</summary>
[GenerateSerializer, Immutable, Alias("pm.TuningView")]
public sealed record TuningView
{
    /// <summary>Nothing is tuned or tried.</summary>
    public static readonly TuningView Nothing = new();

    /// <summary>By the id of a general instance: what takes its place.</summary>
    [Id(0)] public ImmutableSortedDictionary<string, MechanismInstance> Own { get; init; } = ImmutableSortedDictionary.Create<string, MechanismInstance>(StringComparer.Ordinal);

    /// <summary>By the id of the instance that is run: what is run instead of it now and then, to compare.</summary>
    [Id(1)] public ImmutableSortedDictionary<string, TrialPlan> Trials { get; init; } = ImmutableSortedDictionary.Create<string, TrialPlan>(StringComparer.Ordinal);
}

/// <summary>What may be tried instead of an instance.</summary>
[GenerateSerializer, Immutable, Alias("pm.TrialPlan")]
public sealed record TrialPlan
{
    /// <summary>The one under trial, or the earlier one that a tuned instance is checked against; null when the router is to choose among its neighbours.</summary>
    [Id(0)] public MechanismInstance? Instance { get; init; }

    /// <summary>Neighbours that were tried already.</summary>
    [Id(1)] public ImmutableSortedSet<string> Retired { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>In how many of a hundred requests.</summary>
    [Id(2)] public required int Percent { get; init; }
}
