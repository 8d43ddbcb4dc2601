using ProvingMarket.Domain;
using ProvingMarket.Domain.Qos;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Grains.Interfaces.Routing;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Routing;

public sealed class RoutedRequestTests
{
    private static readonly QosWeights Speed = new() { Speed = 10, Cost = 1, Safety = 1, CensorshipResistance = 1 };
    private static readonly QosWeights Cost = new() { Speed = 1, Cost = 10, Safety = 1, CensorshipResistance = 0 };

    /// <summary>Several work side by side, and the first is paid: whoever likes to, or those who were drawn.</summary>
    private static readonly string[] Races = ["race", "elected-race"];

    [Fact]
    public async Task A_request_that_names_no_mechanism_is_routed_and_proved()
    {
        await using var market = await MarketOfThreeAsync();
        await market.SubmitAsync(Routed(market, "r1", Speed));
        await market.AdvanceAsync(TimeSpan.FromSeconds(30));
        var status = await market.EndsAsync("r1");
        Assert.Equal(RequestPhase.Fulfilled, status.Phase);
        var explanation = await market.Request("r1").ExplainAsync();
        Assert.Contains(explanation.Plan!.Stages[0].Name, Races);
        Assert.Equal((3, explanation.Plan.Stages[0].Name), (explanation.Decision!.Eligible, explanation.Decision.Chosen!.Instance.Split('/')[0]));
        Assert.True(explanation.Realised!.IsDelivered);
        Assert.Equal(status.Paid, explanation.Realised.Paid);
        Assert.InRange(explanation.Realised.LossPpm, 1, 999_999);
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task Weights_decide_and_the_table_says_why()
    {
        await using var market = await MarketOfThreeAsync();
        var fast = await QuoteAsync(market, Routed(market, "r1", Speed));
        var cheap = await QuoteAsync(market, Routed(market, "r1", Cost));
        Assert.Contains(fast.Plan!.Stages[0].Name, Races);
        Assert.Contains(cheap.Plan!.Stages[0].Name, (string[])["sealed-bid-auction", "dutch-auction"]);
        Assert.True(cheap.Decision!.Chosen!.PriceP50 < fast.Decision!.Chosen!.PriceP50);
        Assert.Contains(cheap.Decision.Table, row => row is { Instance: "order-book", Limit.Code: ReasonCode.NothingMatches });
    }

    /// <summary>Asks stand while their provers are away, and cost nothing to place.</summary>
    [Fact]
    public async Task Asks_of_provers_that_have_gone_do_not_hide_those_of_provers_that_are_there()
    {
        await using var market = await MarketAsync();
        for (var gone = 0; gone < 17; gone++)
        {
            var prover = await market.ProverAsync($"gone-{gone}");
            for (var ask = 0; ask < 16; ask++) await prover.AskAsync(new Credits(1), $"gone-{gone}-{ask}", slots: 1, version: ask + 1);
            await prover.DisconnectAsync();
        }
        market.StandingAsk = Credits(0.5m);
        foreach (var id in (string[])["one", "two"]) await market.ProverAsync(id, stake: 50, conduct: Conduct.Good, offer: Offer(id) with { AskPerUnit = Credits(0.5m) });
        var quote = await QuoteAsync(market, Routed(market, "r1", Cost));
        Assert.Contains(quote.Decision!.Table, row => row is { Instance: "order-book", IsFeasible: true });
    }

    [Fact]
    public async Task A_standing_ask_is_supply_for_the_order_book()
    {
        await using var market = await MarketAsync();
        market.StandingAsk = Credits(0.5m);
        foreach (var id in (string[])["one", "two"]) await market.ProverAsync(id, stake: 50, conduct: Conduct.Good, offer: Offer(id) with { AskPerUnit = Credits(0.5m) });
        await market.AdvanceAsync(TimeSpan.FromSeconds(90));
        var quote = await QuoteAsync(market, Routed(market, "r1", Cost));
        Assert.Contains(quote.Decision!.Table, row => row is { Instance: "order-book", IsFeasible: true });
    }

    [Fact]
    public async Task The_explanation_says_what_nobody_could_meet_and_what_would_change_it()
    {
        await using var market = await MarketOfThreeAsync();
        await market.SubmitAsync(Routed(market, "r1", Speed) with { Constraints = new RequestConstraints { Hardware = ["gpu"] } });
        var before = await market.Request("r1").ExplainAsync();
        Assert.Equal((0, 3), (before.Decision!.Eligible, before.Decision.LeftOut[ReasonCode.HardwareMissing]));
        Assert.Equal("no demand for hardware gpu", Assert.Single(before.Decision.Relaxations).Change);
        Assert.Null(before.Realised);
        await market.AdvanceAsync(HardIn + TimeSpan.FromSeconds(1));
        Assert.Equal(RequestPhase.Expired, (await market.EndsAsync("r1")).Phase);
        Assert.Equal((false, 1_000_000), Realised((await market.Request("r1").ExplainAsync()).Realised!));
    }

    [Fact]
    public async Task While_it_is_open_the_explanation_shows_the_table_that_decided_and_where_it_stands()
    {
        await using var market = await MarketOfThreeAsync(Conduct.Silent);
        var quoted = (await QuoteAsync(market, Routed(market, "r1", Cost))).Decision!;
        await market.SubmitAsync(Routed(market, "r1", Cost));
        await market.AdvanceAsync(TimeSpan.FromSeconds(5));
        var explanation = await market.Request("r1").ExplainAsync();
        Assert.InRange(explanation.Status!.Phase, RequestPhase.Open, RequestPhase.Assigned);
        Assert.Equal(quoted.Table.AsEnumerable(), explanation.Decision!.Table);
        Assert.True(explanation.Decision.Table.Length > 3);
        Assert.Equal((3, quoted.Chosen!.Instance), (explanation.Decision.Eligible, explanation.Decision.Chosen!.Instance));
        Assert.Equal(explanation.Decision.Chosen.Instance.Split('/')[0], explanation.Plan!.Stages[0].Name);
        Assert.Equal((null, null), (explanation.Realised, explanation.BestOther));
    }

    /// <summary>Whoever takes part is never heard of again: all is lost, and what was not run was expected to lose less.</summary>
    [Fact]
    public async Task After_the_end_the_explanation_says_what_would_have_been_better_and_by_how_much()
    {
        await using var market = await MarketOfThreeAsync(Conduct.Silent);
        await market.SubmitAsync(Routed(market, "r1", Speed));
        await market.AdvanceAsync(HardIn + TimeSpan.FromSeconds(1));
        Assert.False((await market.EndsAsync("r1")).Phase == RequestPhase.Fulfilled);
        var explanation = await market.Request("r1").ExplainAsync();
        var (decision, other) = (explanation.Decision!, explanation.BestOther!);
        Assert.NotEqual(decision.Chosen!.Instance, other.Instance);
        Assert.Equal(decision.Table.Skip(1).Where(row => row.IsFeasible).Min(row => row.LossPpm), other.ExpectedLossPpm);
        Assert.InRange(other.BetterByPpm, 1, 1_000_000);
        Assert.Equal(explanation.Realised!.LossPpm - other.ExpectedLossPpm, other.BetterByPpm);
    }

    [Fact]
    public async Task A_quote_writes_nothing()
    {
        await using var market = await MarketOfThreeAsync();
        var spec = Routed(market, "r1", Cost);
        var writes = market.Faults.Writes;
        for (var i = 0; i < 3; i++)
        {
            var quote = await QuoteAsync(market, spec with { RequestId = $"r{i}" });
            Assert.True(quote.Decision!.Table.Length > 3);
        }
        await market.SettleAsync();
        Assert.Equal(writes, market.Faults.Writes);
    }

    /// <summary>The decision, its table included, is in the record that a request writes anyway; its outcome is learned in memory.</summary>
    [Fact]
    public async Task A_routed_request_writes_as_often_as_one_that_names_the_same_plan()
    {
        var (plan, routed) = await WritesAsync(null);
        var (same, named) = await WritesAsync(plan);
        Assert.Equal(plan!.Stages.Select(stage => stage.Name), same!.Stages.Select(stage => stage.Name));
        Assert.Equal(named, routed);
        Assert.InRange(routed, 5, 60);

        static async Task<(RoutePlan? Plan, int Writes)> WritesAsync(RoutePlan? named)
        {
            await using var market = await MarketOfThreeAsync();
            var spec = Routed(market, "r1", Cost);
            var writes = market.Faults.Writes;
            await market.SubmitAsync(named is null ? spec : spec with { Mechanism = named.Stages[0], Fallbacks = named.Fallbacks });
            await market.AdvanceAsync(TimeSpan.FromSeconds(45));
            Assert.Equal(RequestPhase.Fulfilled, (await market.EndsAsync("r1")).Phase);
            await market.SettleAsync();
            var explanation = await market.Request("r1").ExplainAsync();
            Assert.Equal(named is null, explanation.Decision is not null);
            return (explanation.Plan, market.Faults.Writes - writes);
        }
    }

    [Fact]
    public async Task A_named_mechanism_has_no_table_and_an_unknown_request_no_explanation()
    {
        await using var market = await MarketOfThreeAsync();
        await market.SubmitAsync(market.Spec("r1"));
        var explanation = await market.Request("r1").ExplainAsync();
        Assert.Null(explanation.Decision);
        Assert.Equal("the requester named race", explanation.Plan!.Explanation);
        Assert.Equal(ReasonCode.RequestUnknown, (await market.Request("r2").ExplainAsync()).Refusal?.Code);
    }

    [Fact]
    public async Task A_primary_run_that_nobody_takes_is_followed_before_the_hard_deadline()
    {
        await using var market = await MarketAsync();
        // It is there while the request is routed, and gone when it runs.
        await market.ProverAsync("gone", stake: 50, offer: Offer("gone") with { AskPerUnit = Credits(0.5m), MilliUnitsPerSecond = 10_000 });
        await market.SubmitAsync(Routed(market, "r1", Cost));
        var plan = (await market.Request("r1").ExplainAsync()).Plan!;
        Assert.Equal(2, plan.Stages.Length);
        await market.AdvanceAsync(TimeSpan.FromSeconds(75));
        var rescuer = await market.ProverAsync("rescuer", stake: 50, conduct: Conduct.Good);
        await market.AdvanceAsync(TimeSpan.FromSeconds(40));
        var status = await market.EndsAsync("r1");
        Assert.Equal((RequestPhase.Fulfilled, rescuer.Offer.ProverId), (status.Phase, status.ProverId));
        await Audit.AtRestAsync(market);
    }

    [Fact]
    public async Task Outcomes_are_learned_and_survive_a_crash_a_minute_later()
    {
        await using var market = await MarketOfThreeAsync();
        var statistics = () => market.Grains.GetGrain<IMarketStatisticsGrain>(GrainKeys.Single);
        for (var i = 0; i < 3; i++)
        {
            await market.SubmitAsync(Routed(market, $"r{i}", Speed));
            await market.AdvanceAsync(TimeSpan.FromSeconds(35));
            await market.EndsAsync($"r{i}");
        }
        await market.AdvanceAsync(TimeSpan.FromSeconds(2));
        var learned = (await statistics().GetAsync(0))!;
        Assert.Equal(3, learned.Recent.Count);
        // What held is counted when the time stated for it is over: for the first requests it is.
        Assert.True(learned.Coverage[CoverageRules.Common].Count > 0);
        Assert.Null(await statistics().GetAsync(learned.Version));
        var chosen = (await market.Request("r0").ExplainAsync()).Decision!.Chosen!.Instance;
        var race = learned.Cells.Values.Single(cell => cell.Key.Instance == chosen && cell.Key.Band == -1);
        // The third of one account counts only as far as its share goes.
        Assert.InRange(race.Succeeded, 2, 2.7);
        await market.KillAsync();
        await market.RestartAsync();
        // The last write was when the third outcome came, more than a minute after the first.
        Assert.True((await statistics().GetAsync(0))!.Version >= 2);
    }

    private static (bool, int) Realised(RealisedService service) => (service.IsDelivered, service.LossPpm);

    private static async Task<MarketCluster> MarketOfThreeAsync(Conduct conduct = Conduct.Good)
    {
        var market = await MarketAsync();
        foreach (var (id, speed, ask) in (IEnumerable<(string, long, decimal)>)[("quick", 1_000, 1), ("middling", 400, 0.6m), ("slow", 200, 0.3m)])
            await market.ProverAsync(id, stake: 50, conduct: conduct, offer: Offer(id, slots: 4) with { MilliUnitsPerSecond = speed, AskPerUnit = Credits(ask) });
        return market;
    }

    private static ProofRequestSpec Routed(MarketCluster market, string id, QosWeights weights) => market.Spec(id) with { Mechanism = null, Weights = weights };

    private static async Task<Interfaces.Mechanisms.RouteAnswer> QuoteAsync(MarketCluster market, ProofRequestSpec spec) =>
        await market.Router.QuoteAsync(RouteQuestions.Of(spec, (await market.Program(spec.ProgramId).GetAsync()).Program!, market.Now));
}
