using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;
using static ProvingMarket.Domain.Tests.Routing.RoutingSamples;

namespace ProvingMarket.Domain.Tests.Routing;

public sealed class SupplyTests
{
    [Fact]
    public void Those_left_out_are_counted_by_the_first_limit_they_fail()
    {
        var supply = ProgramSupply.Of(
            Program,
            [
                new SupplyReport
                {
                    Provers =
                    [
                        Prover(1, 10, 2), Prover(2, 10, 2, hardware: "gpu"), Prover(3, 10, 30, hardware: "gpu"), Prover(4, 500, 30, hardware: "gpu"), Prover(5, 10, 2, stake: 1, hardware: "gpu"),
                        Prover(6, 10, 2) with { Programs = [] }, Prover(7, 10, 2, hardware: "gpu") with { IsPaused = true }, Prover(8, 10, 2, hardware: "gpu"),
                    ],
                    NotLive = 3,
                },
            ],
            []);
        var selection = SupplySelection.Of(supply, Question(constraints: new() { Hardware = ["gpu"], MinStake = Money(50), DeniedProvers = ["p8"] }));
        Assert.Equal("p2", Assert.Single(selection.BySpeed).ProverId);
        Assert.Equal(
            new Dictionary<ReasonCode, int>
            {
                [ReasonCode.ProgramNotServed] = 1, [ReasonCode.HardwareMissing] = 1, [ReasonCode.ProverExcluded] = 1, [ReasonCode.StakeBelowMinimum] = 1, [ReasonCode.ProverNotLive] = 3,
                [ReasonCode.PriceBelowAsk] = 1, [ReasonCode.DeadlineTooSoon] = 1, [ReasonCode.ProverPaused] = 1,
            },
            selection.LeftOut.ToDictionary());
    }

    [Fact]
    public void The_smallest_change_that_would_let_somebody_in_comes_first()
    {
        var question = Question(maxPrice: 2, hard: 100, constraints: new RequestConstraints { Hardware = ["gpu"] });
        var supply = Supply(Prover(1, 10, 2.2m, hardware: "gpu"), Prover(2, 10, 3, hardware: "gpu"), Prover(3, 400, 1, hardware: "gpu"), Prover(4, 10, 1), Prover(5, 10, 9));
        var changes = SupplySelection.Of(supply, question).Relaxations;
        Assert.Equal([(ReasonCode.PriceBelowAsk, 2, 10), (ReasonCode.HardwareMissing, 1, 100), (ReasonCode.DeadlineTooSoon, 1, 300)], changes.Select(change => (change.Limit, change.Provers, change.Percent)));
        Assert.Equal("maxPrice 2.2 instead of 2 credits", changes[0].Change);
    }

    [Fact]
    public void A_list_of_allowed_provers_is_looked_up_exactly_however_many_there_are()
    {
        var supply = Supply(Enumerable.Range(0, 5_000).Select(n => Prover(n, 5 + (n % 50), 1 + (0.001m * n))));
        var selection = SupplySelection.Of(supply, Question(constraints: new() { AllowedProvers = ["p4321", "p17", "nobody"] }));
        Assert.Equal(["p17", "p4321"], selection.BySpeed.Select(prover => prover.ProverId).Order());
        Assert.Equal((2, 4_998), (selection.Eligible, selection.LeftOut[ReasonCode.ProverExcluded]));
    }

    /// <summary>A list of names with a mistake in it: who is meant is not there, and others would do it.</summary>
    [Fact]
    public void Allowed_provers_who_are_not_there_are_named_and_so_is_who_else_could_be_allowed()
    {
        var supply = Supply(Prover(1, 10, 1), Prover(2, 20, 1), Prover(3, 10, 30));

        var selection = SupplySelection.Of(supply, Question(maxPrice: 2, constraints: new() { AllowedProvers = ["p01", "p3", "p01"] }));

        Assert.Equal((0, "p01"), (selection.Eligible, Assert.Single(selection.Absent)));
        Assert.Equal(
            [(ReasonCode.ProverExcluded, 2, "p1 among allowedProvers"), (ReasonCode.PriceBelowAsk, 1, "maxPrice 30 instead of 2 credits")],
            selection.Relaxations.Select(change => (change.Limit, change.Provers, change.Change)));
        Assert.Equal(SupplySelection.MostAbsent, SupplySelection.Of(supply, Question(constraints: new() { AllowedProvers = [.. Enumerable.Range(10, 20).Select(n => $"x{n}")] })).Absent.Length);
        Assert.Empty(SupplySelection.Of(supply, Question()).Absent);
    }

    [Fact]
    public void Ten_thousand_provers_are_represented_by_a_few()
    {
        var random = new Random(3);
        var provers = Enumerable.Range(0, 10_000).Select(n => Prover(n, 2 + (100 * random.NextDouble()), 1 + (decimal)(9 * random.NextDouble()), 0.8, stake: random.Next(200))).ToArray();
        var supply = Supply(provers);
        var selection = SupplySelection.Of(supply, Question(maxPrice: 5, constraints: new() { MinStake = Money(100) }));
        Assert.InRange(selection.BySpeed.Length, 1, ProgramSupply.Most);
        var exact = provers.Count(prover => Program.Work.PriceAt(prover.AskPerUnit) <= Money(5) && prover.Stake >= Money(100));
        Assert.InRange(selection.Eligible, exact * 0.7, exact * 1.3);
        Assert.Equal(10_000, selection.Eligible + selection.LeftOut.Values.Sum(), 2.0);
        var fastest = provers.MaxBy(prover => prover.Programs[0].MilliUnitsPerSecond)!;
        Assert.Equal(fastest.ProverId, SupplySelection.Of(supply, Question()).BySpeed[0].ProverId);
    }
}
