using System.Globalization;
using ProvingMarket.Domain.Routing;
using static ProvingMarket.Domain.Tests.Routing.RoutingSamples;

namespace ProvingMarket.Domain.Tests.Routing;

public sealed class LearningTests
{
    private static readonly RouteBasis Basis = new()
    {
        Cell = new CellKey { Instance = "race", Class = "groth16/6", Band = 1 }, ExpectedPpm = 800_000, Milliseconds = 10_000, TimeSpread = 300, TimeSpreadBelow = 300, Price = Money(2), PriceSpread = 100,
        Instance = new() { Id = "race", Mechanism = "race" },
    };

    /// <summary>Reality is slower than the models, by a distribution that is not theirs; what was learned of some requests is held against others.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_stated_ninth_decile_holds_for_nine_of_ten_that_were_held_back(int seed)
    {
        var random = new Random(seed);
        var statistics = MarketStatistics.Empty;
        for (var i = 0; i < 600; i++) statistics = LearningRules.After(statistics, Drawn(random, $"x{i}"));
        var correction = new LearnedModel(statistics).Of(Basis.Cell);
        var (within, below, all) = (0, 0, 4_000);
        for (var i = 0; i < all; i++)
        {
            var took = Drawn(random, $"y{i}").Took.TotalSeconds;
            if (took <= correction.Time(0.9, 10, new Spreads(0.3, 0.3))) within++;
            if (took <= correction.Time(0.5, 10, new Spreads(0.3, 0.3))) below++;
        }
        Assert.InRange((double)within / all, 0.87, 0.93);
        Assert.InRange((double)below / all, 0.44, 0.56);
    }

    [Fact]
    public void Without_data_the_structural_model_counts_as_it_is()
    {
        var correction = LearnedModel.Untaught.Of(Basis.Cell);
        Assert.Equal(0.8, correction.Success(0.8), 9);
        Assert.Equal(10, correction.Time(0.5, 10, new Spreads(0.3, 0.3)), 0.1);
        Assert.Equal(10 * Math.Exp(1.2816 * 0.3), correction.Time(0.9, 10, new Spreads(0.3, 0.3)), 0.15);
    }

    [Fact]
    public void Success_is_learned_and_what_is_old_is_forgotten()
    {
        var statistics = Fed(MarketStatistics.Empty, "x", 400, succeeded: false);
        Assert.InRange(new LearnedModel(statistics).Of(Basis.Cell).Success(0.8), 0, 0.1);
        Assert.InRange(new LearnedModel(Fed(statistics, "y", 800, succeeded: true)).Of(Basis.Cell).Success(0.8), 0.9, 1);
    }

    [Fact]
    public void Another_program_or_load_starts_from_what_is_known_of_the_instance()
    {
        var model = new LearnedModel(Fed(MarketStatistics.Empty, "x", 400, succeeded: false));
        var elsewhere = Basis.Cell with { Class = "plonk/9", Band = 3 };
        Assert.InRange(model.Of(elsewhere).Success(0.8), 0, 0.2);
        Assert.Equal(model.Of(elsewhere).Success(0.8), model.Of(elsewhere with { Instance = "race~premium=25" }).Success(0.8));
        Assert.Equal(0.8, model.Of(elsewhere with { Instance = "sealed-bid-auction" }).Success(0.8));
    }

    /// <summary>Where more race than the reward pays for, more hold the work than was expected, and that is learned; a few runs with many say little of the others.</summary>
    [Theory]
    [InlineData(1, 0.97, 1)]
    [InlineData(10, 0.53, 0.58)]
    public void Censorship_resistance_is_learned_by_what_it_is_worth(int oneInSo, double least, double most)
    {
        var basis = Basis with { ProversMilli = 1_000 };
        var statistics = Enumerable.Range(0, 200).Aggregate(MarketStatistics.Empty, (known, i) => LearningRules.After(known, Outcome($"x{i}", basis, succeeded: true, account: $"a{i % 12}") with { Provers = i % oneInSo == 0 ? 14 : 1 }));
        var model = new LearnedModel(statistics);
        Assert.Equal(0.5, LearnedModel.Untaught.Of(Basis.Cell).Resistance(1));
        Assert.InRange(model.Of(Basis.Cell).Resistance(1), least, most);
        Assert.InRange(model.Of(Basis.Cell with { Class = "plonk/9", Band = 3 }).Resistance(1), least - 0.03, most);
        Assert.Equal(0, model.Of(Basis.Cell).Resistance(0));
    }

