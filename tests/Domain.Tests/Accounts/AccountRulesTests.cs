using System.Collections.Immutable;
using System.Diagnostics;
using FsCheck.Fluent;
using ProvingMarket.Domain.Accounts;

namespace ProvingMarket.Domain.Tests.Accounts;

public sealed class AccountRulesTests
{
    private static readonly DateTimeOffset At = Samples.Now;

    private static readonly Book Ten = Book.Credit(Book.Empty, "in", Credits.Whole(10), "outside", At).State;

    [Fact]
    public void A_credit_becomes_available()
    {
        var (state, refusal) = Book.Credit(Book.Empty, "e1", Credits.Whole(3), "outside", At);
        Assert.Null(refusal);
        Assert.Equal(Credits.Whole(3), state.Available);
        Assert.Equal(new LedgerEntry { EntryId = "e1", Kind = EntryKind.Credit, Amount = Credits.Whole(3), Counterparty = "outside", At = At }, state.Applied["e1"]);
    }

    [Fact]
    public void A_debit_leaves()
    {
        var (state, refusal) = Book.Debit(Ten, "e1", Credits.Whole(3), "stake:p1", At);
        Assert.Null(refusal);
        Assert.Equal(Credits.Whole(7), state.Available);
        Assert.Equal(new LedgerEntry { EntryId = "e1", Kind = EntryKind.Debit, Amount = Credits.Whole(3), Counterparty = "stake:p1", At = At }, state.Applied["e1"]);
    }

    [Fact]
    public void A_hold_is_set_aside_and_captured_in_part()
    {
        var (held, refusal) = Book.Hold(Ten, "r1", Credits.Whole(10), At);
        Assert.Null(refusal);
        Assert.Equal((Credits.Zero, Credits.Whole(10)), (held.Available, held.Held));

        (var captured, refusal) = Book.Capture(held, "r1", Credits.Whole(4), At);
        Assert.Null(refusal);
        Assert.Equal((Credits.Whole(6), Credits.Zero), (captured.Available, captured.Held));
        Assert.Empty(captured.Holds);
    }

