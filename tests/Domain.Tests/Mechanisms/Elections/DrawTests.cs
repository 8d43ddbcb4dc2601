using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Elections;

namespace ProvingMarket.Domain.Tests.Mechanisms.Elections;

/// <summary>Draws with fixed seeds, so a test that passes passes always; limits are those a right draw exceeds once in a thousand sets of seeds.</summary>
public sealed class DrawTests
{
    private const int Draws = 20_000;

    /// <summary>The values are from another implementation, with floating-point logarithms.</summary>
    [Fact]
    public void The_order_follows_from_seed_and_candidates_alone()
    {
        var seed = Draw.SeedOf(Bytes.Utf8("beacon"), "request-1", 0);
        Assert.Equal("12151a482c495bf4", Convert.ToHexStringLower(seed.Span)[..16]);
        ImmutableArray<ElectionCandidate> candidates = [.. Enumerable.Range(1, 8).Select(i => Candidate($"p{i}", i * 10, i * 100_000))];
        Assert.Equal("p8 p7 p6 p5 p3 p2 p1 p4", string.Join(' ', Draw.Rank(seed, candidates, 100)));
        Assert.Equal<string>(Draw.Rank(seed, candidates, 50), Draw.Rank(seed, candidates.Reverse(), 50));
    }

    [Fact]
    public void Another_beacon_request_or_stage_is_another_seed()
    {
        Bytes[] seeds =
        [
            Draw.SeedOf(Bytes.Utf8("b"), "r", 0), Draw.SeedOf(Bytes.Utf8("c"), "r", 0), Draw.SeedOf(Bytes.Utf8("b"), "s", 0), Draw.SeedOf(Bytes.Utf8("b"), "r", 1),
            Draw.SeedOf(Bytes.Utf8("br"), "", 0),
        ];
        Assert.Equal(seeds.Length, seeds.Distinct().Count());
    }

    /// <summary>Weighted sampling without replacement: the probability that a candidate is among the first two of four, by summing over all orders.</summary>
    [Fact]
    public void Inclusion_is_as_likely_as_theory_says()
    {
        ImmutableArray<ElectionCandidate> candidates = [Candidate("a", 1), Candidate("b", 2), Candidate("c", 3), Candidate("d", 6)];
        double[] weights = [1, 2, 3, 6];
        var counts = new int[4];
        foreach (var order in Orders(candidates))
        {
            foreach (var drawn in order[..2]) counts[drawn[0] - 'a']++;
        }
        for (var i = 0; i < 4; i++)
        {
            var expected = weights[i] / 12 + Enumerable.Range(0, 4).Where(first => first != i).Sum(first => weights[first] / 12 * weights[i] / (12 - weights[first]));
            var deviation = Math.Sqrt(expected * (1 - expected) / Draws);
            Assert.InRange(counts[i] / (double)Draws, expected - (3.3 * deviation), expected + (3.3 * deviation));
        }
    }

    [Fact]
    public void The_first_drawn_is_as_likely_as_its_weight()
    {
        ImmutableArray<ElectionCandidate> candidates = [Candidate("a", 10, 500_000), Candidate("b", 10, 1_000_000), Candidate("c", 40, 250_000), Candidate("d", 0)];
        // Weights 5, 10, 10 and next to none: d has no stake.
        Assert.True(ChiSquare(candidates, [1 / 5.0, 2 / 5.0, 2 / 5.0]) < 13.8);
    }

    [Fact]
    public void Identical_provers_are_drawn_alike() =>
        Assert.True(ChiSquare([.. Enumerable.Range(0, 20).Select(i => Candidate($"p{i:00}", 7))], [.. Enumerable.Repeat(1 / 20.0, 20)]) < 43.8);

    /// <summary>With α = 1 a stake that is split over ten identities wins as often as before, within what chance allows.</summary>
    [Fact]
    public void Splitting_a_stake_wins_no_more_than_pro_rata()
    {
        ImmutableArray<ElectionCandidate> whole = [Candidate("sybil-0", 100), Candidate("x", 100), Candidate("y", 200)];
        ImmutableArray<ElectionCandidate> split = [.. Enumerable.Range(0, 10).Select(i => Candidate($"sybil-{i}", 10)), Candidate("x", 100), Candidate("y", 200)];
        foreach (var candidates in new[] { whole, split })
        {
            var won = Orders(candidates).Count(order => order[0].StartsWith("sybil", StringComparison.Ordinal)) / (double)Draws;
            Assert.InRange(won, 0.25 - (3.3 * Math.Sqrt(0.25 * 0.75 / Draws)), 0.25 + (3.3 * Math.Sqrt(0.25 * 0.75 / Draws)));
        }
        Assert.Equal(Draw.WeightOf(Candidate("a", 100), 100), 10 * Draw.WeightOf(Candidate("a", 10), 100));
    }

    /// <summary>What the page says of α below 1: it favours small stakes, and with them whoever splits.</summary>
    [Fact]
    public void With_a_smaller_alpha_splitting_pays()
    {
        Assert.Equal(Draw.WeightOf(Candidate("a", 1), 0), Draw.WeightOf(Candidate("a", 1_000), 0));
        var (whole, part) = ((double)Draw.WeightOf(Candidate("a", 100), 50), (double)Draw.WeightOf(Candidate("a", 1), 50));
        Assert.Equal(10, whole / part, 0.02); // rounded down to whole numbers
    }

    [Fact]
    public void The_highest_stakes_do_not_overflow()
    {
        ImmutableArray<ElectionCandidate> candidates =
        [
            .. Enumerable.Range(0, 50).Select(i => new ElectionCandidate { ProverId = $"p{i}", Stake = new Credits(long.MaxValue), ReputationPpm = 1_000_000 }),
            new() { ProverId = "poor", Stake = Credits.Zero, ReputationPpm = 1 },
        ];
        var order = Draw.Rank(Draw.SeedOf(Bytes.Utf8("b"), "r", 0), candidates, 100);
        Assert.Equal(51, order.Distinct().Count());
        Assert.Equal("poor", order[^1]);
    }

    [Fact]
    public void Concentration_is_the_sum_of_squared_shares()
    {
        Assert.Equal(1_000_000, Draw.ConcentrationPpm([Candidate("a", 3)], 100));
        Assert.Equal(250_000, Draw.ConcentrationPpm([Candidate("a", 3), Candidate("b", 3), Candidate("c", 3), Candidate("d", 3)], 100));
        Assert.Equal(625_000, Draw.ConcentrationPpm([Candidate("a", 3), Candidate("b", 1)], 100));
        Assert.Equal(500_000, Draw.ConcentrationPpm([Candidate("a", 3), Candidate("b", 1)], 0));
        Assert.Equal(0, Draw.ConcentrationPpm([], 100));
    }

    private static double ChiSquare(ImmutableArray<ElectionCandidate> candidates, double[] expected)
    {
        var counts = Orders(candidates).CountBy(order => order[0]).ToDictionary();
        return expected.Select((share, i) => Math.Pow(counts.GetValueOrDefault(candidates[i].ProverId) - (share * Draws), 2) / (share * Draws)).Sum();
    }

    private static IEnumerable<ImmutableArray<string>> Orders(ImmutableArray<ElectionCandidate> candidates) =>
        Enumerable.Range(0, Draws).Select(i => Draw.Rank(Draw.SeedOf(Bytes.Utf8("a fixed beacon"), $"request-{i}", 0), candidates, 100));

    private static ElectionCandidate Candidate(string prover, long stake, int reputation = 500_000) =>
        new() { ProverId = prover, Stake = Credits.Whole(stake), ReputationPpm = reputation };
}
