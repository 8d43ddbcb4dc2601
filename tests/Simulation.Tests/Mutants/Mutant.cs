using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Simulation.Requesters;
using ProvingMarket.Simulation.Worlds;

namespace ProvingMarket.Simulation.Tests.Mutants;

/// <summary>A market that is broken on purpose, through seams that every silo has: call filters, services, grain classes.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="CaughtBy">The invariant that must say so first.</param>
public sealed record Mutant(string Name, string CaughtBy)
{
    /// <summary>What stands between a call and its grain.</summary>
    internal Func<IIncomingGrainCallContext, IServiceProvider, Task>? Filter { get; init; }

    /// <summary>What else is changed in the silo.</summary>
    internal Action<ISiloBuilder>? Silo { get; init; }

    /// <summary>A grain class of the market, and the one that takes its place.</summary>
    internal (Type Of, Type By)? Replaces { get; init; }

    /// <summary>The mechanisms that requesters name; null for all. Another draw of worlds may break another promise first.</summary>
    internal ImmutableArray<string>? Mechanisms { get; init; }

    /// <summary>A world of this market.</summary>
    internal WorldOptions World(long seed, int lifecycles) => new()
    {
        Seed = seed,
        Lifecycles = lifecycles,
        Mechanisms = Mechanisms ?? MechanismScript.Names,
        GrainClasses = Replaces is { } replaces ? WorldOptions.MarketGrains.Replace(replaces.Of, replaces.By) : WorldOptions.MarketGrains,
        ConfigureSilo = silo =>
        {
            Silo?.Invoke(silo);
            if (Filter is { } filter) silo.Services.AddSingleton<IIncomingGrainCallFilter>(services => new FilterOf(filter, services));
        },
    };

    public override string ToString() => Name;

    private sealed class FilterOf(Func<IIncomingGrainCallContext, IServiceProvider, Task> filter, IServiceProvider services) : IIncomingGrainCallFilter
    {
        public Task Invoke(IIncomingGrainCallContext context) => filter(context, services);
    }
}
