using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain;

namespace ProvingMarket.Simulation.Study.Supply;

/// <summary>The provers of a study, drawn from its seed.</summary>
internal sealed record StudySupply
{
    /// <summary>How many provers there are unless told otherwise.</summary>
    public const int StandardProvers = 100;

    /// <summary>What the median prover asks for a work unit.</summary>
    public static readonly Credits MedianAsk = new(10_000);

    /// <summary>The provers.</summary>
    public required ImmutableArray<StudyProver> Provers { get; init; }

    /// <summary>The median throughput of a slot over all provers, as declared, in work units a second.</summary>
    public required double MedianSpeed { get; init; }

    /// <summary>The median ask over all provers for a work unit.</summary>
    public required Credits ReferenceAsk { get; init; }

    /// <summary>What the honest provers can prove together, in work units a second.</summary>
    public required double Capacity { get; init; }

    /// <summary>Draws provers: seven of ten have GPUs, about five times as fast as the others; who is faster asks somewhat more. Of 100, four
    /// deliver invalid proofs, three never deliver, three are ten times slower than they say, and of the honest a quarter censors.</summary>
    public static StudySupply Draw(long seed, int provers = StandardProvers)
    {
        var all = Enumerable.Range(0, provers).Select(n => One(seed, n)).ToImmutableArray();
        var speeds = all.Select(prover => prover.MilliUnitsPerSecond / 1000.0).Order().ToArray();
        var asks = all.Select(prover => prover.AskPerUnit).Order().ToArray();
        return new StudySupply
        {
            Provers = all,
            MedianSpeed = speeds[speeds.Length / 2],
            ReferenceAsk = asks[asks.Length / 2],
            Capacity = all.Where(prover => prover.Conduct == StudyConduct.Honest).Sum(prover => prover.Slots * prover.MilliUnitsPerSecond / 1000.0),
        };
    }

    private static StudyProver One(long seed, int n)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"prover-{n:000}");
        var random = StudyRandom.Of(seed, id);
        var isGpu = random.Chance(0.7);
        var speed = random.NextLogNormal(isGpu ? 4 : 0.8, 0.4);
        var ask = random.NextLogNormal(MedianAsk.Micro, 0.35) * Math.Pow(speed / 3, 0.25);
        var slots = isGpu ? 1 + random.Next(4) : 1 + random.Next(2);
        var stake = slots * random.NextLogarithmic(0.5, 2) * 8;
        // By number, not by chance: with few provers chance would decide how bad the supply is.
        var conduct = (n % 25) switch { 3 => StudyConduct.Invalid, 11 when n % 100 < 75 => StudyConduct.Silent, 19 when n % 100 < 75 => StudyConduct.Slow, _ => StudyConduct.Honest };
        var censors = conduct == StudyConduct.Honest && n % 4 == 2;
        return new StudyProver
        {
            Id = id,
            Account = $"{id}-account",
            Conduct = conduct,
            Censorship = !censors ? Censorship.None : n % 8 == 2 ? Censorship.Declines : Censorship.Ignores,
            IsGpu = isGpu,
            Slots = slots,
            MilliUnitsPerSecond = (long)(speed * 1000),
            AskPerUnit = new Credits((long)ask),
            Stake = new Credits((long)(stake * MedianAsk.Micro * LargestStakedJob)),
            FailureRate = random.NextLogarithmic(0.002, 0.05),
        };
    }

    /// <summary>Provers can put bonds of several times the reference price under jobs of this size in all slots.</summary>
    private const double LargestStakedJob = 8 * Demand.JobSizes.Median;
}
