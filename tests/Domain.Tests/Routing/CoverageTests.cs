using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Routing;
using static ProvingMarket.Domain.Tests.Routing.RoutingSamples;

namespace ProvingMarket.Domain.Tests.Routing;

/// <summary>What is stated of chosen runs holds as often as it says, whatever is wrong with the predictions, and nobody can bend it far.</summary>
public sealed class CoverageTests
{
    private static readonly ImmutableDictionary<string, Coverage> Nothing = MarketStatistics.Empty.Coverage;

    // The ninth decile of a normal distribution.
    private const double Z90 = 1.2816;

    /// <summary>A predictor that is biased and too narrow, whose error differs by mechanism, and which gets worse on the way.</summary>
    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(2, 0.5, 1)]
    [InlineData(3, 0, 2)]
    [InlineData(4, 0.4, 1.5)]
    [InlineData(5, -0.3, 0.9)]
    public void A_biased_predictor_comes_to_hold_nine_of_ten(int seed, double bias, double spread)
    {
        var random = new Random(seed);
        var (known, within, counted) = (Nothing, new Dictionary<string, int>(StringComparer.Ordinal) { ["race"] = 0, ["order-book"] = 0 }, 0);
        for (var i = 0; i < 6_000; i++)
        {
            var mechanism = i % 2 == 0 ? "race" : "order-book";
            var drift = i < 3_000 ? 0 : 0.2;
            var (time, price) = (bias + drift + (spread * Normal(random)), mechanism == "race" ? 0 : bias + (spread * Normal(random)));
            var widths = CoverageRules.WidthsOf(known, mechanism);
            var timeHeld = time <= Z90 * widths.Time;
            known = CoverageRules.After(known, Ended(mechanism, $"a{random.Next(40)}", timeHeld, price <= Z90 + Math.Log(widths.Price)));
            if (i < 400) continue;
            counted++;
            if (timeHeld) within[mechanism]++;
        }
        Assert.All(within, one => Assert.InRange(one.Value / (counted / 2.0), 0.89, 0.91));
    }

    /// <summary>A price that is all but known until those who ask it are taken: between a median and a ninth decile that nearly are one no power finds room, a factor does.</summary>
    [Theory]
    [InlineData(1, 1.02)]
    [InlineData(2, 1.02)]
    [InlineData(3, 1.1)]
    [InlineData(4, 2.5)]
    public void A_price_stated_from_nearly_a_point_comes_to_hold_nine_of_ten(int seed, double decile)
    {
        var (random, known, within, widest, counted) = (new Random(seed), Nothing, 0, 0, 0);
        for (var i = 0; i < 6_000; i++)
        {
            // Three of ten pay more than usual, up to four times as much; later four of ten.
            var paid = random.NextDouble() < (i < 3_000 ? 0.7 : 0.6) ? Math.Exp(0.01 * Normal(random)) : Math.Exp(1.4 * random.NextDouble());
            var stated = CoverageRules.WidthsOf(known, "dutch-auction").PriceOf(1, decile);
            known = CoverageRules.After(known, Ended("dutch-auction", $"a{random.Next(40)}", held: true, priceHeld: paid <= stated));
            if (i < 400) continue;
            counted++;
            if (paid <= stated) within++;
            if (paid <= Math.Pow(decile, CoverageRules.Most)) widest++;
        }
        Assert.InRange((double)within / counted, 0.89, 0.91);
        if (decile < 1.1) Assert.InRange((double)widest / counted, 0, 0.8);
        Assert.Equal(5, new StatedWidths(1, 0.5).PriceOf(5, 6));
    }

    [Fact]
    public void Where_predictions_hold_as_often_as_they_say_hardly_anything_changes()
    {
        var (random, known, lowest, highest) = (new Random(1), Nothing, 1.0, 1.0);
        for (var i = 0; i < 4_000; i++)
        {
            var widths = CoverageRules.WidthsOf(known, "race");
            if (i >= 200) (lowest, highest) = (Math.Min(lowest, widths.Time), Math.Max(highest, widths.Time));
            known = CoverageRules.After(known, Ended("race", $"a{i % 40}", Normal(random) <= Z90 * widths.Time, Normal(random) <= Z90 + Math.Log(widths.Price)));
        }
        // The first few count for more. Afterwards it follows chance a little, as it has to in order to follow what is not chance.
        Assert.InRange(lowest, 0.5, 1);
        Assert.InRange(highest, 1, 2.1);
    }

    [Fact]
    public void Without_data_and_after_requests_without_a_proof_predictions_stay_as_they_are()
    {
        Assert.Equal(StatedWidths.Nominal, CoverageRules.WidthsOf(Nothing, "race"));
        Assert.Empty(LearningRules.After(MarketStatistics.Empty, Outcome("r1", held: null, dueIn: 0)).Holdings);
        Assert.Equal(StatedWidths.Nominal, LearnedModel.Untaught.WidthsOf("race"));
    }

    [Fact]
    public void What_is_learned_of_one_mechanism_counts_for_another_in_part_and_each_has_its_own()
    {
        var known = Nothing;
        for (var i = 0; i < 40; i++) known = CoverageRules.After(known, Ended("race", $"a{i}", held: i % 5 > 0));
        var (raced, other) = (CoverageRules.WidthsOf(known, "race"), CoverageRules.WidthsOf(known, "order-book"));
        Assert.True(raced.Time > other.Time && other.Time > 1.1, $"{raced.Time} {other.Time}");
        Assert.Equal(other, CoverageRules.WidthsOf(known, CoverageRules.Common));
        var model = new LearnedModel(MarketStatistics.Empty with { Coverage = known });
        Assert.Equal((raced, other), (model.WidthsOf("race"), model.WidthsOf("order-book")));
    }

    /// <summary>The good ones are known first, and must not be counted first.</summary>
    [Fact]
    public void What_held_is_counted_when_its_stated_time_is_over_and_not_before()
    {
        var statistics = LearningRules.After(LearningRules.After(MarketStatistics.Empty, Outcome("early", held: true, dueIn: 100)), Outcome("late", held: false, dueIn: -20));
        var first = CoverageRules.Ripened(statistics, Samples.Now);
        Assert.True(CoverageRules.WidthsOf(first.Coverage, "race").Time > 1);
        Assert.Equal((statistics.Version + 1, "early"), (first.Version, Assert.Single(first.Holdings).Account));
        Assert.Same(first, CoverageRules.Ripened(first, Samples.Now.AddSeconds(99)));
        var second = CoverageRules.Ripened(first, Samples.Now.AddSeconds(100));
        Assert.Empty(second.Holdings);
        Assert.True(CoverageRules.WidthsOf(second.Coverage, "race").Time < CoverageRules.WidthsOf(first.Coverage, "race").Time);
        var many = Enumerable.Range(0, 1_500).Aggregate(MarketStatistics.Empty, (known, i) => LearningRules.After(known, Outcome($"r{i}", held: true, dueIn: 10)));
        Assert.Equal(1_024, many.Holdings.Length);
    }

    /// <summary>What waits for its time is bounded, and however many outcomes one account has meanwhile, those of others stay: of those, the oldest of whoever has the most make room.</summary>
    [Fact]
    public void One_account_cannot_wipe_what_others_have_waiting()
    {
        var known = MarketStatistics.Empty;
        for (var i = 0; i < 320; i++) known = LearningRules.After(known, Outcome($"r{i}", held: true, dueIn: 100) with { Account = $"honest-{i % 32}" });
        for (var i = 0; i < 3_000; i++) known = LearningRules.After(known, Outcome($"e{i}", held: false, dueIn: 100 + i) with { Account = "eve" });
        Assert.Equal(1_024, known.Holdings.Length);
        Assert.Equal(320, known.Holdings.Count(holding => holding.Account != "eve"));
        Assert.Equal(Samples.Now.AddSeconds(100 + 3_000 - 704), known.Holdings.Where(holding => holding.Account == "eve").Min(holding => holding.Due));
        // Somebody new finds room, at the cost of whoever has the most.
        known = LearningRules.After(known, Outcome("new", held: true, dueIn: 100));
        Assert.Equal((1_024, 703), (known.Holdings.Length, known.Holdings.Count(holding => holding.Account == "eve")));
    }

    /// <summary>Whatever happens, in whatever order, widths stay within their bounds, and come back from them.</summary>
    [Fact]
    public void Widths_are_bounded() => Property.Holds(FsCheck.Fluent.Gen.Choose(0, 1_000_000), seed =>
    {
        var random = new Random(seed);
        var (known, misses) = (Nothing, random.NextDouble());
        for (var i = 0; i < 300; i++)
        {
            if (i % 100 == 0) misses = random.NextDouble() < 0.5 ? 1 : random.NextDouble() < 0.5 ? 0 : random.NextDouble();
            known = CoverageRules.After(known, Ended($"m{random.Next(90)}", $"a{random.Next(1 + random.Next(30))}", random.NextDouble() >= misses));
            Assert.All(known.Keys, mechanism =>
            {
                var widths = CoverageRules.WidthsOf(known, mechanism);
                Assert.InRange(widths.Time, CoverageRules.Least - 1e-9, CoverageRules.Most + 1e-9);
                Assert.InRange(widths.Price, CoverageRules.LeastFactor - 1e-9, CoverageRules.MostFactor + 1e-9);
            });
        }
        Assert.True(known.Count <= 65, $"{known.Count}");
    }, times: 20);

    [Fact]
    public void After_a_time_at_a_bound_it_comes_back_with_the_first_outcomes_that_say_so()
    {
        var known = Nothing;
        for (var i = 0; i < 2_000; i++) known = CoverageRules.After(known, Ended("race", $"a{i % 40}", held: false));
        Assert.Equal(CoverageRules.Most, CoverageRules.WidthsOf(known, "race").Time, 6);
        for (var i = 0; i < 120; i++) known = CoverageRules.After(known, Ended("race", $"a{i % 40}", held: true));
        Assert.InRange(CoverageRules.WidthsOf(known, "race").Time, CoverageRules.Least, CoverageRules.Most / 2);
    }

    /// <summary>Whoever does nothing but more of the same makes nothing forgotten that moves a correction.</summary>
    [Fact]
    public void One_account_cannot_make_the_market_forget_how_often_what_it_states_holds()
    {
        var known = Nothing;
        for (var i = 0; i < 400; i++) known = CoverageRules.After(known, Ended("race", $"a{i % 40}", held: i % 10 > 0));
        var before = known["race"].Count;
        for (var i = 0; i < 2_000; i++) known = CoverageRules.After(known, Ended("race", "eve", held: true));
        Assert.All(known.Values, coverage => Assert.InRange(
            coverage.Count - coverage.Accounts.Single(share => share.Account == "eve").Weight, before / 2, before));
    }

    /// <summary>However many requests one account makes, and whatever becomes of them: what holds for the others stays near nine of ten.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public void One_account_moves_what_holds_for_the_others_by_no_more_than_its_share(int seed, bool held)
    {
        var (random, known, within, afforded, counted) = (new Random(seed), Nothing, 0, 0, 0);
        for (var i = 0; i < 8_000; i++)
        {
            var widths = CoverageRules.WidthsOf(known, "race");
            var (timeHeld, priceHeld) = (Normal(random) <= Z90 * widths.Time, Normal(random) <= Z90 + Math.Log(widths.Price));
            known = CoverageRules.After(known, Ended("race", $"honest-{i % 40}", timeHeld, priceHeld));
            for (var burst = random.Next(0, 6); burst > 0; burst--) known = CoverageRules.After(known, Ended("race", "eve", held));
            if (i < 500) continue;
            counted++;
            if (timeHeld) within++;
            if (priceHeld) afforded++;
        }
        Assert.InRange((double)afforded / counted, 0.885, 0.955);
        Assert.InRange((double)within / counted, 0.885, 0.955);
        Assert.All(known.Values, coverage => Assert.True(
            coverage.Accounts.Single(share => share.Account == "eve").Weight <= (CoverageRules.LargestShare * (coverage.Count + LearningRules.Prior)) + 1e-9));
    }

    /// <summary>Routing states what was learned, in quotes and in what is stored for explanations alike, and what mattered to the choice stays.</summary>
    [Fact]
    public void Stated_ninth_deciles_follow_what_was_learned_and_medians_stay()
    {
        var wide = Nothing;
        for (var i = 0; i < 100; i++) wide = CoverageRules.After(wide, Ended("race", $"a{i % 40}", held: i % 2 > 0));
        var (before, after) = (Table(LearnedModel.Untaught), Table(new LearnedModel(MarketStatistics.Empty with { Coverage = wide })));
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
        Assert.All(before.Values.Where(row => row.IsFeasible), row =>
        {
            var learned = after[row.Instance];
            Assert.Equal((row.LatencyP50, row.PriceP50, row.ScorePpm), (learned.LatencyP50, learned.PriceP50, learned.ScorePpm));
            Assert.True(learned.LatencyP90 > row.LatencyP90 || row.LatencyP90 >= TimeSpan.FromSeconds(240), $"{row.Instance} {row.LatencyP90} {learned.LatencyP90}");
            Assert.InRange(learned.LatencyP90, row.LatencyP50, TimeSpan.FromSeconds(240.001));
            Assert.InRange(learned.PriceP90.Micro, row.PriceP90.Micro, Money(20).Micro);
        });

        static Dictionary<string, InstanceForecast> Table(LearnedModel model) =>
            RoutePlanner.Decide(Question(id: RoutePlanner.NothingTried), Supply(Twenty), model, Contenders).Decision.Table.ToDictionary(row => row.Instance, StringComparer.Ordinal);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static Holding Ended(string mechanism, string account, bool held, bool? priceHeld = null) => new() { Mechanism = mechanism, Account = account, Time = held, Price = priceHeld ?? held, Due = Samples.Now };

    private static RouteOutcome Outcome(string id, bool? held, double dueIn) => new()
    {
        RequestId = id, Account = id, ProgramId = Program.ProgramId, Succeeded = true, TimeHeld = held, PriceHeld = held, Due = Samples.Now.AddSeconds(dueIn),
        Basis = new RouteBasis
        {
            Cell = new CellKey { Instance = "race" }, ExpectedPpm = 900_000, Milliseconds = 1_000, TimeSpread = 200, TimeSpreadBelow = 200, Price = Money(1), PriceSpread = 100,
            Instance = new MechanismInstance { Id = "race", Mechanism = "race" },
        },
    };
}
