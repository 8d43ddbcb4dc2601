using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;
using static ProvingMarket.Domain.Tests.Routing.RoutingSamples;

namespace ProvingMarket.Domain.Tests.Routing;

public sealed class RoutePlannerTests
{
    [Fact]
    public void Who_wants_speed_gets_a_race() => Assert.Equal("race", Decide(Question(Arbitrage)).Plan.Stages[0].Name);

    [Fact]
    public void Who_wants_a_low_price_gets_an_auction()
    {
        var (plan, decision) = Decide(Question(Thrifty));
        Assert.Contains(plan.Stages[0].Name, (string[])["sealed-bid-auction", "dutch-auction"]);
        Assert.True(decision.Chosen!.PriceP50 < decision.Reference);
    }

    [Fact]
    public void Who_wants_safety_and_has_a_day_gets_backups_and_bonds_and_no_race()
    {
        var (plan, decision) = Decide(Question(Rollup, soft: 43_200, hard: 86_400, halfLife: 21_600));
        Assert.NotEqual("race", plan.Stages[0].Name);
        Assert.True(Money(0) < Bond(plan.Stages[0]));
        Assert.True(decision.Chosen!.HardPpm >= 999_000, $"{decision.Chosen}");
    }

    [Fact]
    public void The_table_has_every_instance_and_the_same_question_the_same_answer()
    {
        var (plan, decision) = Decide(Question());
        Assert.Equal(Contenders.Select(contender => contender.Instance.Id).Order(), decision.Table.Select(row => row.Instance).Order());
        var (again, _) = Decide(Question());
        Assert.Equal(plan.Explanation, again.Explanation);
        Assert.Equal(plan.Stages[0].Parameters, again.Stages[0].Parameters);
    }

    [Fact]
    public void What_cannot_serve_says_which_limit_it_fails()
    {
        var decision = Decide(Question(constraints: new() { MinRedundancy = 3 })).Decision;
        var auction = decision.Table.Single(row => row.Instance == "sealed-bid-auction");
        Assert.Equal("constraints.minRedundancy", auction.Limit?.Field);
        Assert.Equal(ReasonCode.NothingMatches, decision.Table.Single(row => row.Instance == "order-book").Limit?.Code);
        Assert.Contains(decision.Chosen!.Instance.Split('/')[0], (string[])["race", "elected-race"]);
        Assert.All(decision.Table.Where(row => row.IsFeasible), row => Assert.InRange(row.ScorePpm, 1, 1_000_000));
    }

    [Fact]
    public void A_mechanism_that_cannot_be_in_time_is_not_chosen()
    {
        // Everybody needs at least 5 seconds, and an auction its windows before that.
        var decision = Decide(Question(Thrifty, soft: 5.5, hard: 6)).Decision;
        Assert.Equal(1, decision.Eligible);
        Assert.Equal(19, decision.LeftOut[ReasonCode.DeadlineTooSoon]);
        Assert.All(decision.Table.Where(row => row.IsFeasible), row => Assert.True(row.LatencyP50 <= TimeSpan.FromSeconds(6)));
    }

    /// <summary>All three are eligible, and five are wanted: what is said to help does help, and no less would.</summary>
    [Fact]
    public void When_more_are_wanted_side_by_side_than_there_are_it_says_how_many_could_be_had()
    {
        var supply = Supply(Prover(1, 10, 1), Prover(2, 12, 1), Prover(3, 14, 1));

        var refused = Wanted(5);
        Assert.Null(refused.Basis);
        Assert.Equal(3, refused.Eligible);
        Assert.Equal(("minRedundancy 3 instead of 5", 40), Assert.Single(refused.Relaxations.Select(change => (change.Change, change.Percent))));
        Assert.NotNull(Wanted(3).Basis);
        Assert.Null(Wanted(4).Basis);
        Assert.Empty(Wanted(3).Relaxations);

        RouteDecision Wanted(int side) => RoutePlanner.Decide(Question(constraints: new() { MinRedundancy = side }), supply, LearnedModel.Untaught, Contenders).Decision;
    }

    [Fact]
    public void With_nobody_there_it_is_open_to_all_until_the_deadline()
    {
        var (plan, decision) = RoutePlanner.Decide(Question(), Supply(), LearnedModel.Untaught, Contenders);
        Assert.Equal("race", Assert.Single(plan.Stages).Name);
        Assert.Equal("20", plan.Stages[0].Parameters["reward"]);
        Assert.Equal((0, null), (decision.Eligible, decision.Basis));
        Assert.All(decision.Table, row => Assert.NotNull(row.Limit));
    }

