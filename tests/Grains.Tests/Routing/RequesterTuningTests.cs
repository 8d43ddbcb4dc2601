using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Forecasts;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Domain.Routing.Tuning;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Interfaces.Routing;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Routing;

/// <summary>Tuning for one requester, from its outcomes to what the router does for it and for nobody else.</summary>
public sealed class RequesterTuningTests
{
    private static readonly QosWeights Cost = new() { Speed = 1, Cost = 10, Safety = 1, CensorshipResistance = 0 };
    private static readonly QosWeights Safety = new() { Speed = 1, Cost = 1, Safety = 10, CensorshipResistance = 0 };

    [Fact]
    public async Task A_promoted_instance_takes_the_place_of_the_general_one_for_its_requester_alone_and_outlives_the_silo()
    {
        await using var market = await MarketOfThreeAsync();
        var general = await ChosenAsync(market, "alice");
        var tuned = TuningRules.NeighboursOf(general, BuiltInMechanisms.Find(general.Mechanism)!.Knobs).First();
        await PromoteAsync(market, general, tuned);
        Assert.Contains(tuned.Id, await TableAsync(market, "alice"));
        Assert.DoesNotContain(general.Id, await TableAsync(market, "alice"));
        Assert.DoesNotContain(tuned.Id, await TableAsync(market, "bob"));

        await market.KillAsync();
        await market.RestartAsync();
        var state = await Requester(market).GetAsync();
        var promoted = Assert.Single(state.History);
        Assert.Equal((general.Id, tuned.Id, general.Id, false), (promoted.Scope, promoted.Now.Id, promoted.Before.Id, promoted.IsRollback));
        Assert.Equal(tuned.Settings.AsEnumerable(), promoted.Now.Settings);
        Assert.InRange(promoted.BetterPpm, 950_000, 1_000_000);
        Assert.True(promoted.GainPpm > 0);
        Assert.Equal(tuned.Id, state.Own[general.Id].Instance.Id);
    }

    [Fact]
    public async Task A_tuned_instance_that_gets_worse_is_rolled_back_and_the_general_one_runs_again()
    {
        await using var market = await MarketOfThreeAsync();
        var general = await ChosenAsync(market, "alice");
        var tuned = TuningRules.NeighboursOf(general, BuiltInMechanisms.Find(general.Mechanism)!.Knobs).First();
        await PromoteAsync(market, general, tuned);
        var control = (await Requester(market).GetTuningAsync()).Trials[tuned.Id];
        Assert.Equal((general.Id, TuningRules.ControlPercent), (control.Instance!.Id, control.Percent));
        for (var i = 0; i < 60 && (await Requester(market).GetAsync()).Own.ContainsKey(general.Id); i++) await NoteAsync(market, $"worse{i}", tuned, 0.95);
        var state = await Requester(market).GetAsync();
        Assert.Empty(state.Own);
        Assert.Equal([false, true], state.History.Select(happened => happened.IsRollback));
        Assert.Contains(tuned.Id, state.Retired);
        await ForgetAsync(market);
        Assert.Contains(general.Id, await TableAsync(market, "alice"));
        Assert.DoesNotContain(tuned.Id, await TableAsync(market, "alice"));
    }

    [Fact]
    public async Task Trials_are_bounded_and_off_for_who_wants_safety()
    {
        await using var market = await MarketOfThreeAsync();
        var general = await ChosenAsync(market, "alice");
        for (var i = 0; i < TuningRules.OutcomesBeforeTrial + 4; i++) await NoteAsync(market, $"known{i}", general, 0.4 + (0.01 * (i % 3)));
        await ForgetAsync(market);
        var tried = 0;
        for (var i = 0; i < 200; i++)
        {
            var decision = await RouteAsync(market, "alice", $"t{i}", Cost);
            if (!decision.IsExploring) continue;
            tried++;
            // What is tried is one neighbour, and not expected to be much worse.
            Assert.True(decision.Table[0].ScorePpm >= decision.Table.Max(row => row.ScorePpm) - (int)(Exploration.MostLossOfTrial * 1_000_000), decision.Reason);
        }
        Assert.InRange(tried, 20, 2 * (TuningRules.PromisingPercent + 10));
        for (var i = 0; i < 100; i++) Assert.False((await RouteAsync(market, "alice", $"s{i}", Safety)).IsExploring);
    }

    [Fact]
    public async Task Where_tuning_is_off_nothing_is_tried_and_what_was_tuned_is_left_aside()
    {
        await using var market = await MarketOfThreeAsync(options => options.TuneInstances = false);
        var general = await ChosenAsync(market, "alice");
        var tuned = TuningRules.NeighboursOf(general, BuiltInMechanisms.Find(general.Mechanism)!.Knobs).First();
        await PromoteAsync(market, general, tuned);
        Assert.Contains(general.Id, await TableAsync(market, "alice"));
        Assert.DoesNotContain(tuned.Id, await TableAsync(market, "alice"));
        Assert.Single((await Requester(market).GetAsync()).History);
    }

