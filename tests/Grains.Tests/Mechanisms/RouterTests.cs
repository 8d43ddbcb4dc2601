using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Routing;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Requests;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms;

public sealed class RouterTests
{
    [Fact]
    public async Task The_mechanisms_are_listed_with_their_parameters()
    {
        await using var market = await MarketAsync();
        var mechanisms = await market.Router.ListMechanismsAsync();
        Assert.Equal(["cooperative", "dutch-auction", "elected-race", "order-book", "race", "random-election", "sealed-bid-auction"], mechanisms.Select(mechanism => mechanism.Name));
        Assert.All(mechanisms, mechanism => Assert.All(mechanism.Parameters, parameter => Assert.NotEmpty(parameter.Meaning)));
        var race = mechanisms.Single(mechanism => mechanism.Name == RaceParameters.MechanismName);
        Assert.NotEmpty(race.Summary);
        Assert.Equal(["bond", "participants", "reward", "winners", "split", "decay", "halfLife", "hold"], race.Parameters.Select(parameter => parameter.Name));
    }

    [Fact]
    public async Task The_plan_is_what_the_requester_named()
    {
        await using var market = await MarketAsync();
        var choice = RaceOf(("bond", "1"));
        var answer = await market.Router.RouteAsync((await QueryAsync(market)) with { Mechanism = choice });
        var stage = Assert.Single(answer.Plan!.Stages);
        Assert.Equal("race", stage.Name);
        Assert.Equal(choice.Parameters, stage.Parameters);
        Assert.NotEmpty(answer.Plan.Explanation);
    }

    [Fact]
    public async Task Unsupported_wishes_are_refused()
    {
        await using var market = await MarketAsync();
        var query = await QueryAsync(market);
        await AssertRefusedAsync(ReasonCode.MechanismUnknown, "mechanism.name", query with { Mechanism = RaceOf() with { Name = "Race" } });
        await AssertRefusedAsync(ReasonCode.ParameterUnknown, "mechanism.Bond", query with { Mechanism = RaceOf(("Bond", "1")) });
        await AssertRefusedAsync(
            ReasonCode.ParameterInvalid,
            "mechanism.participants",
            query with { Mechanism = RaceOf(("participants", "2")), Question = query.Question with { Constraints = new RequestConstraints { MinRedundancy = 3 } } });

        async Task AssertRefusedAsync(ReasonCode code, string field, RouteQuery wish)
        {
            var answer = await market.Router.RouteAsync(wish);
            Assert.Null(answer.Plan);
            Assert.Equal((code, field), (answer.Refusal!.Code, answer.Refusal.Field));
        }
    }

    [Fact]
    public async Task A_committee_is_for_batches_and_competes_for_no_single_statement()
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("p1", stake: 50);
        var question = (await QueryAsync(market)).Question;

        var single = await market.Router.QuoteAsync(question);
        Assert.NotEmpty(single.Decision!.Table);
        Assert.DoesNotContain(single.Decision.Table, row => row.Instance.StartsWith("cooperative", StringComparison.Ordinal));
        var named = await market.Router.RouteAsync(new RouteQuery { Question = question, Mechanism = MechanismOf("cooperative", ("faults", "0")) });
        Assert.Equal("cooperative", Assert.Single(named.Plan!.Stages).Name);
    }

    [Fact]
    public async Task The_quote_of_a_batch_is_the_plan_it_would_get()
    {
        await using var market = await MarketAsync();
        await market.ProverAsync("p1", stake: 50);
        var question = (await QueryAsync(market)).Question with { Statements = 4 };

        var quote = await market.Router.QuoteAsync(question);
        Assert.Equal("cooperative", Assert.Single(quote.Plan!.Stages).Name);
        Assert.Null(quote.Decision);
        Assert.Equal(quote.Plan.Explanation, (await market.Router.RouteAsync(new RouteQuery { Question = question })).Plan!.Explanation);

        var poor = await market.Router.QuoteAsync(question with { MaxPrice = new Credits(3) });
        Assert.Equal((ReasonCode.OutOfRange, "maxPrice"), (poor.Refusal!.Code, poor.Refusal.Field));
    }

    private static async Task<RouteQuery> QueryAsync(MarketCluster market) => new()
    {
        Question = RouteQuestions.Of(market.Spec("r1"), (await market.Program(ProgramId).GetAsync()).Program!, market.Now),
    };
}
