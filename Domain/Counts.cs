using System.Collections.Immutable;

namespace ProvingMarket.Domain;

/// <summary>Counts by name or reason.</summary>
internal static class Counts
{
    /// <summary>Both together.</summary>
    public static ImmutableSortedDictionary<T, int> Plus<T>(this ImmutableSortedDictionary<T, int> counts, ImmutableSortedDictionary<T, int> others)
        where T : notnull
    {
        if (counts.IsEmpty && Equals(counts.KeyComparer, others.KeyComparer)) return others;
        foreach (var (key, count) in others) counts = counts.SetItem(key, counts.GetValueOrDefault(key) + count);
        return counts;
    }
}
