using System.Collections.Immutable;
using ProvingMarket.Simulation.Study.Tuning;
using ProvingMarket.Simulation.Study.Worlds;

namespace ProvingMarket.Simulation.Study.Results;

/// <summary>Computes what the study of tuning says of a mistuned instance.</summary>
internal static class TuningTables
{
    /// <summary>The requests are divided into so many windows, in the order of their arrival.</summary>
    public const int Windows = 4;

    /// <summary>The report. What tuning has found by a request depends on all before it, so the batches of the intervals are the seeds: within one they are
    /// not independent.</summary>
    /// <param name="mistuning">What was wrong.</param>
    /// <param name="seeds">The worlds of each seed.</param>
    /// <param name="singles">The single mechanisms, of which the oracle takes the best for each request.</param>
    public static TuningCase Of(Mistuning mistuning, ImmutableArray<ImmutableArray<StudyWorldReport>> seeds, ImmutableArray<string> singles)
    {
        var (tuned, untuned) = (StudyPolicy.Mistuned(mistuning, tunes: true).Name, StudyPolicy.Mistuned(mistuning, tunes: false).Name);
        var losses = seeds.Select(worlds => new Losses(
            Of(worlds, tuned), Of(worlds, untuned), [.. Enumerable.Range(0, worlds[0].Outcomes.Length).Select(n => singles.Min(single => Of(worlds, single)[n]))])).ToArray();
        var count = losses[0].Tuned.Length;
        var windows = Enumerable.Range(0, Windows).Select(n => (From: count * n / Windows, To: count * (n + 1) / Windows)).ToArray();
        return new TuningCase
        {
            Name = mistuning.Name,
            Persona = mistuning.Persona,
            Instance = $"{mistuning.Mechanism} {string.Join(' ', mistuning.Settings.Select(setting => $"{setting.Name}={setting.Value}"))}",
            Windows = [.. windows.Select(window => Window(losses, window.From, window.To))],
            Tuned = [.. seeds.Select(worlds => LastInstance(worlds.Single(world => world.Policy == tuned)))],
        };
    }

    private static TuningWindow Window(Losses[] seeds, int from, int to)
    {
        return new TuningWindow
        {
            From = from + 1,
            To = to,
            NotTuned = Mean(seed => Excess(seed, seed.Untuned)),
            Tuned = Mean(seed => Excess(seed, seed.Tuned)),
            Gone = BatchMeans.Ratio(seeds.Select(seed => (Excess(seed, seed.Untuned) - Excess(seed, seed.Tuned), Excess(seed, seed.Untuned)))),
        };

        double Excess(Losses seed, double[] losses) => losses[from..to].Sum() - seed.Oracle[from..to].Sum();

        Interval Mean(Func<Losses, double> excess) => BatchMeans.Ratio(seeds.Select(seed => (excess(seed), (double)(to - from))))!.Value;
    }

    private static double[] Of(ImmutableArray<StudyWorldReport> worlds, string policy) =>
        [.. worlds.Single(world => world.Policy == policy).Outcomes.Select(outcome => outcome.Loss)];

    /// <summary>The instance that the last request got which did not try one.</summary>
    private static string LastInstance(StudyWorldReport world) =>
        world.Outcomes.Select(outcome => outcome.Decision).LastOrDefault(decision => decision is { IsExploring: false, Chosen: not null })?.Chosen!.Instance ?? "";

    private sealed record Losses(double[] Tuned, double[] Untuned, double[] Oracle);
}
