using System.Collections.Immutable;
using ProvingMarket.Grains;
using ProvingMarket.Simulation.Requesters;

namespace ProvingMarket.Simulation.Worlds;

/// <summary>What a world is made from.</summary>
internal sealed record WorldOptions
{
    /// <summary>The classes of the market's grains.</summary>
    public static readonly ImmutableArray<Type> MarketGrains =
        [.. typeof(MarketOptions).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(Grain)) && !type.IsAbstract)];

    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>How many requests are made.</summary>
    public int Lifecycles { get; init; } = 500;

    /// <summary>The mechanisms that requesters name: all.</summary>
    public ImmutableArray<string> Mechanisms { get; init; } = MechanismScript.Names;

    /// <summary>Where every step is written; null for nowhere.</summary>
    public TextWriter? Trace { get; init; }

    /// <summary>Ends the world in its middle.</summary>
    public CancellationToken Interrupted { get; init; }

    /// <summary>The classes of the grains: those of the market.</summary>
    public ImmutableArray<Type> GrainClasses { get; init; } = MarketGrains;

    /// <summary>Changes the silo after it was composed: this is how mutants are made.</summary>
    public Action<ISiloBuilder>? ConfigureSilo { get; init; }
}
