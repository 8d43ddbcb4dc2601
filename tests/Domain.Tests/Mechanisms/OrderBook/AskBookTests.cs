using System.Diagnostics;
using ProvingMarket.Domain.Mechanisms.OrderBook;

namespace ProvingMarket.Domain.Tests.Mechanisms.OrderBook;

public sealed class AskBookTests
{
    private const int Sequences = 100_000;

    private static readonly WorkUnits OneUnit = new(1000);

    [Fact]
    public void The_lowest_price_comes_first_then_the_earliest()
    {
        var book = Place(Place(Place(AskBook.Empty, "a", "p1", 2, 1), "b", "p2", 1, 1), "c", "p3", 1, 2);
        var (after, filled, _) = book.Match(Order("o1", slots: 3, limit: 2));
        Assert.Equal([("b", 1, 1L), ("c", 2, 1L)], filled!.Fills.Select(fill => (fill.AskId, fill.Slots, fill.Price.Micro)));
        Assert.Equal(["b", "c", "a"], filled.Quotes.Select(ask => ask.AskId));
        Assert.Equal(["a"], after.Queue.Select(ask => ask.AskId));
        Assert.Equal(["b", "c", "a"], book.Queue.Select(ask => ask.AskId)); // a book never changes
    }

    [Fact]
    public void An_order_is_filled_in_part_or_not_at_all_as_it_says()
    {
        var book = Place(Place(AskBook.Empty, "a", "p1", 1, 2), "b", "p2", 5, 9);
        Assert.Equal(2, Assert.Single(book.Match(Order("o1", slots: 4, limit: 4)).Filled!.Fills).Slots);
        var (same, none, refusal) = book.Match(Order("o1", slots: 4, limit: 4) with { AtLeast = 3 });
        Assert.Equal((true, true, ReasonCode.NothingMatches, "2"), (ReferenceEquals(same, book), none is null, refusal!.Code, refusal.Value));
        Assert.Equal([1, 1], book.Match(Order("o1", slots: 2, limit: 5) with { PerProver = 1 }).Filled!.Fills.Select(fill => fill.Slots));
    }

    [Fact]
    public void The_price_is_that_of_the_work_rounded_up()
    {
        var book = Place(AskBook.Empty, "a", "p1", 3, 1);
        var order = Order("o1", slots: 1, limit: 5) with { Work = new WorkUnits(1334) };
        Assert.Equal(5, Assert.Single(book.Match(order).Filled!.Fills).Price.Micro); // 4.002
        Assert.Equal(ReasonCode.NothingMatches, book.Match(order with { Limit = new Credits(4) }).Refusal?.Code);
    }

    [Fact]
    public void Nobody_trades_with_itself()
    {
        var book = Place(Place(AskBook.Empty, "a", "p1", 1, 5), "b", "p2", 2, 5);
        var (after, filled, _) = book.Match(Order("o1", slots: 2, limit: 9) with { Account = "p1-account" });
        Assert.Equal("b", Assert.Single(filled!.Fills).AskId);
        Assert.Equal(5, after.Find("a")!.Open); // it stays where it is, for others
    }

    [Fact]
    public void A_replaced_ask_keeps_its_place_only_when_it_shrinks_at_the_same_price()
    {
        var book = Place(Place(AskBook.Empty, "a", "p1", 1, 3), "b", "p2", 1, 3);
        Assert.Equal(["a", "b"], After(2, 1));
        Assert.Equal(["a", "b"], After(3, 1));
        Assert.Equal(["b", "a"], After(4, 1));
        Assert.Equal(["b", "a"], After(3, 2));
        Assert.Equal(["a", "b"], After(9, 0));

        IEnumerable<string> After(int slots, int price) =>
            book.Replace(Command("a", "p1", 2), new Credits(price), slots).Book.Queue.Select(ask => ask.AskId);
    }

    [Fact]
    public void A_cancellation_and_an_order_meet_in_either_order()
    {
        var book = Place(AskBook.Empty, "a", "p1", 1, 3);
        // The order first: two slots are sold and stay sold, the third is gone.
        var sold = book.Match(Order("o1", slots: 2, limit: 1)).Book.Cancel(Command("a", "p1", 2)).Book;
        Assert.Empty(sold.Queue);
        Assert.Equal((0, 2), (sold.Find("a")!.Open, sold.Find("a")!.Filled));
        Assert.Equal(0, sold.Release("o1").Count);
        // The cancellation first: nothing is sold.
        Assert.Equal(ReasonCode.NothingMatches, book.Cancel(Command("a", "p1", 2)).Book.Match(Order("o1", slots: 2, limit: 1)).Refusal?.Code);
    }

    [Fact]
    public void A_command_that_was_overtaken_changes_nothing()
    {
        var book = Place(AskBook.Empty, "a", "p1", 1, 3);
        var cancelled = book.Cancel(Command("a", "p1", 2)).Book;
        // The placement comes a second time, after the cancellation.
        var (late, refusal) = cancelled.Place(Command("a", "p1", 1), "p1-account", new Credits(1), 3);
        Assert.Equal((ReasonCode.CommandStale, 0), (refusal!.Code, late.Count));
        // A repetition of the last command is answered as the first time.
        var (again, none) = cancelled.Cancel(Command("a", "p1", 2));
        Assert.Equal((null, true), (none, ReferenceEquals(cancelled, again)));
    }

