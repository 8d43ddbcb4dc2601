using System.Collections.Immutable;
using ProvingMarket.Domain.Qos;

namespace ProvingMarket.Simulation.Study.Demand;

/// <summary>The seven personas of the study.</summary>
internal static class Personas
{
    /// <summary>The name of the population of all personas together.</summary>
    public const string Mixed = "mixed";

    /// <summary>How many requesters, each with an account, a persona is.</summary>
    public const int RequestersEach = 3;

    /// <summary>All personas.</summary>
    public static ImmutableArray<Persona> All { get; } =
    [
        new()
        {
            Name = "arbitrage-bot", Summary = "by time T or not at all", Weights = Weights(10, 3, 1, 1),
            Share = 20, Soft = 1, Hard = 1.25, HalfLife = 0.5, Ceiling = 4,
        },
        new()
        {
            Name = "daily-rollup", Summary = "settles once a day, and must settle", Weights = Weights(3, 2, 10, 1),
            Share = 15, Soft = 8, Hard = 16, HalfLife = 8, Ceiling = 3,
        },
        new()
        {
            Name = "cost-batch", Summary = "batches that can wait, as cheaply as possible", Weights = Weights(2, 10, 3, 1),
            Share = 20, Soft = 10, Hard = 24, HalfLife = 8, Ceiling = 2.5,
        },
        new()
        {
            Name = "censored-user", Summary = "some provers will not work for it", Weights = Weights(2, 2, 3, 10),
            Share = 10, Soft = 3, Hard = 8, HalfLife = 3, Ceiling = 3, IsCensored = true,
        },
        new()
        {
            Name = "bridge", Summary = "everything matters alike", Weights = Weights(5, 5, 5, 5),
            Share = 15, Soft = 3, Hard = 6, HalfLife = 2, Ceiling = 3,
        },
        new()
        {
            Name = "sequencer", Summary = "has to deliver by the end of the epoch, whenever it asks", Weights = Weights(3, 4, 9, 1),
            Share = 10, Soft = 0, Hard = 1.5, HalfLife = 4, Ceiling = 4, Epoch = 4,
        },
        new()
        {
            Name = "cooperative-batch", Summary = "many statements, none of which may depend on one prover", Weights = Weights(1, 6, 7, 4),
            Share = 10, Soft = 8, Hard = 20, HalfLife = 10, Ceiling = 2.5,
        },
    ];

    /// <summary>The names of the populations: mixed, and each persona alone.</summary>
    public static ImmutableArray<string> Populations { get; } = [Mixed, .. All.Select(persona => persona.Name)];

    /// <summary>The personas of a population with their shares.</summary>
    public static ImmutableArray<Persona> Of(string population) => population == Mixed ? All : [All.Single(persona => persona.Name == population)];

    private static QosWeights Weights(int speed, int cost, int safety, int censorshipResistance) =>
        new() { Speed = speed, Cost = cost, Safety = safety, CensorshipResistance = censorshipResistance };
}
