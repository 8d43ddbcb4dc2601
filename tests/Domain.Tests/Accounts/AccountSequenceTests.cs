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
        from wait in Gen.Frequency((3, Gen.Constant(0)), (3, Gen.Choose(1, 4)), (1, Gen.Choose(5, 15)))
        select new Command(kind, id, amount, counterparty, wait);

    [Fact]
    public void Every_movement_is_applied_once_or_refused() => Property.Holds(Property.Sequences(Commands), commands =>
    {
        var (state, ledger) = (AccountState.Empty, new Ledger());
        foreach (var command in commands)
        {
            var (next, refusal) = Apply(state, command, Samples.Now);
            var (expected, changes) = ledger.Apply(command, now: 0);
            Assert.Equal(expected, refusal?.Code ?? ReasonCode.None);
            if (!changes) Assert.Same(state, next);
            state = next;
            AssertSame(ledger, state);
        }
    }, times: 500);

    [Fact]
    public void Repeating_a_whole_history_changes_nothing() => Property.Holds(Property.Sequences(Commands), commands =>
    {
        var state = AccountState.Empty;
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

    [Fact]
    public void Pruning_never_lets_a_movement_be_applied_twice_within_the_retention() => Property.Holds(Property.Sequences(Commands), commands =>
    {
        const int retention = 10;
        var (state, ledger, now) = (AccountState.Empty, new Ledger(), 0);
        foreach (var command in commands)
        {
            now += command.Wait;
            if (ledger.LastConcerned(command) is { } last && now - last > retention) continue; // nobody repeats that late
            (state, var refusal) = Apply(state, command, Samples.Now.AddDays(now));
            Assert.Equal(ledger.Apply(command, now).Expected, refusal?.Code ?? ReasonCode.None);
            state = AccountRules.Prune(state, Samples.Now.AddDays(now - retention));
            AssertSame(ledger, state);
            Assert.All(state.Applied.Values, entry => Assert.True(
                entry.At >= Samples.Now.AddDays(now - retention) || entry.Kind == EntryKind.Hold, $"{entry} is not forgotten"));
        }
    }, times: 500);

    private static (AccountState State, Refusal? Refusal) Apply(AccountState state, Command command, DateTimeOffset at)
    {
        var amount = new Credits(command.Amount);
        return command.Kind switch
        {
            EntryKind.Credit => AccountRules.Credit(state, command.Id, amount, command.Counterparty, at),
            EntryKind.Debit => AccountRules.Debit(state, command.Id, amount, command.Counterparty, at),
            EntryKind.Hold => AccountRules.Hold(state, command.Id, amount, at),
            _ => AccountRules.Capture(state, command.Id, amount, at),
        };
    }

    private static void AssertSame(Ledger ledger, AccountState state)
    {
        Assert.Equal(ledger.Available, state.Available.Micro);
        Assert.Equal(ledger.Held, state.Held.Micro);
        Assert.Equal(ledger.In - ledger.Out, state.Available.Micro + state.Held.Micro);
        Assert.True(state.Available >= Credits.Zero);
        Assert.All(state.Holds, hold => Assert.True(hold.Value > Credits.Zero));
    }

    private sealed record Command(EntryKind Kind, string Id, int Amount, string Counterparty, int Wait);

    /// <summary>The whole history as a list, searched from the start for every question.</summary>
    private sealed class Ledger
    {
        private readonly List<(Command Command, int At)> _applied = [];

        public long In => Sum(EntryKind.Credit);

        public long Out => Sum(EntryKind.Debit) + Sum(EntryKind.Capture);

        public long Held => _applied.Where(entry => entry.Command.Kind == EntryKind.Hold && Find(EntryKind.Capture, entry.Command.Id) is null)
            .Sum(entry => (long)entry.Command.Amount);

        public long Available => In - Out - Held;

        public (ReasonCode Expected, bool Changes) Apply(Command command, int now)
        {
            var (kind, id, amount, counterparty, _) = command;
            var isMove = kind is EntryKind.Credit or EntryKind.Debit;
            var before = isMove ? Find(EntryKind.Credit, id) ?? Find(EntryKind.Debit, id) : Find(kind, id);
            if (before is var (known, _))
            {
                var same = known.Kind == kind && known.Amount == amount && (!isMove || known.Counterparty == counterparty);
                return (same ? ReasonCode.None : ReasonCode.EntryConflict, false);
            }
            var refusal = kind switch
            {
                EntryKind.Hold when Find(EntryKind.Capture, id) is not null => ReasonCode.EntryConflict,
                EntryKind.Capture when amount < 0 => ReasonCode.AmountNotPositive,
                EntryKind.Capture when amount > 0 && Find(EntryKind.Hold, id) is null => ReasonCode.HoldUnknown,
                EntryKind.Capture when amount > (Find(EntryKind.Hold, id)?.Command.Amount ?? 0) => ReasonCode.HoldExceeded,
                not EntryKind.Capture when amount <= 0 => ReasonCode.AmountNotPositive,
                EntryKind.Debit or EntryKind.Hold when amount > Available => ReasonCode.BalanceInsufficient,
                _ => ReasonCode.None,
            };
            if (refusal == ReasonCode.None) _applied.Add((command, now));
            return (refusal, refusal == ReasonCode.None);
        }

        /// <summary>The latest time at which the movement's id was still being worked on; null when it is new.</summary>
        public int? LastConcerned(Command command)
        {
            var isHold = command.Kind is EntryKind.Hold or EntryKind.Capture;
            if (!isHold) return (Find(EntryKind.Credit, command.Id) ?? Find(EntryKind.Debit, command.Id))?.At;
            if (Find(EntryKind.Capture, command.Id) is var (_, ended)) return ended;
            return null; // never held, or held still
        }

        private (Command Command, int At)? Find(EntryKind kind, string id)
        {
            foreach (var entry in _applied)
            {
                if (entry.Command.Kind == kind && entry.Command.Id == id) return entry;
            }
            return null;
        }

        private long Sum(EntryKind kind) => _applied.Where(entry => entry.Command.Kind == kind).Sum(entry => (long)entry.Command.Amount);
    }
}
