namespace ProvingMarket.Benchmarks.Lifecycle.Growth;

/// <summary>How far to let the market grow: from 1 or 10, ten times at a time, up to these.</summary>
/// <param name="Provers">Connected provers among which requests are made; at least 10.</param>
/// <param name="Finished">Requests that have ended.</param>
/// <param name="Open">Requests that nobody can take.</param>
/// <param name="Idle">Connected workers without work.</param>
/// <param name="Slots">Proofs a prover works on at once.</param>
/// <param name="Leaves">Whether to wait until requests that have ended have left memory, which they do after minutes.</param>
internal sealed record GrowthScale(int Provers, int Finished, int Open, int Idle, int Slots, bool Leaves)
{
    /// <summary>Lifecycles at once while a latency is measured: few enough that it is not the queue's.</summary>
    public const int AtOnce = 8;

    /// <summary>Submissions and lifecycles at once while the market is filled.</summary>
    public const int FillingAtOnce = 64;

    /// <summary>How long a latency is measured at each size.</summary>
    public static readonly Timing Timing = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4));

    /// <summary>How long the processor time of what does nothing is measured: several rounds of sessions and announcements.</summary>
    public static readonly TimeSpan Idling = TimeSpan.FromSeconds(32);

    /// <summary>The sizes up to the largest, which is one of them whatever it is.</summary>
    public static IEnumerable<int> Decades(int from, int most)
    {
        for (var size = (long)from; size < most; size *= 10) yield return (int)size;
        yield return most;
    }
}
