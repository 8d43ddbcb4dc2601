using System.Collections.Immutable;
using ProvingMarket.Simulation.Study.Worlds;

namespace ProvingMarket.Simulation.Study.Results;

/// <summary>A request that counts, with what became of it under every policy.</summary>
/// <param name="Batch">The batch it belongs to.</param>
/// <param name="Outcomes">What became of it, by policy; the best of the single mechanisms is the oracle's.</param>
internal sealed record StudySample(int Batch, ImmutableSortedDictionary<string, StudyOutcome> Outcomes)
{
    /// <summary>Batches that the requests of one seed are divided into, in the order of their arrival.</summary>
    public const int BatchesPerSeed = 10;

    /// <summary>One in so many requests, the first, is not counted: the market fills up and knows nobody yet.</summary>
    public const int WarmUpDivisor = 5;

    /// <summary>The persona.</summary>
    public string Persona => Outcomes.Values.First().Request.Persona.Name;

    /// <summary>The loss under a policy.</summary>
    public double Loss(string policy) => Outcomes[policy].Loss;

    /// <summary>The samples of one seed after the warm-up, from the worlds of its policies.</summary>
    /// <param name="worlds">The worlds.</param>
    /// <param name="firstBatch">The number of its first batch.</param>
    /// <param name="withOracle">Whether the best of the single mechanisms is added as <see cref="StudyPolicy.OracleName"/>.</param>
    public static IEnumerable<StudySample> Of(IReadOnlyList<StudyWorldReport> worlds, int firstBatch, bool withOracle)
    {
        var count = worlds[0].Outcomes.Length;
        var warmUp = count / WarmUpDivisor;
        for (var n = warmUp; n < count; n++)
        {
            var outcomes = worlds.ToImmutableSortedDictionary(world => world.Policy, world => world.Outcomes[n], StringComparer.Ordinal);
            if (withOracle)
                outcomes = outcomes.Add(StudyPolicy.OracleName, outcomes.Where(outcome => outcome.Key != StudyPolicy.RoutedName).MinBy(outcome => outcome.Value.Loss).Value);
            yield return new StudySample(firstBatch + ((n - warmUp) * BatchesPerSeed / (count - warmUp)), outcomes);
        }
    }
}
