using System.Collections.Immutable;
using ProvingMarket.Simulation.Study.Worlds;

namespace ProvingMarket.Simulation.Study.Results;

/// <summary>The answer to who says that all requesters want the same: how many of another kind there have to be before a single mechanism is not good enough.
/// The losses of each persona are those of the mixed population, weighted anew: how busy the market is does not change with the share.</summary>
internal static class BreakEven
{
    /// <summary>A single mechanism is good enough when its loss is at most this much above.</summary>
    public const double GoodEnough = 0.02;

    private const int Steps = 100;

    /// <summary>The report; null with fewer than two single mechanisms.</summary>
    /// <param name="samples">Requests of the mixed population.</param>
    /// <param name="singles">The single mechanisms.</param>
    /// <param name="hasRouted">Whether the routed policy was studied.</param>
    public static BreakEvenReport? Of(ImmutableArray<StudySample> samples, ImmutableArray<string> singles, bool hasRouted)
    {
        if (singles.Length < 2) return null;
        var means = samples.GroupBy(sample => sample.Persona, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new Losses(group.Key, group.Count(), singles, single => group.Average(sample => sample.Loss(single)),
                hasRouted ? group.Average(sample => sample.Loss(StudyPolicy.RoutedName)) : null))
            .ToArray();
        return new BreakEvenReport
        {
            Against = hasRouted ? StudyPolicy.RoutedName : "the best mechanism for each persona",
            GoodEnough = GoodEnough,
            AmongOthers = [.. means.Select(persona => Sweep(persona, Losses.Together(means.Where(other => other != persona), singles), singles))],
            AmongEqual =
            [
                .. means.SelectMany(everybody => means.Where(persona => persona != everybody)
                    .Select(persona => new BreakEvenPair(everybody.Persona, persona.Persona, First(everybody, persona, singles)))),
            ],
        };
    }

    private static BreakEvenSweep Sweep(Losses persona, Losses others, ImmutableArray<string> singles)
    {
        var points = Enumerable.Range(0, Steps + 1).Select(step => Point(others, persona, step / (double)Steps, singles)).ToImmutableArray();
        var last = points.LastOrDefault(point => !IsGoodEnough(point));
        return new BreakEvenSweep
        {
            Persona = persona.Persona,
            Points = [.. points.Where((_, step) => step % 5 == 0)],
            GoodEnoughAbove = last is null ? 0 : last.Share < 1 ? last.Share + (1.0 / Steps) : null,
        };
    }

    private static double? First(Losses everybody, Losses persona, ImmutableArray<string> singles)
    {
        for (var step = 0; step <= Steps; step++)
        {
            if (Point(everybody, persona, step / (double)Steps, singles) is var point && !IsGoodEnough(point)) return point.Share;
        }
        return null;
    }

    private static bool IsGoodEnough(BreakEvenPoint point) => point.BestSingleLoss <= point.Loss + GoodEnough;

    private static BreakEvenPoint Point(Losses others, Losses persona, double share, ImmutableArray<string> singles)
    {
        var best = singles.MinBy(single => Mix(others.Of[single], persona.Of[single]))!;
        return new BreakEvenPoint(share, best, Mix(others.Of[best], persona.Of[best]), Mix(others.Reached, persona.Reached));

        double Mix(double a, double b) => ((1 - share) * a) + (share * b);
    }

    /// <summary>Mean losses of a persona, or of several.</summary>
    private sealed class Losses
    {
        public Losses(string persona, int count, ImmutableArray<string> singles, Func<string, double> loss, double? reached)
        {
            (Persona, Count) = (persona, count);
            Of = singles.ToImmutableSortedDictionary(single => single, loss, StringComparer.Ordinal);
            Reached = reached ?? Of.Values.Min();
        }

        public string Persona { get; }

        public int Count { get; }

        public ImmutableSortedDictionary<string, double> Of { get; }

        public double Reached { get; }

        public static Losses Together(IEnumerable<Losses> several, ImmutableArray<string> singles)
        {
            var all = several.ToArray();
            if (all.Length == 0) throw new ArgumentException("A mixed population has several personas.", nameof(several));
            var count = all.Sum(one => one.Count);
            return new Losses("", count, singles, single => all.Sum(one => one.Count * one.Of[single]) / count, all.Sum(one => one.Count * one.Reached) / count);
        }
    }
}