    [Fact]
    public void A_repeated_report_changes_nothing()
    {
        var once = LearningRules.After(MarketStatistics.Empty, Outcome("x1", Basis, succeeded: true));
        Assert.Same(once, LearningRules.After(once, Outcome("x1", Basis, succeeded: true)));
    }

    /// <summary>However many requests one account makes, it is at most its share of what others are judged by.</summary>
    [Fact]
    public void One_account_moves_the_statistics_of_others_by_no_more_than_its_share() => Property.Holds(FsCheck.Fluent.Gen.Choose(0, 1_000_000), seed =>
    {
        var random = new Random(seed);
        var honest = random.Next(0, 200);
        var (with, without) = (MarketStatistics.Empty, MarketStatistics.Empty);
        for (var i = 0; i < honest; i++)
        {
            var outcome = Outcome($"h{i}", Basis, random.NextDouble() < 0.8, account: $"honest-{i % 9}");
            (with, without) = (LearningRules.After(with, outcome), LearningRules.After(without, outcome));
            // Between them, in bursts, the one that wants to be the statistics.
            for (var burst = random.Next(0, 6); burst > 0; burst--) with = LearningRules.After(with, Outcome($"e{i}-{burst}", Basis, succeeded: false, z: 5, account: "eve"));
        }
        for (var i = 0; i < 500; i++) with = LearningRules.After(with, Outcome($"late{i}", Basis, succeeded: false, z: 5, account: "eve"));
        foreach (var cell in with.Cells.Values)
        {
            var own = cell.Accounts.FirstOrDefault(share => share.Account == "eve")?.Weight ?? 0;
            Assert.True(own <= LearningRules.LargestShare * (cell.Count + LearningRules.Prior) + 1e-9, $"{own} of {cell.Count}");
        }
    }, times: 30);

    /// <summary>Whoever does nothing but more of the same makes nothing forgotten that others have taught.</summary>
    [Fact]
    public void One_account_cannot_make_the_market_forget_what_it_has_learned_of_others()
    {
        var statistics = Fed(MarketStatistics.Empty, "x", 400, succeeded: false);
        var before = statistics.Cells[Basis.Cell.Name];
        for (var i = 0; i < 2_000; i++) statistics = LearningRules.After(statistics, Outcome($"e{i}", Basis, succeeded: true, account: "eve"));
        foreach (var cell in statistics.Cells.Values)
        {
            var left = cell.Accounts.Where(share => share.Account != "eve").Sum(share => share.Weight);
            Assert.InRange(left, before.Count / 2, before.Count);
        }
        Assert.InRange(new LearnedModel(statistics).Of(Basis.Cell).Success(0.8), 0, 0.3);

        // Where it is alone it harms nobody, and what is known stays new.
        var alone = MarketStatistics.Empty;
        for (var i = 0; i < 1_600; i++) alone = LearningRules.After(alone, Outcome($"a{i}", Basis, succeeded: i >= 800, account: "eve"));
        Assert.InRange(alone.Cells[Basis.Cell.Name].Succeeded / alone.Cells[Basis.Cell.Name].Count, 0.95, 1);
    }

    [Fact]
    public void The_usual_price_is_the_median_paid_and_one_account_cannot_set_it()
    {
        var statistics = MarketStatistics.Empty;
        for (var i = 0; i < 40; i++) statistics = LearningRules.After(statistics, Outcome($"x{i}", Basis, succeeded: true, account: $"a{i % 8}", paid: 2 + (0.01m * (i % 5))));
        for (var i = 0; i < 500; i++) statistics = LearningRules.After(statistics, Outcome($"e{i}", Basis, succeeded: true, account: "eve", paid: 1_000));
        Assert.InRange(LearningRules.MedianPrice(statistics, Program.ProgramId)!.Value.Micro, Money(2).Micro, Money(2.05m).Micro);
        Assert.Null(LearningRules.MedianPrice(statistics, "another"));
    }

