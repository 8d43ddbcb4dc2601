using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Domain.Programs;
using ProvingMarket.Grains;
using ProvingMarket.Simulation.Provers;

namespace ProvingMarket.Simulation.Worlds;

/// <summary>Who is in a world and how the market is set up there: drawn from its seed.</summary>
internal sealed record WorldPlan
{
    /// <summary>How many requests are made.</summary>
    public required int Lifecycles { get; init; }

    /// <summary>Sets the market's options.</summary>
    public required Action<MarketOptions> Market { get; init; }

    /// <summary>How long the market keeps records of requests that have ended.</summary>
    public required TimeSpan Retention { get; init; }

    /// <summary>True when the world lives on until they have been deleted.</summary>
    public required bool IsSweptAtTheEnd { get; init; }

    /// <summary>The programs requests are for.</summary>
    public required ImmutableArray<ProgramDefinition> Programs { get; init; }

    /// <summary>Who asks.</summary>
    public required ImmutableArray<RequesterPlan> Requesters { get; init; }

    /// <summary>Who proves.</summary>
    public required ImmutableArray<ProverPlan> Provers { get; init; }

    /// <summary>True when nothing at all goes wrong, so that what is promised for calm times can be checked.</summary>
    public required bool IsCalm { get; init; }

    /// <summary>The mechanisms that requesters name.</summary>
    public required ImmutableArray<string> Mechanisms { get; init; }

    /// <summary>True when requesters leave the choice to the market as often as not: where all mechanisms are there.</summary>
    public required bool LeavesChoice { get; init; }

    /// <summary>True when grains call each other in place, as on one machine; otherwise their calls travel and can be lost, as in a cluster.</summary>
    public required bool IsOneMachine { get; init; }
}

/// <summary>A process that makes requests.</summary>
internal sealed record RequesterPlan
{
    /// <summary>Its name, which begins the ids of its requests.</summary>
    public required string Name { get; init; }

    /// <summary>The account it pays from; several may share one.</summary>
    public required string Account { get; init; }

    /// <summary>What it puts on the account when it starts.</summary>
    public required Credits Funds { get; init; }

    /// <summary>How many requests it makes.</summary>
    public required int Requests { get; init; }

    /// <summary>How many of them at the same time.</summary>
    public required int Lanes { get; init; }

    /// <summary>True for one that is out for the money of others, or for trouble.</summary>
    public bool IsHostile { get; init; }

    /// <summary>How long its client repeats a call without an answer.</summary>
    public required TimeSpan GivesUpAfter { get; init; }
}

/// <summary>A prover.</summary>
internal sealed record ProverPlan
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>How it behaves.</summary>
    public required ProverConduct Conduct { get; init; }

    /// <summary>The account that is paid, and that its stake comes from.</summary>
    public required string Account { get; init; }

    /// <summary>What is put on its account.</summary>
    public required Credits Funds { get; init; }

    /// <summary>Its stake.</summary>
    public required Credits Stake { get; init; }

    /// <summary>The slots it offers.</summary>
    public required int Slots { get; init; }

    /// <summary>The throughput it really has, in thousandths of a work unit a second.</summary>
    public required long MilliUnitsPerSecond { get; init; }

    /// <summary>The least it wants for a work unit.</summary>
    public required Credits AskPerUnit { get; init; }

    /// <summary>The programs it serves.</summary>
    public required ImmutableArray<ProgramDefinition> Programs { get; init; }
}
