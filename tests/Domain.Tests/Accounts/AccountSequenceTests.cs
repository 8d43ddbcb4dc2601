using FsCheck.Fluent;
using ProvingMarket.Domain.Accounts;

namespace ProvingMarket.Domain.Tests.Accounts;

/// <summary>Any sequence of movements, with retries, conflicts and late repetitions, against a ledger that is written down another way.</summary>
public sealed class AccountSequenceTests
{
    private static readonly FsCheck.Gen<Command> Commands =
        from kind in Gen.Frequency(
            (4, Gen.Constant(EntryKind.Credit)), (2, Gen.Constant(EntryKind.Debit)), (4, Gen.Constant(EntryKind.Hold)), (4, Gen.Constant(EntryKind.Capture)))
        from id in Gen.Elements("a", "b", "c")
        from amount in Gen.Frequency((1, Gen.Constant(-1)), (2, Gen.Constant(0)), (12, Gen.Choose(1, 6)))
        from counterparty in Gen.Frequency((4, Gen.Constant("x")), (1, Gen.Constant("y")))
        select new Command(kind, id, amount, counterparty);

    [Fact]
    public void Every_movement_is_applied_once_or_refused() => Property.Holds(Property.Sequences(Commands), commands =>
    {
        var (state, ledger) = (Book.Empty, new Ledger());
        foreach (var command in commands)
        {
            var (next, refusal) = Apply(state, command, Samples.Now);
            var (expected, changes) = ledger.Apply(command);
            Assert.Equal(expected, refusal?.Code ?? ReasonCode.None);
            if (!changes) Assert.Same(state, next);
            state = next;
            AssertSame(ledger, state);
        }
    }, times: 500);

    [Fact]
    public void Repeating_a_whole_history_changes_nothing() => Property.Holds(Property.Sequences(Commands), commands =>
    {
        var state = Book.Empty;
        var accepted = new List<Command>();
        foreach (var command in commands)
        {
            var (next, refusal) = Apply(state, command, Samples.Now);
            if (refusal is null) accepted.Add(command);
            state = next;
        }
        foreach (var command in accepted)
        {
            var (again, refusal) = Apply(state, command, Samples.Now.AddDays(1));
            Assert.Null(refusal);
            Assert.Same(state, again);
        }
    });

    private static (Book State, Refusal? Refusal) Apply(Book state, Command command, DateTimeOffset at)
    {
        var amount = new Credits(command.Amount);
        return command.Kind switch
        {
            EntryKind.Credit => Book.Credit(state, command.Id, amount, command.Counterparty, at),
            EntryKind.Debit => Book.Debit(state, command.Id, amount, command.Counterparty, at),
            EntryKind.Hold => Book.Hold(state, command.Id, amount, at),
            _ => Book.Capture(state, command.Id, amount, at),
        };
    }

    private static void AssertSame(Ledger ledger, Book state)
    {
        Assert.Equal(ledger.Available, state.Available.Micro);
        Assert.Equal(ledger.Held, state.Held.Micro);
        Assert.Equal(ledger.In - ledger.Out, state.Available.Micro + state.Held.Micro);
        Assert.True(state.Available >= Credits.Zero);
        Assert.All(state.Holds, hold => Assert.True(hold.Value > Credits.Zero));
        Assert.Equal(state.Held, state.Holds.Values.Aggregate(Credits.Zero, (sum, hold) => sum + hold));
    }

    private sealed record Command(EntryKind Kind, string Id, int Amount, string Counterparty);

    /// <summary>The whole history as a list, searched from the start for every question.</summary>
    private sealed class Ledger
    {
        private readonly List<Command> _applied = [];

        public long In => Sum(EntryKind.Credit);

        public long Out => Sum(EntryKind.Debit) + Sum(EntryKind.Capture);

        public long Held => _applied.Where(entry => entry.Kind == EntryKind.Hold && Find(EntryKind.Capture, entry.Id) is null)
            .Sum(entry => (long)entry.Amount);

        public long Available => In - Out - Held;

        public (ReasonCode Expected, bool Changes) Apply(Command command)
        {
            var (kind, id, amount, counterparty) = command;
            var isMove = kind is EntryKind.Credit or EntryKind.Debit;
            var before = isMove ? Find(EntryKind.Credit, id) ?? Find(EntryKind.Debit, id) : Find(kind, id);
            if (before is { } known)
            {
                var same = known.Kind == kind && known.Amount == amount && (!isMove || known.Counterparty == counterparty);
                return (same ? ReasonCode.None : ReasonCode.EntryConflict, false);
            }
            var refusal = kind switch
            {
                EntryKind.Hold when Find(EntryKind.Capture, id) is not null => ReasonCode.EntryConflict,
                EntryKind.Capture when amount < 0 => ReasonCode.AmountNotPositive,
                EntryKind.Capture when amount > 0 && Find(EntryKind.Hold, id) is null => ReasonCode.HoldUnknown,
                EntryKind.Capture when amount > (Find(EntryKind.Hold, id)?.Amount ?? 0) => ReasonCode.HoldExceeded,
                not EntryKind.Capture when amount <= 0 => ReasonCode.AmountNotPositive,
                EntryKind.Debit or EntryKind.Hold when amount > Available => ReasonCode.BalanceInsufficient,
                _ => ReasonCode.None,
            };
            if (refusal == ReasonCode.None) _applied.Add(command);
            return (refusal, refusal == ReasonCode.None);
        }

        private Command? Find(EntryKind kind, string id) =>
            _applied.Find(entry => entry.Kind == kind && entry.Id == id);

        private long Sum(EntryKind kind) => _applied.Where(entry => entry.Kind == kind).Sum(entry => (long)entry.Amount);
    }
}