    [Fact]
    public void Every_plan_passes_the_check_of_its_mechanisms() => Property.Holds(Questions.Arbitrary, sample =>
    {
        var (plan, decision) = RoutePlanner.Decide(sample.Question, sample.Supply, LearnedModel.Untaught, Contenders);
        foreach (var stage in plan.Stages)
        {
            var mechanism = RoutingSamples.Mechanisms.Single(known => known.Name == stage.Name);
            Assert.Null(mechanism.Check(stage, sample.Question.MaxPrice, sample.Question.Constraints));
        }
        Assert.All(decision.Table.Where(row => row.IsFeasible), row =>
        {
            Assert.True(row.PriceP50 <= row.PriceP90 && row.PriceP90 <= sample.Question.MaxPrice, $"{row}");
            Assert.True(row.LatencyP50 <= row.LatencyP90 && row.LatencyP90 <= sample.Question.UntilHard + TimeSpan.FromMilliseconds(1), $"{row}");
            Assert.True(row.SoftPpm <= row.HardPpm, $"{row}");
        });
    });

    [Fact]
    public void Every_instance_passes_its_mechanisms_check_whatever_the_request() => Property.Holds(Questions.Arbitrary, sample =>
    {
        foreach (var contender in Contenders)
        {
            var (plan, decision) = RoutePlanner.Decide(sample.Question, sample.Supply, LearnedModel.Untaught, [contender]);
            if (decision.Basis is not null) Assert.Null(contender.Mechanism.Check(plan.Stages[0], sample.Question.MaxPrice, sample.Question.Constraints));
        }
    }, times: 100);

    [Fact]
    public void Two_that_are_about_equal_do_not_alternate()
    {
        var (random, incumbent, changes, last) = (new Random(7), default(string), 0, default(string));
        for (var i = 0; i < 300; i++)
        {
            // Noise on the supply moves every score a little.
            var supply = Supply(Twenty.Select(prover => prover with { ReputationPpm = prover.ReputationPpm + random.Next(-2_000, 2_000) }));
            var decision = RoutePlanner.Decide(Question(id: $"r{i}", maxPrice: 3.9m) with { RequestId = RoutePlanner.NothingTried }, supply, LearnedModel.Untaught, Contenders, incumbent).Decision;
            if (last is not null && last != decision.Chosen!.Instance) changes++;
            incumbent = last = decision.Chosen!.Instance;
        }
        Assert.InRange(changes, 0, 1);
    }

    [Fact]
    public void A_little_is_tried_out_and_nothing_that_is_much_worse()
    {
        var tried = Enumerable.Range(0, 2_000).Select(i => Decide(Question(id: $"r{i}")).Decision).Where(decision => decision.IsExploring).ToArray();
        Assert.InRange(tried.Length, 1, (int)(2_000 * Exploration.Rate * 1.5));
        Assert.All(tried, decision => Assert.InRange(
            decision.Table.Where(row => row.IsFeasible).Max(row => row.ScorePpm) - decision.Chosen!.ScorePpm, 0, (int)(Exploration.MostLoss * 1_000_000) + 1));
    }

    [Theory]
    [InlineData(3.9, 240)]
    [InlineData(20, 12)]
    public void Nothing_is_tried_out_when_a_constraint_is_tight(double maxPrice, double hard)
    {
        var question = Question(soft: hard / 2, hard: hard, maxPrice: (decimal)maxPrice, constraints: new() { AllowedProvers = ["p0", "p1", "p2"] });
        Assert.DoesNotContain(Enumerable.Range(0, 500), i => Decide(question with { RequestId = $"r{i}" }).Decision.IsExploring);
    }

    [Fact]
    public void A_primary_run_with_time_to_spare_is_followed_by_a_race_of_all()
    {
        var (plan, _) = Decide(Question(Thrifty, soft: 1_000, hard: 2_000));
        Assert.Equal(2, plan.Stages.Length);
        Assert.Equal([600, 1000], plan.EndsPermille.AsEnumerable());
        Assert.Equal("race", plan.Stages[1].Name);
        Assert.True(plan.Answers(1, FailureCause.NobodyBid) && plan.Answers(1, FailureCause.Late) && plan.Answers(1, FailureCause.InvalidProof));
        Assert.Single(Decide(Question(Arbitrage, soft: 10, hard: 12)).Plan.Stages);
    }

    [Fact]
    public void What_was_learned_changes_the_choice()
    {
        var decision = Decide(Question(Thrifty)).Decision;
        var statistics = Enumerable.Range(0, 60).Aggregate(
            MarketStatistics.Empty, (known, i) => LearningRules.After(known, Outcome($"x{i}", decision.Basis!, succeeded: false, account: $"a{i % 10}")));
        var after = RoutePlanner.Decide(Question(Thrifty), Supply(Twenty), new LearnedModel(statistics), Contenders);
        Assert.NotEqual(decision.Chosen!.Instance, after.Decision.Chosen!.Instance);
        var row = after.Decision.Table.Single(known => known.Instance == decision.Chosen!.Instance);
        Assert.True(row.ScorePpm < decision.Chosen.ScorePpm - 50_000, $"{row.ScorePpm} after {decision.Chosen.ScorePpm}");
    }

    private static RouteResult Decide(RouteQuestion question) => RoutePlanner.Decide(question, Supply(Twenty), LearnedModel.Untaught, Contenders);

    private static Credits Bond(ProvingMarket.Domain.Mechanisms.MechanismChoice choice) => Credits.TryParse(choice.Parameters["bond"], out var bond) ? bond : Credits.Zero;
}