    /// <summary>A requester that comes three times an hour is in memory for a quarter of an hour each time.</summary>
    [Fact]
    public async Task What_is_learned_of_a_requester_that_comes_seldom_is_kept()
    {
        await using var market = await MarketOfThreeAsync();
        var general = await ChosenAsync(market, "alice");
        for (var i = 0; i < 5; i++)
        {
            await NoteAsync(market, $"seldom{i}", general, 0.5);
            await market.AdvanceAsync(TimeSpan.FromMinutes(20));
        }
        Assert.Equal(5, (await Requester(market).GetAsync()).Outcomes);
    }

    /// <summary>A crash loses a minute of it at most.</summary>
    [Theory]
    [InlineData(61, 1)]
    [InlineData(30, 0)]
    public async Task What_is_learned_is_written_within_a_minute(int seconds, int kept)
    {
        await using var market = await MarketOfThreeAsync();
        await NoteAsync(market, "one", await ChosenAsync(market, "alice"), 0.5);
        await market.Grains.GetGrain<IMarketStatisticsGrain>(GrainKeys.Single).AddAsync([Outcome("one", await ChosenAsync(market, "alice"), 0.5)]);
        await market.AdvanceAsync(TimeSpan.FromSeconds(seconds));
        await market.KillAsync();
        await market.RestartAsync();
        Assert.Equal(kept, (await Requester(market).GetAsync()).Outcomes);
        var statistics = (await market.Grains.GetGrain<IMarketStatisticsGrain>(GrainKeys.Single).GetAsync(-1))!;
        Assert.Equal(kept, statistics.Cells.Count);
    }

    private static IRequesterGrain Requester(MarketCluster market) => market.Grains.GetGrain<IRequesterGrain>("alice");

    /// <summary>Enough of the general one, then enough of a better one.</summary>
    private static async Task PromoteAsync(MarketCluster market, MechanismInstance general, MechanismInstance tuned)
    {
        for (var i = 0; i < 25; i++) await NoteAsync(market, $"general{i}", general, 0.5 + (0.01 * (i % 3)));
        for (var i = 0; i < TuningRules.LeastCompared + 2; i++) await NoteAsync(market, $"tuned{i}", tuned, 0.1 + (0.01 * (i % 3)));
        Assert.Equal(tuned.Id, (await Requester(market).GetAsync()).Own[general.Id].Instance.Id);
        await ForgetAsync(market);
    }

    /// <summary>What routers know of a requester is about a second old, and renewed behind a request.</summary>
    private static async Task ForgetAsync(MarketCluster market)
    {
        await market.AdvanceAsync(TimeSpan.FromSeconds(2));
        await ChosenAsync(market, "alice");
        await market.SettleAsync();
    }

    private static Task NoteAsync(MarketCluster market, string id, MechanismInstance instance, double loss) => Requester(market).NoteAsync(Outcome(id, instance, loss));

    private static RouteOutcome Outcome(string id, MechanismInstance instance, double loss) => new()
    {
        RequestId = id, Account = "alice", ProgramId = ProgramId, Succeeded = true, LossPpm = (int)(loss * 1_000_000),
        Basis = new RouteBasis
        {
            Cell = new CellKey { Instance = instance.Id }, ExpectedPpm = 900_000, Milliseconds = 1_000, TimeSpread = 200, TimeSpreadBelow = 200, Price = Credits(1), PriceSpread = 100, Instance = instance,
        },
    };

    private static async Task<MechanismInstance> ChosenAsync(MarketCluster market, string account) =>
        (await market.Router.QuoteAsync(await QuestionAsync(market, account, "quote", Cost))).Decision!.Basis!.Instance;

    private static async Task<IEnumerable<string>> TableAsync(MarketCluster market, string account) =>
        (await market.Router.QuoteAsync(await QuestionAsync(market, account, "quote", Cost))).Decision!.Table.Select(row => row.Instance);

    private static async Task<RouteDecision> RouteAsync(MarketCluster market, string account, string id, QosWeights weights) =>
        (await market.Router.RouteAsync(new RouteQuery { Question = await QuestionAsync(market, account, id, weights) })).Decision!;

    private static async Task<RouteQuestion> QuestionAsync(MarketCluster market, string account, string id, QosWeights weights) => RouteQuestions.Of(
        market.Spec(id, account) with { Mechanism = null, Weights = weights }, (await market.Program(ProgramId).GetAsync()).Program!, market.Now);

    private static async Task<MarketCluster> MarketOfThreeAsync(Action<MarketOptions>? configure = null)
    {
        var market = await MarketAsync(configure: configure);
        foreach (var (id, speed, ask) in (IEnumerable<(string, long, decimal)>)[("quick", 1_000, 1), ("middling", 400, 0.6m), ("slow", 200, 0.3m)])
            await market.ProverAsync(id, stake: 50, offer: Offer(id, slots: 4) with { MilliUnitsPerSecond = speed, AskPerUnit = Credits(ask) });
        return market;
    }
}
