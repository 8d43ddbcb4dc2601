using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using ProvingMarket.Grains;
using ProvingMarket.Grains.Mechanisms;
using ProvingMarket.Simulation.Study.Demand;
using ProvingMarket.Simulation.Study.Results;
using ProvingMarket.Simulation.Study.Supply;
using ProvingMarket.Simulation.Study.Worlds;

namespace ProvingMarket.Simulation.Study;

/// <summary>What is studied.</summary>
public sealed record StudyOptions
{
    /// <summary>The populations, of <see cref="QosStudy.Populations"/>.</summary>
    public ImmutableArray<string> Populations { get; init; } = [Personas.Mixed];

    /// <summary>The policies, of <see cref="QosStudy.Policies"/>.</summary>
    public ImmutableArray<string> Policies { get; init; } = QosStudy.Policies;

    /// <summary>Requests of each seed and population, with those of the warm-up.</summary>
    public int Requests { get; init; } = QosStudy.StandardRequests;

    /// <summary>The first seed.</summary>
    public long FirstSeed { get; init; } = 1;

    /// <summary>The last seed.</summary>
    public long LastSeed { get; init; } = 1;

    /// <summary>How large jobs are.</summary>
    public JobSizes Sizes { get; init; } = JobSizes.BuiltIn;

    /// <summary>Provers.</summary>
    internal int Provers { get; init; } = StudySupply.StandardProvers;
}

/// <summary>A world of a study is done.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Population">Its population.</param>
/// <param name="Policy">Its policy.</param>
/// <param name="Done">Worlds done.</param>
/// <param name="Of">Worlds in all.</param>
public sealed record StudyProgress(long Seed, string Population, string Policy, int Done, int Of);

/// <summary>Compares policies by the quality of service that requesters get: the same requests, with the same provers, in a world for each policy.</summary>
public static class QosStudy
{
    /// <summary>Requests of each seed and population unless told otherwise.</summary>
    public const int StandardRequests = 500;

    /// <summary>The fewest requests: fewer make no batches.</summary>
    public const int FewestRequests = 50;

    /// <summary>Mixed, and every persona alone.</summary>
    public static ImmutableArray<string> Populations => Personas.Populations;

    /// <summary>The single mechanisms: all of the market's catalog, with their defaults.</summary>
    public static ImmutableArray<string> Mechanisms { get; } = ReadCatalog();

    /// <summary>The market's own choice, every single mechanism, and the oracle.</summary>
    public static ImmutableArray<string> Policies { get; } = [StudyPolicy.RoutedName, .. Mechanisms, StudyPolicy.OracleName];

    /// <summary>Runs a study, a world a thread.</summary>
    /// <param name="options">What is studied.</param>
    /// <param name="progress">Told of every world that is done, on several threads.</param>
    /// <param name="cancellationToken">Begins no more worlds.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static StudyReport Run(StudyOptions options, Action<StudyProgress>? progress, CancellationToken cancellationToken)
    {
        var policies = options.Policies.Where(policy => policy != StudyPolicy.OracleName).Select(PolicyOf).ToImmutableArray();
        var seeds = Enumerable.Range(0, (int)(options.LastSeed - options.FirstSeed + 1)).Select(n => options.FirstSeed + n).ToArray();
        var plans = options.Populations.SelectMany(population => seeds.Select(seed => (population, seed)))
            .ToDictionary(key => key, key => StudyPlan.Draw(key.seed, key.population, options.Sizes, options.Requests, options.Provers));
        var worlds = WorldQueue.Run(plans.Values.SelectMany(plan => policies.Select(policy => (plan, policy))).ToArray(), progress, cancellationToken);

        var tables = options.Populations
            .Select(population => new Tables(
                population, [.. seeds.Select(seed => plans[(population, seed)]).Select(plan => (plan, worlds[plan]))], options.Policies))
            .ToArray();
        var mixed = options.Populations.IndexOf(Personas.Mixed);
        return new StudyReport
        {
            FirstSeed = options.FirstSeed,
            LastSeed = options.LastSeed,
            Requests = options.Requests,
            WarmUp = options.Requests / StudySample.WarmUpDivisor,
            Provers = options.Provers,
            Workload = options.Sizes.Description,
            Policies = options.Policies,
            Populations = [.. tables.Select(table => table.Report())],
            BreakEven = mixed < 0 ? null : BreakEven.Of(tables[mixed].Samples, tables[mixed].Singles, options.Policies.Contains(StudyPolicy.RoutedName)),
            Worlds = worlds.Values.Sum(reports => reports.Length),
            Steps = worlds.Values.Sum(reports => reports.Sum(report => report.Steps)),
        };
    }

    private static StudyPolicy PolicyOf(string name) => name == StudyPolicy.RoutedName ? StudyPolicy.Routed : StudyPolicy.Single(name);

    private static ImmutableArray<string> ReadCatalog()
    {
        using var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddProvingMarket().BuildServiceProvider();
        return [.. services.GetRequiredService<MechanismCatalog>().All.Select(mechanism => mechanism.Name)];
    }
}
