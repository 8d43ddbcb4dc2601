using System.Collections.Immutable;

namespace ProvingMarket.EndToEnd.Tests.Chaos;

/// <summary>Who is killed when. The same seed gives the same schedule.</summary>
/// <param name="Kills">In order.</param>
internal sealed record ChaosSchedule(ImmutableArray<Kill> Kills)
{
    private static readonly TimeSpan ShortestGap = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(6);

    /// <summary>Kills over a time, at random moments: the silo every third time or so, else one of the workers.</summary>
    public static ChaosSchedule Draw(int seed, TimeSpan length, int workers)
    {
        var random = new Random(seed);
        var kills = ImmutableArray.CreateBuilder<Kill>();
        for (var (at, next) = (TimeSpan.Zero, Gap()); at + next < length; next = Gap())
        {
            at += next;
            kills.Add(new Kill(next, random.Next(3) == 0 ? null : random.Next(workers)));
        }
        return new ChaosSchedule(kills.ToImmutable());

        TimeSpan Gap() => ShortestGap + ((LongestGap - ShortestGap) * random.NextDouble());
    }
}

/// <summary>A process is killed.</summary>
/// <param name="After">How long after the one before was up again.</param>
/// <param name="Worker">The worker; null for the silo.</param>
internal sealed record Kill(TimeSpan After, int? Worker);
