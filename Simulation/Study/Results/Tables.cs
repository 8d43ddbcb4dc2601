using System.Collections.Immutable;
using ProvingMarket.Simulation.Study.Demand;
using ProvingMarket.Simulation.Study.Supply;
using ProvingMarket.Simulation.Study.Worlds;

namespace ProvingMarket.Simulation.Study.Results;

/// <summary>Computes what a study says of a population from its worlds.</summary>
/// <param name="population">The population.</param>
/// <param name="seeds">The worlds of each seed, one for each policy, with the plan that they have in common.</param>
/// <param name="policies">The policies to report, in this order.</param>
internal sealed class Tables(string population, IReadOnlyList<(StudyPlan Plan, ImmutableArray<StudyWorldReport> Worlds)> seeds, ImmutableArray<string> policies)
{
    private const double MostExcess = 0.3;
    private const double MostDifference = 0.02;
    private const double LeastHeld = 0.87;
    private const double MostHeld = 0.93;

    private readonly bool _hasOracle = policies.Contains(StudyPolicy.OracleName);

    /// <summary>The requests that count.</summary>
    public ImmutableArray<StudySample> Samples { get; } =
    [
        .. seeds.SelectMany((seed, n) => StudySample.Of(seed.Worlds, n * StudySample.BatchesPerSeed, policies.Contains(StudyPolicy.OracleName))),
    ];

    /// <summary>The policies that are a single mechanism.</summary>
    public ImmutableArray<string> Singles { get; } = [.. policies.Where(policy => policy is not (StudyPolicy.OracleName or StudyPolicy.RoutedName))];

    /// <summary>The report.</summary>
    public PopulationReport Report()
    {
        var best = BestSingle(Samples);
        var routed = best is not null && policies.Contains(StudyPolicy.RoutedName) ? Compare(best) : null;
        var calibration = policies.Contains(StudyPolicy.RoutedName) ? Calibration.Of(Samples) : null;
        return new PopulationReport
        {
            Population = population,
            Policies = [.. policies.Select(policy => Whole(policy))],
            BestSingle = best,
            Routed = routed,
            Calibration = calibration,
            Bars = [.. BarsOf(routed, calibration)],
            PersonaWiseRatio = best is not null && _hasOracle ? PersonaWise(best) : null,
            Personas =
            [
                .. Personas.Of(population).Select(persona => (persona.Name, Own: Samples.Where(sample => sample.Persona == persona.Name).ToImmutableArray()))
                    .Where(persona => !persona.Own.IsEmpty)
                    .Select(persona => new PersonaReport
                    {
                        Persona = persona.Name,
                        Requests = persona.Own.Length,
                        Policies = [.. policies.Select(policy => Of(policy, persona.Own))],
                    }),
            ],
        };
    }

    private IEnumerable<Bar> BarsOf(Comparison? routed, CalibrationReport? calibration)
    {
        if (population == Personas.Mixed && routed?.ExcessRatio is { } ratio)
            yield return new Bar($"routed excess at most {MostExcess:0.0} of the best single mechanism's", ratio, Verdicts.AtMost(ratio, MostExcess));
        if (population != Personas.Mixed && routed?.Difference is { } difference)
            yield return new Bar($"routed loss at most {MostDifference:0.00} above the best single mechanism's", difference, Verdicts.AtMost(difference, MostDifference));
        if (calibration?.TimeP90 is { } held)
            yield return new Bar($"the stated p90 of the time holds for {LeastHeld:0.00} to {MostHeld:0.00}", held, Verdicts.Between(held, LeastHeld, MostHeld));
    }

    private string? BestSingle(ImmutableArray<StudySample> samples) => Singles.IsEmpty ? null : Singles.MinBy(policy => samples.Sum(sample => sample.Loss(policy)));

    private Comparison Compare(string best) => new()
    {
        Difference = Mean(Samples, sample => sample.Loss(StudyPolicy.RoutedName) - sample.Loss(best))!.Value,
        ExcessRatio = _hasOracle ? ExcessRatio(sample => sample.Loss(StudyPolicy.RoutedName), best) : null,
    };

