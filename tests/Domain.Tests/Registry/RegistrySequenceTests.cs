using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Registry;

/// <summary>Any sequence of registrations, stakes, reservations and endings, with retries, duplicates and late repetitions, against a count of
/// slots and stake that is kept another way.</summary>
public sealed class RegistrySequenceTests
{
    private static readonly string[] Leases = ["l1", "l2", "l3", "l4", "l5"];

    private static readonly FsCheck.Gen<Command> Commands = Gen.Frequency<Command>(
        (2, from prover in Provers() from slots in Gen.Choose(0, 3) from account in Gen.Frequency((8, Gen.Constant("own")), (1, Gen.Constant("thief")))
            select (Command)new Register(prover, slots, account)),
        (3, from prover in Provers() from entry in Gen.Elements("e1", "e2", "e3", "e4") from amount in Gen.Choose(-1, 9)
            select (Command)new AddStake(prover, entry, amount)),
        (8, from prover in Provers() from lease in Gen.Elements(Leases) from bond in Gen.Choose(-1, 5) from current in Gen.Frequency((9, Gen.Constant(true)), (1, Gen.Constant(false)))
            select (Command)new Reserve(prover, lease, bond, current)),
        (6, from prover in Provers() from lease in Gen.Elements(Leases) from outcome in Gen.Elements(Enum.GetValues<LeaseOutcome>())
            select (Command)new End(prover, lease, outcome)),
        (2, from seconds in Gen.Choose(1, 8) select (Command)new Wait(seconds)));

    [Fact]
    public void Slots_stake_and_bonds_always_add_up() => Property.Holds(Property.Sequences(Commands, longest: 80), commands =>
    {
        var (state, model, now) = (RegistryState.Empty, new Dictionary<string, Model>(), Samples.Now);
        foreach (var command in commands)
        {
            var before = state;
            switch (command)
            {
                case Wait wait:
                    now = now.AddSeconds(wait.Seconds);
                    break;
                case Register(var prover, var slots, var account):
                    (state, var refused) = RegistryRules.Register(state, Samples.Offer(prover) with { Slots = slots, Account = $"{account}-{prover}" });
                    Expect(Registered(model, prover, slots, account), refused);
                    break;
                case AddStake(var prover, var entry, var amount):
                    (state, refused) = RegistryRules.AddStake(state, prover, entry, new Credits(amount), [], Samples.Now);
                    Expect(Staked(model, prover, entry, amount), refused);
                    break;
                case Reserve reserve:
                    (state, var lease, refused) = RegistryRules.Reserve(state, Ask(reserve), Samples.Present(reserve.IsCurrent ? "s1" : "s2"), now);
                    var (expected, bond) = Reserved(model, reserve, now);
                    Expect(expected, refused);
                    Assert.Equal(refused is null, lease is not null);
                    if (lease is not null) Assert.Equal((IdOf(reserve.LeaseId, reserve.Prover), bond), (lease.LeaseId, lease.Bond.Micro));
                    break;
                case End end:
                    var stake = state.Provers.GetValueOrDefault(end.Prover)?.Stake ?? Credits.Zero;
                    (state, var slashed) = RegistryRules.EndLease(state, IdOf(end.LeaseId, end.Prover), Ending(end), now);
                    Assert.Equal(Ended(model, end), slashed.Micro);
                    Assert.Equal(stake - slashed, state.Provers.GetValueOrDefault(end.Prover)?.Stake ?? Credits.Zero);
                    break;
            }
            Assert.Null(RegistryRules.Violation(state));
            AssertSame(model, state);

            void Expect(ReasonCode[] expected, Refusal? refusal)
            {
                Assert.Contains(refusal?.Code ?? ReasonCode.None, expected);
                if (refusal is not null) Assert.Same(before, state);
            }
        }
    }, times: 500);

    [Fact]
    public void A_history_that_comes_a_second_time_gives_no_slot_and_moves_no_stake() => Property.Holds(Property.Sequences(Commands), commands =>
    {
        // Every lease of the history has ended; then all messages arrive once more, late and in the same order.
        var state = Play(RegistryState.Empty, commands);
        foreach (var prover in state.Provers.Values)
        {
            foreach (var lease in Leases) state = RegistryRules.EndLease(state, IdOf(lease, prover.Offer.ProverId), Ending(new End(prover.Offer.ProverId, lease, LeaseOutcome.Cancel)), Samples.Now).State;
        }
        var again = Play(state, [.. commands.Where(command => command is Reserve or End)]);
        Assert.All(again.Provers.Values, prover =>
        {
            Assert.Empty(prover.Leases);
            Assert.Equal(state.Provers[prover.Offer.ProverId].Stake, prover.Stake);
        });
    });

    private static RegistryState Play(RegistryState state, Command[] commands)
    {
        foreach (var command in commands)
        {
            state = command switch
            {
                Register(var prover, var slots, _) => RegistryRules.Register(state, Samples.Offer(prover) with { Slots = slots }).State,
                AddStake(var prover, var entry, var amount) => RegistryRules.AddStake(state, prover, entry, new Credits(amount), [], Samples.Now).State,
                Reserve reserve => RegistryRules.Reserve(state, Ask(reserve), Samples.Present(), Samples.Now).State,
                End end => RegistryRules.EndLease(state, IdOf(end.LeaseId, end.Prover), Ending(end), Samples.Now).State,
                _ => state,
            };
        }
        return state;
    }

