using ProvingMarket.Simulation.Study;
using ProvingMarket.Simulation.Study.Demand;
using ProvingMarket.Simulation.Study.Results;
using ProvingMarket.Simulation.Study.Tuning;
using ProvingMarket.Simulation.Study.Worlds;

namespace ProvingMarket.Simulation.Tests.Study;

/// <summary>The study of tuning compares what differs in tuning only.</summary>
public sealed class TuningStudyTests
{
    [Fact]
    public void Worlds_with_tuning_and_without_are_the_same_until_something_is_tried()
    {
        var mistuning = Mistuning.All.Single(one => one.Name == "dear Dutch start");
        var plan = StudyPlan.Draw(5, mistuning.Persona, JobSizes.BuiltIn, 60, 25, requestersEach: 1);
        Assert.Single(plan.Demand.Requests.Select(request => request.Account).Distinct());
        var (tuned, untuned) = (Run(tunes: true), Run(tunes: false));
        Assert.All(untuned, outcome => Assert.True(outcome.Decision is null or { IsExploring: false }));
        var first = Array.FindIndex(tuned, outcome => outcome.Decision is { IsExploring: true });
        Assert.InRange(first, 20, 59);
        Assert.Equal(untuned.Take(first).Select(outcome => outcome.Loss), tuned.Take(first).Select(outcome => outcome.Loss));
        Assert.Contains('~', tuned[first].Decision!.Chosen!.Instance);
        Assert.DoesNotContain(untuned, outcome => outcome.Decision?.Chosen?.Instance.Contains('~', StringComparison.Ordinal) == true);

        StudyOutcome[] Run(bool tunes)
        {
            using var world = new StudyWorld(plan, StudyPolicy.Mistuned(mistuning, tunes));
            return [.. world.Run().Outcomes];
        }
    }

    [Fact]
    public void The_report_has_every_mistuning_quarter_by_quarter()
    {
        var report = TuningStudy.Run(new StudyOptions { Policies = ["order-book", "dutch-auction"], Requests = 52, FirstSeed = 3, LastSeed = 3, Provers = 25 }, progress: null, CancellationToken.None);
        Assert.Equal(Mistuning.All.Select(one => one.Name), report.Cases.Select(one => one.Name));
        Assert.Equal(6 + 4, report.Worlds);
        foreach (var one in report.Cases)
        {
            Assert.Equal([(1, 13), (14, 26), (27, 39), (40, 52)], one.Windows.Select(window => (window.From, window.To)));
            Assert.Equal(one.Windows[0].NotTuned, one.Windows[0].Tuned);
            // With a single seed nothing is known of the spread.
            Assert.Contains(one.VerdictOf(report.Bar), (Verdict[])[Verdict.Open, Verdict.Likely]);
            Assert.Contains(one.Name, report.ToString(), StringComparison.Ordinal);
            Assert.Contains(one.Name, report.ToHtml(), StringComparison.Ordinal);
        }
        Assert.Contains("\"oracle\"", report.ToJson(), StringComparison.Ordinal);
    }
}
