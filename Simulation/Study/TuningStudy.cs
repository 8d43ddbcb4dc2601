using ProvingMarket.Simulation.Study.Results;
using ProvingMarket.Simulation.Study.Tuning;
using ProvingMarket.Simulation.Study.Worlds;

namespace ProvingMarket.Simulation.Study;

/// <summary>Does tuning help a requester whom the market's instance does not fit? One requester, and a market with one instance, which is far from what serves it
/// well: the same requests, provers and luck once with tuning and once without, and under every single mechanism for the oracle.</summary>
public static class TuningStudy
{
    /// <summary>Requests of each seed unless told otherwise: so many may be needed to tune.</summary>
    public const int StandardRequests = 200;

    /// <summary>The part of the excess that is to be gone in the last requests.</summary>
    public const double Bar = 0.3;

    /// <summary>Runs it, a world a thread.</summary>
    /// <param name="options">What is studied: of the policies the single mechanisms, which the oracle chooses from; populations are left aside.</param>
    /// <param name="progress">Told of every world that is done, on several threads.</param>
    /// <param name="cancellationToken">Begins no more worlds.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TuningReport Run(StudyOptions options, Action<StudyProgress>? progress, CancellationToken cancellationToken)
    {
        var singles = options.Policies.Where(policy => QosStudy.Mechanisms.Contains(policy)).Select(StudyPolicy.Single).ToArray();
        var seeds = Enumerable.Range(0, (int)(options.LastSeed - options.FirstSeed + 1)).Select(n => options.FirstSeed + n).ToArray();
        var plans = Mistuning.All.Select(mistuning => mistuning.Persona).Distinct(StringComparer.Ordinal).ToDictionary(
            persona => persona,
            persona => seeds.Select(seed => StudyPlan.Draw(seed, persona, options.Sizes, options.Requests, options.Provers, requestersEach: 1)).ToArray(), StringComparer.Ordinal);
        var worlds = WorldQueue.Run([.. plans.Values.SelectMany(ofSeeds => ofSeeds.SelectMany(plan => PoliciesOf(plan).Select(policy => (plan, policy))))], progress, cancellationToken);
        return new TuningReport
        {
            FirstSeed = options.FirstSeed,
            LastSeed = options.LastSeed,
            Requests = options.Requests,
            Workload = options.Sizes.Description,
            Oracle = [.. singles.Select(single => single.Name)],
            Bar = Bar,
            Cases = [.. Mistuning.All.Select(mistuning => TuningTables.Of(mistuning, [.. plans[mistuning.Persona].Select(plan => worlds[plan])], [.. singles.Select(single => single.Name)]))],
            Worlds = worlds.Values.Sum(reports => reports.Length),
            Steps = worlds.Values.Sum(reports => reports.Sum(report => report.Steps)),
        };

        IEnumerable<StudyPolicy> PoliciesOf(StudyPlan plan) =>
            [.. Mistuning.All.Where(mistuning => mistuning.Persona == plan.Population).SelectMany(mistuning => (bool[])[false, true], StudyPolicy.Mistuned), .. singles];
    }
}
