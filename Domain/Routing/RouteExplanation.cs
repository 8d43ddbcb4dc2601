using System.Collections.Immutable;
using System.Globalization;

namespace ProvingMarket.Domain.Routing;

/// <summary>What a requester is told of how its request was routed.</summary>
internal static class RouteExplanation
{
    private const int MostRows = 16;

    /// <summary>The instances with what is expected of them: what is run, and then the best, as many as are shown.</summary>
    /// <param name="candidates">All that were considered.</param>
    /// <param name="chosen">The place of what is run; negative for none.</param>
    public static ImmutableArray<InstanceForecast> Table(List<Candidate> candidates, int chosen)
    {
        var rows = new (bool IsChosen, InstanceForecast Row)[candidates.Count];
        for (var i = 0; i < rows.Length; i++) rows[i] = (i == chosen, candidates[i].Prediction.ToForecast(candidates[i].Instance));
        Array.Sort(rows, static (a, b) => a.IsChosen != b.IsChosen ? b.IsChosen.CompareTo(a.IsChosen)
            : a.Row.ScorePpm != b.Row.ScorePpm ? b.Row.ScorePpm.CompareTo(a.Row.ScorePpm) : string.CompareOrdinal(a.Row.Instance, b.Row.Instance));
        var table = ImmutableArray.CreateBuilder<InstanceForecast>(Math.Min(MostRows, rows.Length));
        foreach (var (_, row) in rows.AsSpan(0, Math.Min(MostRows, rows.Length))) table.Add(row);
        return table.MoveToImmutable();
    }

    /// <summary>Why an instance is run.</summary>
    /// <param name="candidates">All that were considered.</param>
    /// <param name="chosen">The place of what is run.</param>
    /// <param name="best">The place of the best.</param>
    /// <param name="incumbent">The instance chosen last for such a request; null when none is known.</param>
    public static string ReasonFor(List<Candidate> candidates, int chosen, int best, string? incumbent)
    {
        if (chosen != best) return Words($"tried out instead of {candidates[best].Instance}, to learn more of it");
        var second = -1;
        for (var i = 0; i < candidates.Count; i++)
        {
            if (i != chosen && candidates[i].IsFeasible && (second < 0 || candidates[i].Prediction.Score > candidates[second].Prediction.Score)) second = i;
        }
        if (second < 0) return "the only one that can serve it";
        var (own, other) = (candidates[chosen].Prediction.Score, candidates[second].Prediction.Score);
        return other > own && candidates[chosen].Instance == incumbent
            ? Words($"score {own:0.000} as before; {candidates[second].Instance} at {other:0.000} is not better by enough to change")
            : Words($"score {own:0.000}, before {candidates[second].Instance} with {other:0.000}");

        static string Words(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
