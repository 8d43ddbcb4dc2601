using System.Buffers.Binary;
using System.Collections.Immutable;

namespace ProvingMarket.Domain.Mechanisms.Elections;

/// <summary>Who can be drawn.</summary>
[GenerateSerializer, Immutable, Alias("pm.ElectionCandidate")]
public sealed record ElectionCandidate
{
    /// <summary>The prover.</summary>
    [Id(0)] public required string ProverId { get; init; }

    /// <summary>Its stake.</summary>
    [Id(1)] public required Credits Stake { get; init; }

    /// <summary>The probability that it keeps a lease, in millionths, 1–1,000,000.</summary>
    [Id(2)] public required int ReputationPpm { get; init; }
}

/// <summary>The draw of an election: weighted sampling without replacement (Efraimidis and Spirakis, in the form with exponential keys). Anyone who knows
/// the seed and the candidates gets the same order: it is computed in integers.</summary>
public static class Draw
{
    /// <summary>The highest exponent of the stake, in per cent.</summary>
    public const int HighestAlpha = 100;

    /// <summary>The seed of a draw: SHA-256 over the beacon, the request and the stage, each with its length.</summary>
    public static Bytes SeedOf(Bytes beacon, string requestId, int stage)
    {
        using var digest = new FieldDigest();
        return digest.Add(beacon.Span).Add(requestId).Add(stage).ToBytes();
    }

    /// <summary>A candidate's weight: stake^α × reputation. The stake counts in micro-credits and at least as one, so whoever has none is drawn
    /// only where hardly anybody has any. With α = 1 a stake that is split over identities weighs the same in sum; with less it weighs more.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="alphaPercent">α in per cent, 0–100.</param>
    public static UInt128 WeightOf(ElectionCandidate candidate, int alphaPercent)
    {
        var stake = (ulong)Math.Max(1, candidate.Stake.Micro);
        var powered = alphaPercent switch
        {
            0 => 1UL,
            HighestAlpha => stake,
            _ => Math.Max(1, FixedPoint.Exp2(FixedPoint.Log2(stake) * (ulong)alphaPercent / HighestAlpha)),
        };
        return (UInt128)powered * (uint)Math.Max(1, candidate.ReputationPpm);
    }

    /// <summary>All candidates in the order in which they are drawn: by −log2(u)/w, the smallest first, where u in (0, 1] comes from SHA-256 over
    /// the seed and the prover. (The base of the logarithm changes no order.)</summary>
    public static ImmutableArray<string> Rank(Bytes seed, IEnumerable<ElectionCandidate> candidates, int alphaPercent)
    {
        var tickets = candidates.Select(candidate => new Ticket(candidate.ProverId, KeyOf(seed, candidate.ProverId), WeightOf(candidate, alphaPercent))).ToArray();
        Array.Sort(tickets, static (a, b) =>
        {
            // a.Key / a.Weight against b.Key / b.Weight: keys have 38 bits and weights 83, so the products fit.
            var order = ((UInt128)a.Key * b.Weight).CompareTo((UInt128)b.Key * a.Weight);
            return order != 0 ? order : string.CompareOrdinal(a.ProverId, b.ProverId);
        });
        return [.. tickets.Select(ticket => ticket.ProverId)];
    }

    /// <summary>How concentrated the weights are: the Herfindahl–Hirschman index, the sum of the squared shares, in millionths. 1,000,000 for a single
    /// candidate, 1,000,000/n for n equal ones; rounded down.</summary>
    public static int ConcentrationPpm(IEnumerable<ElectionCandidate> candidates, int alphaPercent)
    {
        var weights = candidates.Select(candidate => (System.Numerics.BigInteger)WeightOf(candidate, alphaPercent)).ToArray();
        if (weights.Length == 0) return 0;
        var sum = weights.Aggregate(System.Numerics.BigInteger.Zero, (total, weight) => total + weight);
        var squares = weights.Aggregate(System.Numerics.BigInteger.Zero, (total, weight) => total + (weight * weight));
        return (int)(squares * 1_000_000 / (sum * sum));
    }

    /// <summary>−log2(u) with 32 fractional bits, for u = (h + 1) / 2^64 and h the first 64 bits of SHA-256 over seed and prover.</summary>
    internal static ulong KeyOf(Bytes seed, string proverId)
    {
        using var digest = new FieldDigest();
        var hash = digest.Add(seed.Span).Add(proverId).ToBytes();
        var h = BinaryPrimitives.ReadUInt64BigEndian(hash.Span);
        return h == ulong.MaxValue ? 0 : (64 * FixedPoint.One) - FixedPoint.Log2(h + 1);
    }

    private readonly record struct Ticket(string ProverId, ulong Key, UInt128 Weight);
}