    private static ReasonCode[] Registered(Dictionary<string, Model> model, string prover, int slots, string account)
    {
        if (slots == 0) return [ReasonCode.OutOfRange];
        if (!model.TryGetValue(prover, out var known)) model[prover] = new Model { Account = account, Slots = slots };
        else if (known.Account != account) return [ReasonCode.ProverIdConflict];
        else if (slots < known.Held.Count) return [ReasonCode.SlotsFull];
        else known.Slots = slots;
        return [ReasonCode.None];
    }

    private static ReasonCode[] Staked(Dictionary<string, Model> model, string prover, string entry, int amount)
    {
        if (!model.TryGetValue(prover, out var known)) return [ReasonCode.ProverUnknown];
        if (known.Entries.TryGetValue(entry, out var applied)) return [applied == amount ? ReasonCode.None : ReasonCode.EntryConflict];
        if (amount <= 0) return [ReasonCode.AmountNotPositive];
        known.Entries[entry] = amount;
        return [ReasonCode.None];
    }

    private static (ReasonCode[] Expected, long Bond) Reserved(Dictionary<string, Model> model, Reserve reserve, DateTimeOffset now)
    {
        if (!model.TryGetValue(reserve.Prover, out var known)) return ([ReasonCode.ProverUnknown], 0);
        if (!reserve.IsCurrent) return ([ReasonCode.SessionUnknown], 0);
        if (known.Held.TryGetValue(reserve.LeaseId, out var held)) return ([ReasonCode.None], held);
        // An ended lease may be forgotten after its deadline, but it is never granted again.
        var passed = DeadlineOf(reserve.LeaseId) <= now;
        if (known.Ended.Contains(reserve.LeaseId)) return (passed ? [ReasonCode.LeaseEnded, ReasonCode.LeaseDeadlinePassed] : [ReasonCode.LeaseEnded], 0);
        if (passed) return ([ReasonCode.LeaseDeadlinePassed], 0);
        // Leases not taken up count like missed ones. The first pause is longer than all of these leases.
        if (known.MissedInRow >= 3) return ([ReasonCode.ProverPaused], 0);
        if (known.Held.Count == known.Slots) return ([ReasonCode.SlotsFull], 0);
        if (reserve.Bond < 0) return ([ReasonCode.OutOfRange], 0);
        if (reserve.Bond > known.Stake - known.Held.Values.Sum()) return ([ReasonCode.StakeInsufficient], 0);
        known.Held[reserve.LeaseId] = reserve.Bond;
        return ([ReasonCode.None], reserve.Bond);
    }

    private static long Ended(Dictionary<string, Model> model, End end)
    {
        if (!model.TryGetValue(end.Prover, out var known)) return 0;
        known.Ended.Add(end.LeaseId);
        if (!known.Held.Remove(end.LeaseId, out var bond)) return 0;
        if (end.Outcome == LeaseOutcome.Complete) known.MissedInRow = 0;
        if (end.Outcome is LeaseOutcome.Miss or LeaseOutcome.Lapse) known.MissedInRow++;
        if (end.Outcome != LeaseOutcome.Miss) return 0;
        known.Slashed += bond;
        return bond;
    }

    private static void AssertSame(Dictionary<string, Model> model, RegistryState state)
    {
        Assert.Equal(model.Keys.Order(), state.Provers.Keys.Order());
        foreach (var (id, expected) in model)
        {
            var prover = state.Provers[id];
            Assert.Equal((expected.Slots, expected.Stake, expected.Slashed), (prover.Offer.Slots, prover.Stake.Micro, prover.Slashed.Micro));
            Assert.Equal(expected.Held.Select(lease => KeyValuePair.Create(IdOf(lease.Key, id), lease.Value)).OrderBy(lease => lease.Key), prover.Leases.Select(lease => KeyValuePair.Create(lease.Key, lease.Value.Bond.Micro)).OrderBy(lease => lease.Key));
            Assert.Equal(expected.Stake - expected.Held.Values.Sum(), prover.FreeStake.Micro);
        }
    }

    private static FsCheck.Gen<string> Provers() => Gen.Frequency((4, Gen.Constant("p1")), (1, Gen.Constant("p2")));

    private static ReserveCommand Ask(Reserve reserve) => new()
    {
        ProverId = reserve.Prover,
        Session = "s1",
        LeaseId = IdOf(reserve.LeaseId, reserve.Prover),
        ProgramId = Samples.ProgramId,
        Bond = new Credits(reserve.Bond),
        Deadline = DeadlineOf(reserve.LeaseId),
        Constraints = new RequestConstraints(),
        Work = new WorkUnits(1),
    };

    private static LeaseEnding Ending(End end) => new()
    {
        ProverId = end.Prover, Outcome = end.Outcome, Reason = ReasonCode.None, Bond = Credits.Zero, Deadline = DeadlineOf(end.LeaseId),
    };

    private static string IdOf(string lease, string prover) => $"{lease}/{prover}";

    private static DateTimeOffset DeadlineOf(string leaseId) => Samples.Now.AddSeconds(10 * (leaseId[1] - '0'));

    private sealed class Model
    {
        public required string Account { get; init; }

        public required int Slots { get; set; }

        public int MissedInRow { get; set; }

        public Dictionary<string, int> Entries { get; } = [];

        public Dictionary<string, long> Held { get; } = [];

        public HashSet<string> Ended { get; } = [];

        public long Slashed { get; set; }

        public long Stake => Entries.Values.Sum() - Slashed;
    }

    private abstract record Command;

    private sealed record Register(string Prover, int Slots, string Account) : Command;

    private sealed record AddStake(string Prover, string Entry, int Amount) : Command;

    private sealed record Reserve(string Prover, string LeaseId, int Bond, bool IsCurrent) : Command;

    private sealed record End(string Prover, string LeaseId, LeaseOutcome Outcome) : Command;

    private sealed record Wait(int Seconds) : Command;
}