    [Fact]
    public void A_hold_can_be_captured_whole_or_not_at_all()
    {
        var held = Held("r1", 10);
        Assert.Equal(Credits.Zero, Book.Capture(held, "r1", Credits.Whole(10), At).State.Available);
        Assert.Equal(Credits.Whole(10), Book.Capture(held, "r1", Credits.Zero, At).State.Available);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-1, "-0.000001")]
    public void Amounts_are_positive(long micro, string value)
    {
        var expected = Refusal.Of(ReasonCode.AmountNotPositive, "amount", "above 0 credits", value);
        Refuses(expected, Ten, Book.Credit(Ten, "e1", new Credits(micro), "outside", At));
        Refuses(expected, Ten, Book.Debit(Ten, "e1", new Credits(micro), "outside", At));
        Refuses(expected, Ten, Book.Hold(Ten, "r1", new Credits(micro), At));
    }

    [Fact]
    public void Amounts_have_a_limit()
    {
        var much = new Credits(MarketLimits.Amount.Micro + 1);
        var expected = Refusal.Of(ReasonCode.OutOfRange, "amount", "at most 1000000000 credits", "1000000000.000001");
        Refuses(expected, Ten, Book.Credit(Ten, "e1", much, "outside", At));
        Refuses(expected, Ten, Book.Debit(Ten, "e1", much, "outside", At));
        Refuses(expected, Ten, Book.Hold(Ten, "r1", much, At));
        Assert.Null(Book.Credit(Ten, "e1", MarketLimits.Amount, "outside", At).Refusal);
    }

    [Fact]
    public void What_is_not_available_cannot_leave_nor_be_held()
    {
        var expected = Refusal.Of(ReasonCode.BalanceInsufficient, "amount", "at most the available 10 credits", "10.000001");
        Refuses(expected, Ten, Book.Debit(Ten, "e1", new Credits(10_000_001), "outside", At));
        Refuses(expected, Ten, Book.Hold(Ten, "r1", new Credits(10_000_001), At));
        var held = Held("r1", 8);
        Refuses(
            Refusal.Of(ReasonCode.BalanceInsufficient, "amount", "at most the available 2 credits", "3"),
            held, Book.Debit(held, "e1", Credits.Whole(3), "outside", At));
    }

    [Fact]
    public void A_balance_that_cannot_be_represented_is_refused()
    {
        var rich = Ten with { State = Ten.State with { Available = new Credits(long.MaxValue - 15), Held = new Credits(10) } };
        Refuses(
            Refusal.Of(ReasonCode.BalanceOverflow, "amount", "a representable balance", "0.000006"),
            rich, Book.Credit(rich, "e1", new Credits(6), "outside", At));
        Assert.Null(Book.Credit(rich, "e1", new Credits(5), "outside", At).Refusal);
    }

    [Fact]
    public void No_more_than_the_hold_is_captured()
    {
        var held = Held("r1", 4);
        Refuses(
            Refusal.Of(ReasonCode.HoldExceeded, "captured", "at most the hold of 4 credits", "4.000001"),
            held, Book.Capture(held, "r1", new Credits(4_000_001), At));
        Refuses(
            Refusal.Of(ReasonCode.AmountNotPositive, "captured", "at least 0 credits", "-0.000001"),
            held, Book.Capture(held, "r1", new Credits(-1), At));
        Refuses(
            Refusal.Of(ReasonCode.HoldUnknown, "holdId", "a current hold", "r2"), held, Book.Capture(held, "r2", Credits.Whole(1), At));
    }

    [Fact]
    public void A_repeated_movement_changes_nothing()
    {
        var state = Book.Debit(Held("r1", 4), "out", Credits.Whole(1), "stake:p1", At).State;
        var later = At.AddHours(1);
        Assert.Same(state, Applied(Book.Credit(state, "in", Credits.Whole(10), "outside", later)));
        Assert.Same(state, Applied(Book.Debit(state, "out", Credits.Whole(1), "stake:p1", later)));
        Assert.Same(state, Applied(Book.Hold(state, "r1", Credits.Whole(4), later)));
        var captured = Book.Capture(state, "r1", Credits.Whole(2), later).State;
        Assert.Same(captured, Applied(Book.Capture(captured, "r1", Credits.Whole(2), later)));
        Assert.Same(captured, Applied(Book.Hold(captured, "r1", Credits.Whole(4), later)));
    }

    [Fact]
    public void A_repeated_movement_is_found_even_when_it_would_be_refused_now()
    {
        var empty = Book.Debit(Ten, "out", Credits.Whole(10), "outside", At).State;
        Assert.Same(empty, Applied(Book.Debit(empty, "out", Credits.Whole(10), "outside", At)));
    }

    [Fact]
    public void The_same_entry_with_another_amount_or_kind_is_refused()
    {
        var expected = Refusal.Of(ReasonCode.EntryConflict, "amount", "Credit of 10 credits, as applied before under in", "Credit of 9");
        Refuses(expected, Ten, Book.Credit(Ten, "in", Credits.Whole(9), "outside", At));
        expected = Refusal.Of(ReasonCode.EntryConflict, "amount", "Credit of 10 credits, as applied before under in", "Debit of 10");
        Refuses(expected, Ten, Book.Debit(Ten, "in", Credits.Whole(10), "outside", At));

        var held = Held("r1", 4);
        Assert.Equal(ReasonCode.EntryConflict, Book.Hold(held, "r1", Credits.Whole(5), At).Refusal?.Code);
        var captured = Book.Capture(held, "r1", Credits.Whole(4), At).State;
        Assert.Equal(ReasonCode.EntryConflict, Book.Capture(captured, "r1", Credits.Zero, At).Refusal?.Code);
    }

    [Fact]
    public void The_same_entry_with_another_counterparty_is_refused()
    {
        // Two provers of one account that both deposit their stake under the entry id "1": were the second debit taken for the first, the
        // second prover would get stake nobody paid for.
        var paid = Book.Debit(Ten, "1", Credits.Whole(4), "stake:p1", At).State;
        Refuses(
            Refusal.Of(ReasonCode.EntryConflict, "counterparty", "stake:p1, as applied before under 1", "stake:p2"),
            paid, Book.Debit(paid, "1", Credits.Whole(4), "stake:p2", At));
        Refuses(
            Refusal.Of(ReasonCode.EntryConflict, "counterparty", "outside, as applied before under in", "request:r1"),
            Ten, Book.Credit(Ten, "in", Credits.Whole(10), "request:r1", At));
    }

    [Fact]
    public void A_deposit_comes_in_and_a_withdrawal_leaves_once()
    {
        var book = Applied(Book.Deposit(Book.Empty, "d1", Credits.Whole(5), At));
        Assert.Equal(Credits.Whole(5), book.Available);
        Assert.Same(book, Applied(Book.Deposit(book, "d1", Credits.Whole(5), At.AddDays(1))));
        Refuses(
            Refusal.Of(ReasonCode.EntryConflict, "amount", "Deposit of 5 credits, as applied before under d1", "Withdrawal of 5"),
            book, Book.Withdraw(book, "d1", Credits.Whole(5), At));
        var after = Applied(Book.Withdraw(book, "w1", Credits.Whole(2), At));
        Assert.Equal(Credits.Whole(3), after.Available);
        Assert.Same(after, Applied(Book.Withdraw(after, "w1", Credits.Whole(2), At.AddDays(1))));
    }

    [Fact]
    public void A_withdrawal_that_was_refused_stays_refused_whatever_money_comes()
    {
        var book = Applied(Book.Deposit(Book.Empty, "d1", Credits.Whole(3), At));
        var (refused, refusal) = Book.Withdraw(book, "w1", Credits.Whole(4), At);
        Assert.Equal(Refusal.Of(ReasonCode.BalanceInsufficient, "amount", "at most the available 3 credits", "4"), refusal);
        Assert.Equal((book.Available, EntryKind.Void), (refused.Available, refused.State.External["w1"].Kind));
        var rich = Applied(Book.Deposit(refused, "d2", Credits.Whole(3), At));
        Refuses(
            Refusal.Of(
                ReasonCode.BalanceInsufficient, "entryId",
                "a new id: the balance did not cover the withdrawal under this one, which is refused for good", "w1"),
            rich, Book.Withdraw(rich, "w1", Credits.Whole(4), At));
        Refuses(
            Refusal.Of(ReasonCode.EntryConflict, "amount", "Void of 0 credits, as applied before under w1", "Deposit of 4"),
            rich, Book.Deposit(rich, "w1", Credits.Whole(4), At));
        // What can never be right needs no note.
        Refuses(Refusal.Of(ReasonCode.AmountNotPositive, "amount", "above 0 credits", "0"), rich, Book.Withdraw(rich, "w2", Credits.Zero, At));
    }

    [Fact]
    public void Deposits_and_withdrawals_are_forgotten_after_the_retention()
    {
        var book = Applied(Book.Deposit(Book.Empty, "d1", Credits.Whole(5), At));
        book = Applied(Book.Deposit(book, "d2", Credits.Whole(5), At.AddDays(7)));
        Assert.Equal(["d1", "d2"], book.State.External.Keys.Order());
        book = Applied(Book.Withdraw(book, "w1", Credits.Whole(1), At.AddDays(7) + (TimeSpan.FromDays(7) / 64) + TimeSpan.FromTicks(1)));
        Assert.Equal(["d2", "w1"], book.State.External.Keys.Order());
    }

    /// <summary>Whatever comes when: what is younger than the retention is known, and what is older than it and a 64th is not, once another movement has come.</summary>
    [Fact]
    public void What_is_remembered_is_never_younger_than_the_retention_nor_much_older() => Property.Holds(Property.Sequences(Gen.Choose(1, 2_000)), pauses =>
    {
        var retention = TimeSpan.FromDays(7);
        var (book, now, made) = (Book.Empty, At, new Dictionary<string, DateTimeOffset>());
        foreach (var minutes in pauses)
        {
            now += TimeSpan.FromMinutes(minutes);
            made[$"d{made.Count}"] = now;
            book = Applied(Book.Deposit(book, $"d{made.Count - 1}", Credits.Whole(1), now));
            Assert.All(made, entry => Assert.True(book.State.External.ContainsKey(entry.Key) || now - entry.Value > retention));
            Assert.All(book.State.External.Keys, id => Assert.True(now - made[id] <= retention + (retention / 64)));
        }
    });

    /// <summary>An exchange deposits all the time: a movement must not cost what is remembered.</summary>
    [Fact]
    public void A_deposit_does_not_look_through_all_before_it()
    {
        var (few, many) = (After(500), After(50_000));
        // Ten times what a tree of a hundred times the size needs at most; a look through all would be a hundred times.
        Assert.True(Cost(many) < 20 * Cost(few), $"{Cost(many)} after {Cost(few)}");

        static AccountState After(int deposits) => AccountState.Empty with
        {
            External = Enumerable.Range(0, deposits).ToImmutableDictionary(i => $"d{i}", i => Deposit($"d{i}")), SweptAt = At,
        };

        static TimeSpan Cost(AccountState state) => Enumerable.Range(0, 9).Select(_ =>
        {
            var began = Stopwatch.GetTimestamp();
            for (var i = 0; i < 100; i++) AccountRules.Apply(state, Deposit($"new{i}"), TimeSpan.FromDays(7));
            return Stopwatch.GetElapsedTime(began);
        }).Min();

        static LedgerEntry Deposit(string id) => new() { EntryId = id, Kind = EntryKind.Deposit, Amount = Credits.Whole(1), Counterparty = "outside", At = At };
    }

    [Fact]
    public void Entries_are_in_the_order_of_their_times_although_the_clock_was_set_back()
    {
        var book = Applied(Book.Credit(Ten, "late", Credits.Whole(1), "bob", At.AddMinutes(-5)));
        Assert.Equal((At, 2L), (book.Applied["late"].At, book.State.Entries));
    }

    [Fact]
    public void A_hold_that_comes_after_its_end_is_refused()
    {
        // The request gave up on a hold whose answer was lost, and released it: the hold itself may still be on its way.
        var released = Applied(Book.Capture(Ten, "r1", Credits.Zero, At));
        Assert.Equal(Ten.Available, released.Available);
        Refuses(
            Refusal.Of(ReasonCode.EntryConflict, "holdId", "a hold that has not ended", "r1"),
            released, Book.Hold(released, "r1", Credits.Whole(4), At));
        Assert.Same(released, Applied(Book.Capture(released, "r1", Credits.Zero, At)));
    }

    [Fact]
    public void An_entry_id_is_needed_and_has_a_limit()
    {
        var longest = new string('e', 256);
        Assert.Null(Book.Credit(Ten, longest, Credits.Whole(1), "outside", At).Refusal);
        foreach (var id in new[] { "", null! })
        {
            Refuses(Refusal.Of(ReasonCode.FieldMissing, "entryId", "an id"), Ten, Book.Credit(Ten, id, Credits.Whole(1), "outside", At));
            Refuses(Refusal.Of(ReasonCode.FieldMissing, "entryId", "an id"), Ten, Book.Debit(Ten, id, Credits.Whole(1), "outside", At));
            Refuses(Refusal.Of(ReasonCode.FieldMissing, "holdId", "an id"), Ten, Book.Hold(Ten, id, Credits.Whole(1), At));
            Refuses(Refusal.Of(ReasonCode.FieldMissing, "holdId", "an id"), Ten, Book.Capture(Ten, id, Credits.Zero, At));
        }
        var expected = Refusal.Of(ReasonCode.FieldTooLarge, "entryId", "at most 256 characters", "257 characters");
        Refuses(expected, Ten, Book.Credit(Ten, longest + "e", Credits.Whole(1), "outside", At));
    }

    [Theory]
    [InlineData("hold/r1")]
    [InlineData("capture/r1")]
    public void Entry_ids_of_holds_cannot_be_taken(string entryId)
    {
        // A credit under the entry id of a hold to come would keep the hold from ever being applied.
        var expected = Refusal.Of(ReasonCode.FieldMalformed, "entryId", "an id that does not begin with hold/ or capture/", entryId);
        Refuses(expected, Ten, Book.Credit(Ten, entryId, Credits.Whole(4), "r1", At));
        Refuses(expected, Ten, Book.Debit(Ten, entryId, Credits.Whole(4), "r1", At));
    }

    private static Book Held(string holdId, long whole) => Book.Hold(Ten, holdId, Credits.Whole(whole), At).State;

    private static Book Applied((Book State, Refusal? Refusal) decision)
    {
        Assert.Null(decision.Refusal);
        return decision.State;
    }

    private static void Refuses(Refusal expected, Book before, (Book State, Refusal? Refusal) decision)
    {
        Assert.Equal(expected, decision.Refusal);
        Assert.Same(before, decision.State);
    }
}