    private Interval? PersonaWise(string best)
    {
        var bestOf = Samples.GroupBy(sample => sample.Persona, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => BestSingle([.. group])!, StringComparer.Ordinal);
        return ExcessRatio(sample => sample.Loss(bestOf[sample.Persona]), best);
    }

    private Interval? ExcessRatio(Func<StudySample, double> loss, string best) => BatchMeans.Ratio(Samples.GroupBy(sample => sample.Batch).Select(batch => (
        batch.Sum(sample => loss(sample) - sample.Loss(StudyPolicy.OracleName)), batch.Sum(sample => sample.Loss(best) - sample.Loss(StudyPolicy.OracleName)))));

    /// <summary>With what concerns the whole market beside its requests.</summary>
    private PolicyReport Whole(string policy)
    {
        var report = Of(policy, Samples);
        if (policy == StudyPolicy.OracleName) return report;
        var worlds = seeds.SelectMany(seed => seed.Worlds).Where(world => world.Policy == policy).ToArray();
        return report with
        {
            Utilisation = worlds.Average(world => world.Utilisation),
            IncomeConcentration = worlds.Average(world => Concentration(world.Incomes.Values)),
        };
    }

    private PolicyReport Of(string policy, ImmutableArray<StudySample> samples)
    {
        var delivered = samples.Where(sample => sample.Outcomes[policy].IsDelivered).ToImmutableArray();
        var latencies = delivered.Select(sample => sample.Outcomes[policy].Latency!.Value.TotalSeconds).Order().ToArray();
        return new PolicyReport
        {
            Policy = policy,
            Loss = Mean(samples, sample => sample.Loss(policy))!.Value,
            Excess = _hasOracle ? Mean(samples, sample => sample.Loss(policy) - sample.Loss(StudyPolicy.OracleName)) : null,
            Delivered = Mean(samples, sample => sample.Outcomes[policy].IsDelivered ? 1 : 0)!.Value,
            AllocationRegret = Mean(delivered, sample => Regret(seeds[sample.Batch / StudySample.BatchesPerSeed].Plan.Supply, sample.Outcomes[policy])),
            Price = Mean(delivered, sample => sample.Outcomes[policy].Price.Micro / (double)sample.Outcomes[policy].Request.Reference.Micro),
            LatencyP50 = Quantile(latencies, 0.5),
            LatencyP90 = Quantile(latencies, 0.9),
            Holders = samples.Average(sample => sample.Outcomes[policy].Holders),
            Choices = samples.Select(sample => sample.Outcomes[policy].Primary).Where(name => name.Length > 0).GroupBy(name => name, StringComparer.Ordinal)
                .ToImmutableSortedDictionary(group => group.Key, group => group.Count() / (double)samples.Length, StringComparer.Ordinal),
            Utilisation = null,
            IncomeConcentration = null,
        };
    }

    private static Interval? Mean(ImmutableArray<StudySample> samples, Func<StudySample, double> value) =>
        BatchMeans.Ratio(samples.GroupBy(sample => sample.Batch).Select(batch => (batch.Sum(value), (double)batch.Count())));

    /// <summary>How much more than the cheapest honest prover who is fast enough for the deadline the one who delivered asks, in reference prices.</summary>
    private static double Regret(StudySupply supply, StudyOutcome outcome)
    {
        var request = outcome.Request;
        var asked = supply.Provers.Single(prover => prover.Id == outcome.ProverId).AskPerUnit;
        var cheapest = supply.Provers
            .Where(prover => prover.Conduct == StudyConduct.Honest && !(request.Persona.IsCensored && prover.Censorship != Censorship.None)
                && request.Size.Milli / (double)prover.MilliUnitsPerSecond <= request.Hard.TotalSeconds)
            .Select(prover => prover.AskPerUnit).DefaultIfEmpty(asked).Min();
        return Math.Max(0, asked.Micro - cheapest.Micro) / (double)supply.ReferenceAsk.Micro;
    }

    private static double? Quantile(double[] ordered, double part) => ordered.Length == 0 ? null : ordered[(int)Math.Ceiling(part * ordered.Length) - 1];

    private static double Concentration(IEnumerable<long> incomes)
    {
        var all = incomes.Select(income => (double)income).ToArray();
        var sum = all.Sum();
        return sum == 0 ? 0 : all.Sum(income => income / sum * (income / sum));
    }
}
