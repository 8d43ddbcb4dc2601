using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;
using static ProvingMarket.Domain.Tests.Routing.RoutingSamples;

namespace ProvingMarket.Domain.Tests.Mechanisms.Forecasts;

/// <summary>A mechanism of a third party that says nothing of its own.</summary>
public sealed class NeutralForecastTests
{
    private static readonly Mute Mechanism = new();

    [Fact]
    public void What_a_mechanism_says_nothing_of_is_expected_to_cost_the_ceiling()
    {
        var row = Assert.Single(Decide(Thrifty).Table, row => row.Instance == Mechanism.Name);
        Assert.True(row.IsFeasible);
        Assert.Equal(Money(20), row.PriceP90);
        Assert.True(row.PriceP50 >= Money(19.99m), $"{row}");
    }

    [Fact]
    public void It_is_not_chosen_for_a_price_that_it_never_promised() =>
        Assert.DoesNotContain(Enumerable.Range(0, 200), i => Decide(Thrifty, $"r{i}").Chosen!.Instance == Mechanism.Name);

    [Fact]
    public void What_it_is_seen_to_cost_takes_the_place_of_the_ceiling()
    {
        var basis = RoutePlanner.Decide(Question(Thrifty), Supply(Twenty), LearnedModel.Untaught, [new Contender(Mechanism, Mechanism.Instance)]).Decision.Basis!;
        var statistics = Enumerable.Range(0, 60).Aggregate(
            MarketStatistics.Empty, (known, i) => LearningRules.After(known, Outcome($"x{i}", basis, succeeded: true, account: $"a{i % 10}", paid: 10)));
        var learned = RoutePlanner.Decide(Question(Thrifty), Supply(Twenty), new LearnedModel(statistics), [new Contender(Mechanism, Mechanism.Instance)]).Decision;
        Assert.InRange(learned.Chosen!.PriceP50.Micro, Money(8).Micro, Money(13).Micro);
    }

    private static RouteDecision Decide(Domain.Qos.QosWeights weights, string id = "r1") =>
        RoutePlanner.Decide(Question(weights, id), Supply(Twenty), LearnedModel.Untaught, [.. Contenders, new Contender(Mechanism, Mechanism.Instance)]).Decision;

    private sealed class Mute : IMechanism
    {
        public string Name => "mute";

        public string Summary => "Says nothing.";

        public ImmutableArray<MechanismParameter> Parameters => [];

        public Domain.Mechanisms.Forecasts.MechanismInstance Instance => Assert.Single(((IMechanism)this).Instances);

        public Refusal? Check(MechanismChoice choice, Credits maxPrice, RequestConstraints constraints) => null;
    }
}
