using System.Collections.Immutable;

namespace ProvingMarket.Domain.Routing;

/// <summary>What is forgotten when so much is known that nothing new could be learned: what tells least. Something tells the less the fewer outcomes it stands for, and
/// half as much for every half-life of outcomes that went elsewhere since its last one. So what nobody uses any more makes room, and a flood of things seen once
/// pushes out itself before it pushes out what much is known of.</summary>
internal static class Forgetting
{
    // Looking for what tells least costs a look at everything: once for so many.
    private const int AtOnce = 16;

    /// <summary>What is forgotten before one more is learned: a sixteenth when everything is full. It depends on nothing but what is known, not on the order of the table.</summary>
    /// <param name="known">What is known, by name.</param>
    /// <param name="most">How many there may be.</param>
    /// <param name="weightOf">How many outcomes one stands for, and the number of its last outcome.</param>
    /// <param name="now">The number of the outcome that needs the room.</param>
    /// <param name="halfLife">In outcomes.</param>
    /// <returns>The names of those to be forgotten; none when there is room.</returns>
    public static ImmutableArray<string> ForRoom<T>(
        IReadOnlyDictionary<string, T> known, int most, Func<T, (double Outcomes, long LastAt)> weightOf, long now, double halfLife)
    {
        if (known.Count < most) return [];
        return
        [
            .. known.OrderBy(entry => Tells(weightOf(entry.Value))).ThenBy(entry => entry.Key, StringComparer.Ordinal)
                .Take(known.Count - most + Math.Max(1, most / AtOnce)).Select(entry => entry.Key),
        ];

        // In halvings: what has not been used for ages is still told apart.
        double Tells((double Outcomes, long LastAt) weight) => Math.Log2(weight.Outcomes) - ((now - weight.LastAt) / halfLife);
    }
}