    /// <summary>Programs of every class have come, each once: what is new is learned all the same, and what much is known of stays.</summary>
    [Fact]
    public void A_market_that_has_seen_everything_goes_on_learning()
    {
        var statistics = Fed(MarketStatistics.Empty, "known", 50, succeeded: true);
        for (var i = 0; i < LearningRules.MostCells + 1_000; i++) statistics = LearningRules.After(statistics, Outcome($"x{i}", Elsewhere(i), succeeded: true, account: $"a{i}"));
        Assert.InRange(statistics.Cells.Count, LearningRules.MostCells * 9 / 10, LearningRules.MostCells);
        Assert.Contains(Elsewhere(LearningRules.MostCells + 999).Cell.Name, statistics.Cells.Keys);
        Assert.DoesNotContain(Elsewhere(0).Cell.Name, statistics.Cells.Keys);
        Assert.InRange(statistics.Cells[Basis.Cell.Name].Count, 40, 50);

        var model = new LearnedModel(Enumerable.Range(0, 400).Aggregate(statistics, (known, i) => LearningRules.After(known, Outcome($"late{i}", Elsewhere(-1), succeeded: false, account: $"a{i % 12}"))));
        Assert.InRange(model.Of(Elsewhere(-1).Cell).Success(0.8), 0, 0.1);
    }

    [Fact]
    public void What_nobody_has_used_for_ages_is_forgotten_before_what_is_used()
    {
        var statistics = Fed(MarketStatistics.Empty, "known", 50, succeeded: true);
        statistics = statistics with { Version = statistics.Version + 1_000_000 };
        for (var i = 0; i < LearningRules.MostCells; i++) statistics = LearningRules.After(statistics, Outcome($"x{i}", Elsewhere(i), succeeded: true, account: $"a{i}"));
        Assert.DoesNotContain(Basis.Cell.Name, statistics.Cells.Keys);
        Assert.Contains(Elsewhere(0).Cell.Coarse.Name, statistics.Cells.Keys);
    }

    [Fact]
    public void Prices_of_new_programs_are_remembered_however_many_there_were()
    {
        var statistics = MarketStatistics.Empty;
        for (var i = 0; i < LearningRules.PricesBeforeTrust * 2; i++) statistics = LearningRules.After(statistics, Outcome($"known{i}", Basis, succeeded: true, account: $"a{i % 8}"));
        for (var i = 0; i < LearningRules.MostPrograms + 100; i++) statistics = LearningRules.After(statistics, Outcome($"x{i}", Basis, succeeded: true, account: $"a{i}") with { ProgramId = $"program-{i}" });
        Assert.InRange(statistics.Prices.Count, LearningRules.MostPrograms * 9 / 10, LearningRules.MostPrograms);
        Assert.Contains($"program-{LearningRules.MostPrograms + 99}", statistics.Prices.Keys);
        Assert.Equal(Basis.Price, LearningRules.MedianPrice(statistics, Program.ProgramId));
    }

    private static RouteBasis Elsewhere(int n) => Basis with { Cell = Basis.Cell with { Class = string.Create(CultureInfo.InvariantCulture, $"other/{n}"), Instance = $"race~{n % 7}" } };

    private static RouteOutcome Drawn(Random random, string id)
    {
        // A mixture: most are somewhat slower than expected, some much.
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var z = random.NextDouble() < 0.8 ? 0.7 + (0.8 * normal) : 3 + (0.5 * normal);
        return Outcome(id, Basis, succeeded: true, z, account: $"a{random.Next(12)}");
    }

    private static MarketStatistics Fed(MarketStatistics statistics, string prefix, int count, bool succeeded) =>
        Enumerable.Range(0, count).Aggregate(statistics, (known, i) => LearningRules.After(known, Outcome($"{prefix}{i}", Basis, succeeded, account: $"a{i % 12}")));
}
