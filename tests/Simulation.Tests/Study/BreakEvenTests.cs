using System.Collections.Immutable;
using ProvingMarket.Domain;
using ProvingMarket.Simulation.Study.Demand;
using ProvingMarket.Simulation.Study.Results;
using ProvingMarket.Simulation.Study.Supply;
using ProvingMarket.Simulation.Study.Worlds;

namespace ProvingMarket.Simulation.Tests.Study;

/// <summary>Shares at which a single mechanism stops being good enough, where they can be computed by hand.</summary>
public sealed class BreakEvenTests
{
    private static readonly ImmutableArray<string> Singles = ["a", "b"];

    /// <summary>Who wants the one loses 1 with the other and nothing with its own: at a share s of the rarer, the best single mechanism loses s.</summary>
    [Fact]
    public void Opposite_demands_break_even_at_the_tolerance()
    {
        var report = BreakEven.Of([.. Samples("arbitrage-bot", lostUnder: "b"), .. Samples("bridge", lostUnder: "a")], Singles, hasRouted: false)!;
        var pair = report.AmongEqual.Single(pair => pair.Everybody == "bridge");
        Assert.Equal(0.03, pair.Share!.Value, 9);
        var sweep = report.AmongOthers.Single(sweep => sweep.Persona == "arbitrage-bot");
        Assert.Equal(0.98, sweep.GoodEnoughAbove!.Value, 0.0101);
        var middle = sweep.Points.Single(point => point.Share == 0.5);
        Assert.Equal(0.5, middle.BestSingleLoss - middle.Loss, 2);
    }

    [Fact]
    public void Equal_demands_are_always_served_by_one()
    {
        var report = BreakEven.Of([.. Samples("arbitrage-bot", lostUnder: "b"), .. Samples("bridge", lostUnder: "b")], Singles, hasRouted: false)!;
        Assert.All(report.AmongEqual, pair => Assert.Null(pair.Share));
        Assert.All(report.AmongOthers, sweep => Assert.Equal(0, sweep.GoodEnoughAbove));
    }

    [Fact]
    public void One_mechanism_alone_is_compared_with_nothing() =>
        Assert.Null(BreakEven.Of([.. Samples("bridge", lostUnder: "b")], ["a"], hasRouted: false));

    /// <summary>Requests that are served at once, for nothing, by all provers under one of the mechanisms, and not at all under the other.</summary>
    private static IEnumerable<StudySample> Samples(string persona, string lostUnder)
    {
        var plan = StudyPlan.Draw(1, persona, JobSizes.BuiltIn, 10, StudySupply.StandardProvers);
        return plan.Demand.Requests.Select(request => new StudySample(0, Singles.ToImmutableSortedDictionary(
            single => single,
            single => single == lostUnder
                ? new StudyOutcome { Request = request }
                : new StudyOutcome { Request = request, Latency = TimeSpan.Zero, Price = Credits.Zero, Holders = 60 },
            StringComparer.Ordinal)));
    }
}
