using System.Xml;
using System.Xml.Linq;
using ProvingMarket.Simulation.Study;
using ProvingMarket.Simulation.Study.Demand;
using ProvingMarket.Simulation.Study.Results;
using ProvingMarket.Simulation.Study.Worlds;

namespace ProvingMarket.Simulation.Tests.Study;

/// <summary>A small study, run twice.</summary>
public sealed class SmallStudy
{
    public static readonly StudyOptions Options = new()
    {
        Policies = [StudyPolicy.RoutedName, "order-book", "race", "random-election", StudyPolicy.OracleName],
        Requests = 60,
        FirstSeed = 3,
        LastSeed = 4,
        Provers = 25,
    };

    public StudyReport First { get; } = QosStudy.Run(Options, progress: null, CancellationToken.None);

    public StudyReport Second { get; } = QosStudy.Run(Options, progress: null, CancellationToken.None);
}

/// <summary>What a study says holds together.</summary>
public sealed class QosStudyTests(SmallStudy study) : IClassFixture<SmallStudy>
{
    private PopulationReport Mixed => Assert.Single(study.First.Populations);

    [Fact]
    public void The_same_seeds_give_the_same_numbers() => Assert.Equal(study.First.ToJson(), study.Second.ToJson());

    [Fact]
    public void The_oracle_loses_no_more_than_any_single_mechanism_in_total_and_for_every_persona()
    {
        foreach (var policies in Mixed.Personas.Select(persona => persona.Policies).Append(Mixed.Policies))
        {
            var oracle = policies.Single(policy => policy.Policy == StudyPolicy.OracleName);
            Assert.Equal(0, oracle.Excess!.Value.Value);
            foreach (var single in policies.Where(policy => policy.Policy is not (StudyPolicy.OracleName or StudyPolicy.RoutedName)))
            {
                Assert.True(oracle.Loss.Value <= single.Loss.Value, $"{single.Policy}: {single.Loss.Value} < {oracle.Loss.Value}");
                Assert.Equal(single.Loss.Value - oracle.Loss.Value, single.Excess!.Value.Value, 9);
            }
        }
    }

    [Fact]
    public void Mechanisms_differ_as_they_should()
    {
        var race = Policy("race");
        var book = Policy("order-book");
        Assert.True(race.Holders > 2 * book.Holders, $"{race.Holders} provers in a race, {book.Holders} from the book");
        Assert.True(race.Price!.Value.Value > 1.5 * book.Price!.Value.Value, $"{race.Price.Value.Value} for a race, {book.Price.Value.Value} from the book");
        Assert.True(race.Utilisation > book.Utilisation);
        Assert.All(Mixed.Policies, policy => Assert.InRange(policy.Loss.Value, 0.05, 0.95));
        Assert.All(Mixed.Policies, policy => Assert.InRange(policy.Delivered.Value, 0.5, 1));
    }

    [Fact]
    public void Requests_that_name_a_mechanism_run_it_and_others_are_routed()
    {
        Assert.Equal(["race"], Policy("race").Choices.Keys);
        Assert.Equal(1, Policy("race").Choices["race"], 9);
        var routed = Policy(StudyPolicy.RoutedName);
        Assert.NotEmpty(routed.Choices);
        Assert.Equal(1, routed.Choices.Values.Sum(), 9);
        Assert.NotNull(Mixed.Routed!.ExcessRatio);
    }

    [Fact]
    public void Predictions_are_held_against_outcomes_and_bars_are_judged_by_intervals()
    {
        var calibration = Mixed.Calibration!;
        Assert.True(calibration.TimeP50!.Value.Value < calibration.TimeP90!.Value.Value);
        Assert.InRange(calibration.PriceP90!.Value.Value, 0.3, 1);
        Assert.InRange(calibration.Delivered!.Value.Value, -0.3, 0.3);
        Assert.Equal(2, Mixed.Bars.Length);
        Assert.All(Mixed.Bars, bar => Assert.Contains($"bar: {bar.Name}: ", study.First.ToString(), StringComparison.Ordinal));
        Assert.Equal(Mixed.Routed!.ExcessRatio, Mixed.Bars[0].Measured);
    }

    [Theory]
    [InlineData(0.2, 0.1, 0.3, Verdict.Reached, Verdict.Missed)]
    [InlineData(0.29, 0.2, 0.38, Verdict.Likely, Verdict.Open)]
    [InlineData(0.31, 0.22, 0.4, Verdict.Open, Verdict.Likely)]
    [InlineData(0.4, 0.31, 0.5, Verdict.Missed, Verdict.Reached)]
    public void A_bar_is_reached_when_the_whole_interval_is_on_its_side(double value, double low, double high, Verdict atMost, Verdict atLeast)
    {
        Assert.Equal(atMost, Verdicts.AtMost(new Interval(value, low, high), 0.3));
        Assert.Equal(atLeast, Verdicts.AtLeast(new Interval(value, low, high), 0.3));
        Assert.Equal(Verdict.Missed, Verdicts.Between(new Interval(value, low, high), 0.6, 0.7));
    }

    [Fact]
    public void The_counts_are_those_of_the_options()
    {
        Assert.Equal(12, study.First.WarmUp);
        Assert.Equal(2 * 48, Mixed.Personas.Sum(persona => persona.Requests));
        Assert.Equal(8, study.First.Worlds);
    }

    [Fact]
    public void The_page_is_well_formed_names_its_charts_and_loads_nothing()
    {
        var html = study.First.ToHtml();
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        var page = XDocument.Load(reader);
        XNamespace svg = "http://www.w3.org/2000/svg";
        var charts = page.Descendants(svg + "svg").ToArray();
        Assert.True(charts.Length >= 3, $"{charts.Length} charts");
        Assert.All(charts, chart => Assert.False(string.IsNullOrWhiteSpace(chart.Element(svg + "title")?.Value)));
        Assert.All(charts, chart => Assert.Equal("img", chart.Attribute("role")?.Value));
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "href");
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
        foreach (var policy in study.First.Policies) Assert.Contains(policy, html, StringComparison.Ordinal);
    }

    [Fact]
    public void Worlds_of_one_plan_ask_the_same_in_the_same_order()
    {
        var plan = StudyPlan.Draw(5, Personas.Mixed, JobSizes.BuiltIn, 50, 12);
        var reports = new[] { "order-book", "race" }.Select(name =>
        {
            using var world = new StudyWorld(plan, StudyPolicy.Single(name));
            return world.Run();
        }).ToArray();
        Assert.Equal(reports[0].Outcomes.Select(outcome => outcome.Request), reports[1].Outcomes.Select(outcome => outcome.Request));

        // Whoever proves the same request in both worlds takes the same time for it: the difference is what the mechanisms take.
        var same = reports[0].Outcomes.Zip(reports[1].Outcomes).Where(pair => pair.First.ProverId is { } prover && prover == pair.Second.ProverId).ToArray();
        Assert.NotEmpty(same);
        Assert.All(same, pair => Assert.True(
            pair.First.Latency >= Own(plan, pair.First) && pair.Second.Latency >= Own(plan, pair.Second), $"{pair.First.Request.Id} was faster than its prover"));
    }

    private static TimeSpan Own(StudyPlan plan, StudyOutcome outcome) =>
        StudyBackend.Draw(plan.Seed, plan.Supply.Provers.Single(prover => prover.Id == outcome.ProverId), outcome.Request).Duration;

    private PolicyReport Policy(string name) => Mixed.Policies.Single(policy => policy.Policy == name);
}