    [Fact]
    public void An_order_repeated_gets_the_same_fills_and_another_under_its_id_is_refused()
    {
        var book = Place(AskBook.Empty, "a", "p1", 1, 3).Match(Order("o1", slots: 1, limit: 1)).Book;
        var (again, filled, _) = book.Match(Order("o1", slots: 1, limit: 1));
        Assert.Equal((true, 1), (ReferenceEquals(book, again), filled!.Fills.Single().Slots));
        Assert.Equal(ReasonCode.OrderConflict, book.Match(Order("o1", slots: 2, limit: 1)).Refusal?.Code);
        var released = book.Release("o1");
        Assert.Equal(3, released.Find("a")!.Open);
        Assert.Same(released, released.Release("o1"));
    }

    [Fact]
    public void Asks_of_the_same_price_take_turns()
    {
        var book = Place(Place(AskBook.Empty, "a", "p1", 1, 1), "b", "p2", 1, 1);
        var winners = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            (book, var filled, _) = book.Match(Order($"o{i}", slots: 1, limit: 1));
            winners.Add(filled!.Fills.Single().AskId);
            book = book.Release($"o{i}");
        }
        Assert.Equal(["a", "b", "a", "b"], winners);
    }

    [Fact]
    public void What_is_out_of_range_or_somebody_elses_is_refused()
    {
        var book = Place(AskBook.Empty, "a", "p1", 1, 1);
        Assert.Equal(ReasonCode.OutOfRange, book.Place(Command("b", "p1", 9), "x", new Credits(-1), 1).Refusal?.Code);
        Assert.Equal(ReasonCode.OutOfRange, book.Place(Command("b", "p1", 9), "x", MarketLimits.AskPerUnit + new Credits(1), 1).Refusal?.Code);
        Assert.Equal(ReasonCode.OutOfRange, book.Replace(Command("a", "p1", 9), new Credits(1), 0).Refusal?.Code);
        Assert.Equal(ReasonCode.OutOfRange, book.Place(Command("b", "p1", 9), "x", new Credits(1), MarketLimits.ProverSlots + 1).Refusal?.Code);
        Assert.Equal(ReasonCode.FieldMalformed, book.Place(Command("b b", "p1", 9), "x", new Credits(1), 1).Refusal?.Code);
        Assert.Equal(ReasonCode.AskNotOwned, book.Cancel(Command("a", "p2", 1)).Refusal?.Code);
        Assert.Equal(ReasonCode.AskUnknown, book.Replace(Command("z", "p2", 1), new Credits(1), 1).Refusal?.Code);
        Assert.Equal(ReasonCode.AskConflict, book.Place(Command("a", "p2", 1), "x", new Credits(1), 1).Refusal?.Code);
        Assert.Equal(ReasonCode.OutOfRange, book.Match(Order("o", slots: 0, limit: 1)).Refusal?.Code);
        Assert.Equal(ReasonCode.OutOfRange, book.Match(Order("o", slots: 1, limit: 1) with { AtLeast = 2 }).Refusal?.Code);
        Assert.Equal(ReasonCode.OutOfRange, book.Match(Order("o", slots: 1, limit: 1) with { PerProver = 0 }).Refusal?.Code);
        Assert.Equal(ReasonCode.OutOfRange, book.Match(Order("o", slots: 1, limit: 1) with { Work = new WorkUnits(0) }).Refusal?.Code);
        for (var i = 1; i < AskBook.MostAsksOfOne; i++) book = Place(book, $"x{i}", "p1", 1, 1, version: i + 1);
        Assert.Equal(ReasonCode.AsksFull, book.Place(Command("more", "p1", 99), "x", new Credits(1), 1).Refusal?.Code);
    }

    [Fact]
    public void Whoever_cannot_be_called_is_passed_over_and_stays_where_it_is()
    {
        var book = Place(Place(AskBook.Empty, "a", "p1", 1, 1), "b", "p2", 2, 1);
        var (after, filled, _) = book.Match(Order("o1", slots: 2, limit: 9), prover => prover != "p1");
        Assert.Equal("b", Assert.Single(filled!.Fills).AskId);
        Assert.Equal(["b"], filled.Quotes.Select(ask => ask.AskId));
        Assert.Equal(1, after.Find("a")!.Open);
    }

    [Fact]
    public void A_released_order_is_not_filled_by_a_repetition_that_comes_late()
    {
        var order = Order("o1", slots: 1, limit: 1) with { Until = DateTimeOffset.UnixEpoch.AddHours(1) };
        var book = Place(AskBook.Empty, "a", "p1", 1, 1);
        // Also when the release is there before the order.
        foreach (var ended in new[] { book.Match(order).Book.End("o1", order.Until), book.End("o1", order.Until) })
        {
            Assert.Equal((1, ReasonCode.OrderEnded), (ended.Find("a")!.Open, ended.Match(order).Refusal?.Code));
            Assert.Same(ended, ended.End("o1", order.Until));
            Assert.Equal(1, ended.Expired(order.Until.AddTicks(-1)).OrderCount);
            Assert.Equal(0, ended.Expired(order.Until).OrderCount);
        }
    }

    [Fact]
    public void A_fill_that_nobody_releases_ends_with_its_deadline()
    {
        var order = Order("o1", slots: 2, limit: 1) with { Until = DateTimeOffset.UnixEpoch.AddHours(1) };
        var book = Place(AskBook.Empty, "a", "p1", 1, 2).Match(order).Book;
        Assert.Same(book, book.Expired(order.Until.AddTicks(-1)));
        Assert.Equal((2, 0), (book.Expired(order.Until).Find("a")!.Open, book.Expired(order.Until).OrderCount));
    }

    [Fact]
    public void Ten_thousand_asks_are_matched_as_fast_as_ten()
    {
        var book = AskBook.Empty;
        for (var i = 0; i < 10_000; i++) book = Place(book, $"a{i}", $"p{i}", 1 + (i * 7919 % 1000), 2);
        Assert.Equal(10_000, book.Count);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 1_000; i++)
        {
            (book, var filled, _) = book.Match(Order($"o{i}", slots: 4, limit: 1000));
            Assert.Equal(4, filled!.Fills.Sum(fill => fill.Slots));
            if (i % 2 == 0) book = book.Release($"o{i}");
        }
        // Milliseconds, where looking at all asks for every order would take many seconds.
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Agrees_with_an_independent_matcher_on_random_sequences()
    {
        for (var seed = 0; seed < Sequences; seed++)
        {
            try
            {
                Compare(new Random(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }
        }
    }

    private static void Compare(Random random)
    {
        var (book, naive) = (AskBook.Empty, new NaiveBook());
        var versions = new long[3];
        for (var step = random.Next(4, 14); step > 0; step--)
        {
            var prover = random.Next(3);
            // Sometimes a repetition, sometimes one that was overtaken.
            var version = random.Next(8) switch { 0 => versions[prover], 1 => versions[prover] - 1, _ => ++versions[prover] };
            var command = Command($"a{random.Next(4)}", $"p{prover}", version);
            var (price, slots) = (random.Next(1, 4), random.Next(1, 4));
            var kind = random.Next(10);
            if (kind < 4) Same(book.Place(command, $"p{prover}-account", new Credits(price), slots), naive.Place(command, $"p{prover}-account", price, slots));
            else if (kind == 4) Same(book.Replace(command, new Credits(price), slots), naive.Replace(command, price, slots));
            else if (kind == 5) Same(book.Cancel(command), naive.Cancel(command));
            else if (kind == 6)
            {
                book = book.Release($"o{prover}");
                naive.Release($"o{prover}");
            }
            else
            {
                var order = Order($"o{random.Next(3)}", slots, price) with
                {
                    Account = random.Next(3) == 0 ? "p0-account" : "alice",
                    AtLeast = random.Next(1, slots + 1),
                    PerProver = random.Next(2) == 0 ? 1 : int.MaxValue,
                    Work = random.Next(2) == 0 ? OneUnit : new WorkUnits(700),
                };
                var (next, filled, refusal) = book.Match(order);
                var fills = filled?.Fills ?? [];
                var (code, expected) = naive.Match(order);
                if ((refusal?.Code ?? ReasonCode.None) != code) throw new InvalidOperationException($"{order}: {refusal}, expected {code}");
                if (!fills.SequenceEqual(expected)) throw new InvalidOperationException($"{order}: filled by {string.Join(", ", fills)}, expected {string.Join(", ", expected)}");
                book = next;
            }
            // A book that was stored and loaded goes on as the same.
            if (random.Next(4) == 0) book = AskBook.Of(book.Store());
            var queue = book.Queue.Select(ask => $"{ask.AskId} {ask.ProverId} {ask.PricePerUnit.Micro} {ask.Open}");
            if (!queue.SequenceEqual(naive.Queue)) throw new InvalidOperationException($"the queue is {string.Join(", ", queue)}, expected {string.Join(", ", naive.Queue)}");
        }

        void Same((AskBook Book, Refusal? Refusal) actual, ReasonCode expected)
        {
            if ((actual.Refusal?.Code ?? ReasonCode.None) != expected) throw new InvalidOperationException($"{actual.Refusal}, expected {expected}");
            book = actual.Book;
        }
    }

    private static AskBook Place(AskBook book, string askId, string proverId, long price, int slots, long version = 1)
    {
        var (placed, refusal) = book.Place(Command(askId, proverId, version), $"{proverId}-account", new Credits(price), slots);
        Assert.Null(refusal);
        return placed;
    }

    private static AskCommand Command(string askId, string proverId, long version) => new() { AskId = askId, ProverId = proverId, Version = version };

    private static BookOrder Order(string orderId, int slots, long limit) =>
        new() { OrderId = orderId, Account = "alice", Work = OneUnit, Limit = new Credits(limit), Slots = slots };
}
