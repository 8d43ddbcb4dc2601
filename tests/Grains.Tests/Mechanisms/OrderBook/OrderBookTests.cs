using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.TestKit.Cluster;
using ProvingMarket.TestKit.Proving;
using ProvingMarket.TestKit.Requests;
using ProvingMarket.TestKit.Storage;
using static ProvingMarket.TestKit.Requests.Given;

namespace ProvingMarket.Grains.Tests.Mechanisms.OrderBook;

public sealed class OrderBookTests
{
    [Fact]
    public async Task Only_the_current_session_acts_in_the_name_of_a_prover()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 20);
        var other = await market.ProverAsync("p2", stake: 20);
        Assert.Equal(ReasonCode.SessionUnknown, (await PlaceAsync(market, "p1", "another", 1)).Refusal!.Code);
        Assert.Equal(ReasonCode.SessionUnknown, (await PlaceAsync(market, "p1", "", 1)).Refusal!.Code);
        Assert.Equal(ReasonCode.ProverUnknown, (await PlaceAsync(market, "nobody", "s1", 1)).Refusal!.Code);
        Assert.Null((await PlaceAsync(market, "p1", prover.Session, 1)).Refusal);
        Assert.Equal(ReasonCode.SessionUnknown, (await Book(market).CancelAsync(Command("p1", 2), "another")).Refusal!.Code);
        Assert.Equal(ReasonCode.SessionUnknown, (await Book(market).ReplaceAsync(Command("p1", 2), "another", Credits(1), 1)).Refusal!.Code);
        Assert.Equal(ReasonCode.SessionUnknown, (await Book(market).ListOwnAsync("p1", "another")).Refusal!.Code);
        Assert.Equal(ReasonCode.AskNotOwned, (await Book(market).CancelAsync(Command("p2", 1) with { AskId = "p1-ask" }, other.Session)).Refusal!.Code);
        // A session that another has replaced is nobody's any more.
        var before = prover.Session;
        prover.Session = "s2";
        await prover.ConnectAsync();
        Assert.Equal(ReasonCode.SessionUnknown, (await Book(market).CancelAsync(Command("p1", 2), before)).Refusal!.Code);
        Assert.Null((await Book(market).CancelAsync(Command("p1", 2), "s2")).Refusal);
    }

    [Fact]
    public async Task An_ask_is_for_a_program_that_the_prover_offers_and_paid_to_its_account()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 20);
        var elsewhere = market.Book(new string('a', 64));
        Assert.Equal(ReasonCode.ProgramNotServed, (await elsewhere.PlaceAsync(Command("p1", 1), prover.Session, Credits(1), 1)).Refusal!.Code);
        Assert.Equal("p1-account", (await PlaceAsync(market, "p1", prover.Session, 1)).Ask!.Account);
    }

    [Fact]
    public async Task Commands_are_durable_numbered_and_may_be_repeated()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 20);
        Assert.Equal(0, (await Book(market).ListOwnAsync("p1", prover.Session)).Version);
        await PlaceAsync(market, "p1", prover.Session, 3);
        await Book(market).ReplaceAsync(Command("p1", 7), prover.Session, Credits(2), 5);
        await market.KillAsync();
        await market.RestartAsync();
        var own = await Book(market).ListOwnAsync("p1", prover.Session);
        Assert.Equal((7, Credits(2), 5), (own.Version, Assert.Single(own.Asks).PricePerUnit, own.Asks[0].Slots));
        Assert.Equal(ReasonCode.CommandStale, (await PlaceAsync(market, "p1", prover.Session, 3)).Refusal!.Code);
        Assert.Null((await Book(market).CancelAsync(Command("p1", 8), prover.Session)).Refusal);
        Assert.Null((await Book(market).CancelAsync(Command("p1", 8), prover.Session)).Refusal);
        Assert.Empty((await Book(market).ListAsync(10)).Asks);
    }

    [Fact]
    public async Task A_book_is_the_same_after_its_head_was_written()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 20);
        for (var version = 1; version <= 300; version++)
        {
            var command = Command("p1", version) with { AskId = $"a{version % 10}" };
            var answer = version <= 10
                ? await Book(market).PlaceAsync(command, prover.Session, Credits(version), 2)
                : await Book(market).ReplaceAsync(command, prover.Session, Credits(version % 7), 1 + (version % 3));
            Assert.Null(answer.Refusal);
        }
        var before = (await Book(market).ListAsync(100)).Asks;
        Assert.Equal(10, before.Length);
        await market.KillAsync();
        await market.StartAgainAsync();
        Assert.Equal(before.AsEnumerable(), (await Book(market).ListAsync(100)).Asks);
    }

    [Fact]
    public async Task A_fill_that_outlived_its_run_is_found_again()
    {
        await using var market = await MarketAsync(funds: 100);
        var prover = await market.ProverAsync("p1", stake: 20, slots: 1, conduct: Conduct.Good);
        await prover.AskAsync(Credits(1));
        await market.OpenAsync(market.Spec("r1") with { Mechanism = MechanismOf(OrderBookParameters.MechanismName) });
        await market.AdvanceUntilAsync(async () => (await market.StatusAsync("r1")).Phase.IsFinal(), TimeSpan.FromSeconds(60), "the proof");
        await market.SettleAsync();
        // An order of that run which it does not know it gave, as if its release had been lost.
        Assert.NotNull((await Book(market).MatchAsync(Order("r1/0/9", market.Now.AddDays(1)), ["p1"])).Filled);
        Assert.Equal(0, market.Disk.Books()[ProgramId].Find("p1-ask")!.Open);
        await market.AdvanceAsync(TimeSpan.FromMinutes(2.1));
        Assert.Equal(1, market.Disk.Books()[ProgramId].Find("p1-ask")!.Open);
        Assert.Equal(ReasonCode.OrderEnded, (await Book(market).MatchAsync(Order("r1/0/9", market.Now.AddDays(1)), ["p1"])).Refusal!.Code);
    }

    [Fact]
    public async Task A_fill_of_a_run_that_nobody_knows_ends_with_its_deadline()
    {
        await using var market = await MarketAsync();
        var prover = await market.ProverAsync("p1", stake: 20, slots: 1);
        await prover.AskAsync(Credits(1));
        var order = Order("lost/0/1", market.Now.AddSeconds(90));
        Assert.NotNull((await Book(market).MatchAsync(order, ["p1"])).Filled);
        await market.AdvanceAsync(TimeSpan.FromSeconds(80));
        Assert.Equal(0, market.Disk.Books()[ProgramId].Find("p1-ask")!.Open);
        await market.AdvanceAsync(TimeSpan.FromSeconds(60));
        Assert.Equal((1, 0), (market.Disk.Books()[ProgramId].Find("p1-ask")!.Open, market.Disk.Books()[ProgramId].OrderCount));
        Assert.Equal(ReasonCode.OrderEnded, (await Book(market).MatchAsync(order, ["p1"])).Refusal!.Code);
    }

    [Fact]
    public async Task A_list_of_no_asks_or_too_many_is_refused()
    {
        await using var market = await MarketAsync();
        Assert.Equal(ReasonCode.OutOfRange, (await Book(market).ListAsync(0)).Refusal!.Code);
        Assert.Equal(ReasonCode.OutOfRange, (await Book(market).ListAsync(1001)).Refusal!.Code);
    }

    private static BookOrder Order(string orderId, DateTimeOffset until) => new()
    {
        OrderId = orderId, Account = "bob", Work = new WorkUnits(1000), Limit = Credits(9), Slots = 1, Until = until,
    };

    private static IOrderBookGrain Book(MarketCluster market) => market.Book(ProgramId);

    private static AskCommand Command(string prover, long version) => new() { AskId = $"{prover}-ask", ProverId = prover, Version = version };

    private static Task<AskAnswer> PlaceAsync(MarketCluster market, string prover, string session, decimal price) =>
        Book(market).PlaceAsync(Command(prover, 1), session, Credits(price), 2);
}
