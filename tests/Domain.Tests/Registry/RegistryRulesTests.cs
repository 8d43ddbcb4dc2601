using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Provers;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Registry;

public sealed class RegistryRulesTests
{
    private static readonly DateTimeOffset Now = Samples.Now;

    private static readonly RegistryState Ten = RegistryRules.AddStake(Registered(Samples.Offer()), "p1", "in", Credits.Whole(10), [], Samples.Now).State;

    [Fact]
    public void A_new_prover_has_no_stake_and_no_leases()
    {
        var prover = Registered(Samples.Offer()).Provers["p1"];
        Assert.Equal((Credits.Zero, Credits.Zero, Credits.Zero, 0), (prover.Stake, prover.LockedBond, prover.FreeStake, prover.Leases.Count));
    }

    [Fact]
    public void A_malformed_offer_is_refused()
    {
        var (state, refusal) = RegistryRules.Register(RegistryState.Empty, Samples.Offer() with { Slots = 0 });
        Assert.Equal(Refusal.Of(ReasonCode.OutOfRange, "slots", "1 to 1024", "0"), refusal);
        Assert.Same(RegistryState.Empty, state);
    }

    [Fact]
    public void A_new_offer_replaces_the_old_one_and_keeps_the_rest()
    {
        var (leased, _, _) = Reserve(Ten, "l1");
        // What a worker says whenever it connects.
        var again = Samples.Offer();
        Assert.Same(leased, RegistryRules.Register(leased, again with { Programs = [.. again.Programs], Hardware = [.. again.Hardware] }).State);
        var (state, refusal) = RegistryRules.Register(leased, Samples.Offer() with { Slots = 5 });
        Assert.Null(refusal);
        var prover = state.Provers["p1"];
        Assert.Equal((5, Credits.Whole(10), 1), (prover.Offer.Slots, prover.Stake, prover.Leases.Count));
    }

    [Fact]
    public void A_prover_id_stays_with_its_account()
    {
        var (state, refusal) = RegistryRules.Register(Ten, Samples.Offer() with { Account = "thief" });
        Assert.Equal(Refusal.Of(ReasonCode.ProverIdConflict, "account", "the account p1-account that registered prover p1", "thief"), refusal);
        Assert.Same(Ten, state);
    }

    [Fact]
    public void Slots_do_not_fall_below_the_leases_held()
    {
        var state = Reserve(Reserve(Ten, "l1").State, "l2").State;
        Assert.Equal(
            Refusal.Of(ReasonCode.SlotsFull, "slots", "at least the 2 in use", "1"), RegistryRules.Register(state, Samples.Offer() with { Slots = 1 }).Refusal);
        Assert.Null(RegistryRules.Register(state, Samples.Offer() with { Slots = 2 }).Refusal);
    }

    [Fact]
    public void A_lease_takes_a_slot_and_a_bond()
    {
        var (state, lease, refusal) = Reserve(Ten, "l1", bond: 4);
        Assert.Null(refusal);
        Assert.Equal(
            new Lease
            {
                LeaseId = "l1", ProgramId = Samples.ProgramId, Bond = Credits.Whole(4), GrantedAt = Now, Deadline = Samples.Hard, Work = Samples.Program().Work,
            },
            lease);
        var prover = state.Provers["p1"];
        Assert.Equal((Credits.Whole(10), Credits.Whole(4), Credits.Whole(6)), (prover.Stake, prover.LockedBond, prover.FreeStake));
        Assert.Equal(lease, prover.Leases["l1"]);
    }

    [Fact]
    public void A_repeated_reservation_gives_the_lease_that_is_held()
    {
        var (state, lease, _) = Reserve(Ten, "l1", bond: 4);
        var again = RegistryRules.Reserve(state, Command("l1", 4), Samples.Present(), Now.AddSeconds(5));
        Assert.Null(again.Refusal);
        Assert.Equal(lease, again.Lease);
        Assert.Same(state, again.State);
    }

    [Fact]
    public void A_repeated_reservation_is_found_even_when_it_would_be_refused_now()
    {
        var full = Reserve(Reserve(Ten, "l1", bond: 5).State, "l2", bond: 5).State;
        var again = RegistryRules.Reserve(full, Command("l1", 5), Samples.Present() with { Draining = true }, Samples.Hard.AddHours(-1));
        Assert.Equal("l1", again.Lease?.LeaseId);
    }

    [Fact]
    public void Refuses_an_unknown_prover() => Refuses(
        Refusal.Of(ReasonCode.ProverUnknown, "proverId", "a registered prover", "p2"), Ten, Command("l1") with { ProverId = "p2" }, Samples.Present());

    [Fact]
    public void Refuses_a_session_that_is_not_the_current_one()
    {
        var expected = Refusal.Of(ReasonCode.SessionUnknown, "session", "the prover's current session");
        Refuses(expected, Ten, Command("l1"), presence: null);
        Refuses(expected, Ten, Command("l1"), Samples.Present("s2"));
        Refuses(expected, Ten, Command("l1"), Samples.Present() with { LiveUntil = Now });
        Assert.NotNull(RegistryRules.Reserve(Ten, Command("l1"), Samples.Present() with { LiveUntil = Now.AddTicks(1) }, Now).Lease);
    }

    [Fact]
    public void Refuses_a_draining_prover() => Refuses(
        Refusal.Of(ReasonCode.ProverNotLive, "proverId", "a prover that takes work", "p1"), Ten, Command("l1"), Samples.Present() with { Draining = true });

    [Fact]
    public void Refuses_a_deadline_that_has_passed() => Refuses(
        Refusal.Of(ReasonCode.LeaseDeadlinePassed, "deadline", $"after {Now:O}", $"{Now:O}"), Ten, Command("l1") with { Deadline = Now }, Samples.Present());

    [Fact]
    public void Refuses_a_program_that_is_not_offered()
    {
        var other = new string('c', 64);
        Refuses(
            Refusal.Of(ReasonCode.ProgramNotServed, "programId", "a program the prover offers", other),
            Ten, Command("l1") with { ProgramId = other }, Samples.Present());
    }

    [Fact]
    public void Refuses_more_leases_than_slots() => Refuses(
        Refusal.Of(ReasonCode.SlotsFull, "slots", "fewer than 2 in use", "2"),
        Reserve(Reserve(Ten, "l1").State, "l2").State, Command("l3"), Samples.Present());

    [Fact]
    public void Refuses_more_bonds_than_stake()
    {
        var state = Reserve(Ten, "l1", bond: 7).State;
        Refuses(
            Refusal.Of(ReasonCode.StakeInsufficient, "bond", "at most the free stake of 3 credits", "4"), state, Command("l2", 4), Samples.Present());
        Assert.NotNull(Reserve(state, "l2", bond: 3).Lease);
    }

    [Theory]
    [InlineData("someone", "p2", "a prover the requester allows")]
    [InlineData("p1", "p1", "a prover the requester allows")]
    public void Refuses_whom_the_requester_excludes(string allowed, string denied, string limit) => Refuses(
        Refusal.Of(ReasonCode.ProverExcluded, "proverId", limit, "p1"),
        Ten, Command("l1") with { Constraints = new RequestConstraints { AllowedProvers = [allowed], DeniedProvers = [denied] } }, Samples.Present());

    [Fact]
    public void Refuses_a_prover_without_the_hardware() => Refuses(
        Refusal.Of(ReasonCode.HardwareMissing, "hardware", "a prover with gpu", "p1"),
        Ten, Command("l1") with { Constraints = new RequestConstraints { Hardware = ["gpu"] } }, Samples.Present());

    [Fact]
    public void Refuses_a_prover_below_the_minimum_stake() => Refuses(
        Refusal.Of(ReasonCode.StakeBelowMinimum, "stake", "at least 11 credits", "10"),
        Ten, Command("l1") with { Constraints = new RequestConstraints { MinStake = Credits.Whole(11) } }, Samples.Present());

    [Fact]
    public void Grants_a_lease_to_a_prover_that_meets_the_constraints()
    {
        var offered = RegistryRules.Register(Ten, Samples.Offer() with { Hardware = ["gpu", "avx512"] }).State;
        var constraints = new RequestConstraints { Hardware = ["gpu"], AllowedProvers = ["p1"], DeniedProvers = ["p2"], MinStake = Credits.Whole(10) };
        Assert.NotNull(RegistryRules.Reserve(offered, Command("l1") with { Constraints = constraints }, Samples.Present(), Now).Lease);
    }

    [Theory]
    [InlineData(1, "lease - -")]
    [InlineData(2, "lease ProverUnknown lease -")]
    [InlineData(3, "lease ProverUnknown lease lease")]
    [InlineData(4, "lease ProverUnknown lease lease SlotsFull")]
    public void Of_several_wanted_those_behind_are_backups_and_fewer_are_better_than_none(int wanted, string expected)
    {
        var state = RegistryRules.Register(Ten, Samples.Offer("p3") with { Slots = 2 }).State;
        ReserveCommand[] ranked = [Command("l1"), Command("l2") with { ProverId = "p2" }, Command("l3") with { ProverId = "p3" }, Command("l4") with { ProverId = "p3" }, Command("l5") with { ProverId = "p3" }];
        var (after, outcomes) = RegistryRules.ReserveMany(state, [.. ranked], wanted, _ => Samples.Present(), Now);
        var told = string.Join(' ', outcomes.Select(outcome => outcome.Lease is not null ? "lease" : outcome.Refusal?.Code.ToString() ?? "-"));
        Assert.StartsWith(expected, told, StringComparison.Ordinal);
        Assert.Equal(Math.Min(wanted, 3), after.Provers.Values.Sum(prover => prover.Leases.Count));
    }

    [Fact]
    public void Refuses_a_negative_bond() => Refuses(
        Refusal.Of(ReasonCode.OutOfRange, "bond", "at least 0 credits", "-1"), Ten, Command("l1", -1), Samples.Present());

    [Fact]
    public void Refuses_a_bond_above_the_provers_own_limit() => Refuses(
        Refusal.Of(ReasonCode.BondAboveLimit, "bond", "at most 2 credits, the prover's own limit", "3"),
        RegistryRules.Register(Ten, Samples.Offer() with { MaxBond = Credits.Whole(2) }).State, Command("l1", 3), Samples.Present());

    [Theory]
    [InlineData(LeaseOutcome.Complete, 0, 1, 0)]
    [InlineData(LeaseOutcome.Decline, 0, 0, 0)]
    [InlineData(LeaseOutcome.Cancel, 0, 0, 0)]
    [InlineData(LeaseOutcome.Miss, 4, 0, 1)]
    public void An_ended_lease_frees_slot_and_bond_and_only_a_miss_is_slashed(LeaseOutcome outcome, int slashedWhole, int completed, int missed)
    {
        var (state, slashed) = RegistryRules.EndLease(Reserve(Ten, "l1", bond: 4).State, "l1", Ending(outcome), Now.AddSeconds(1));
        var prover = state.Provers["p1"];
        Assert.Equal(Credits.Whole(slashedWhole), slashed);
        Assert.Equal(Credits.Whole(10) - slashed, prover.Stake);
        Assert.Equal((slashed, Credits.Zero, prover.Stake), (prover.Slashed, prover.LockedBond, prover.FreeStake));
        Assert.Equal((completed, missed, 0), (prover.Completed, prover.Missed, prover.Leases.Count));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(4, 4)]
    [InlineData(9, 4)] // never more than the bond
    public void A_miss_may_cost_a_part_of_the_bond(int penalty, int slashedWhole)
    {
        var ending = Ending(LeaseOutcome.Miss) with { Penalty = Credits.Whole(penalty) };
        var (state, slashed) = RegistryRules.EndLease(Reserve(Ten, "l1", bond: 4).State, "l1", ending, Now.AddSeconds(1));
        Assert.Equal((Credits.Whole(slashedWhole), Credits.Whole(10 - slashedWhole)), (slashed, state.Provers["p1"].Stake));
    }

    [Fact]
    public void A_lease_ends_once()
    {
        var state = Reserve(Ten, "l1", bond: 4).State;
        state = RegistryRules.EndLease(state, "l1", Ending(LeaseOutcome.Miss), Now).State;
        foreach (var outcome in Enum.GetValues<LeaseOutcome>())
        {
            var (again, slashed) = RegistryRules.EndLease(state, "l1", Ending(outcome), Now);
            Assert.Equal(Credits.Zero, slashed);
            Assert.Equal((Credits.Whole(6), 1L, 0L), (again.Provers["p1"].Stake, again.Provers["p1"].Missed, again.Provers["p1"].Completed));
        }
    }

    [Fact]
    public void An_ended_lease_does_not_come_back()
    {
        var ended = RegistryRules.EndLease(Reserve(Ten, "l1").State, "l1", Ending(LeaseOutcome.Decline), Now).State;
        Refuses(Refusal.Of(ReasonCode.LeaseEnded, "leaseId", "a lease that has not ended", "l1"), ended, Command("l1"), Samples.Present());
    }

    [Fact]
    public void A_lease_that_was_ended_before_it_was_reserved_does_not_begin()
    {
        var ended = RegistryRules.EndLease(Ten, "l1", Ending(LeaseOutcome.Cancel), Now).State;
        Refuses(Refusal.Of(ReasonCode.LeaseEnded, "leaseId", "a lease that has not ended", "l1"), ended, Command("l1"), Samples.Present());
    }

    [Fact]
    public void An_ended_lease_is_remembered_until_no_reservation_can_be_on_its_way()
    {
        var ended = RegistryRules.EndLease(Reserve(Ten, "l1").State, "l1", Ending(LeaseOutcome.Decline), Now).State.Ended;
        var soon = ended.Add("l2", Now + MarketLimits.LateCall - TimeSpan.FromTicks(1));
        Assert.True(soon.Contains("l1") && soon.Contains("l2"));
        var later = soon.Add("l3", Now + MarketLimits.LateCall);
        Assert.True(later.Contains("l1") && later.Contains("l2") && later.Contains("l3"));
        var last = later.Add("l4", Now + (2 * MarketLimits.LateCall));
        Assert.Equal((false, false, true, true), (last.Contains("l1"), last.Contains("l2"), last.Contains("l3"), last.Contains("l4")));
        var only = last.Add("l5", Now + (5 * MarketLimits.LateCall));
        Assert.Equal((1, true, false, false), (only.Count, only.Contains("l5"), only.Contains("l4"), only.Contains("l3")));
    }

    /// <summary>A bid reserves until the request's deadline, and who wins with it has a deadline of its own.</summary>
    [Theory]
    [InlineData(LeaseOutcome.Miss)]
    [InlineData(LeaseOutcome.Cancel)]
    public void A_lease_that_ended_at_its_own_deadline_is_not_brought_back_by_an_earlier_reservation_until_a_later_one(LeaseOutcome outcome)
    {
        var ending = Ending(outcome) with { Deadline = Now.AddSeconds(1) };
        foreach (var before in new[] { Reserve(Ten, "l1").State, Ten })
        {
            var ended = RegistryRules.EndLease(before, "l1", ending, Now.AddSeconds(2)).State;
            Assert.Equal(ReasonCode.LeaseEnded, RegistryRules.Reserve(ended, Command("l1"), Samples.Present(), Now.AddSeconds(3)).Refusal?.Code);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3600)]
    public void Ending_a_lease_again_leaves_the_same_state(int secondsLater)
    {
        // Settlements repeat endings until everything is done: none of them may cost a write.
        var ended = RegistryRules.EndLease(Reserve(Ten, "l1").State, "l1", Ending(LeaseOutcome.Complete), Samples.Hard).State;
        Assert.Same(ended, RegistryRules.EndLease(ended, "l1", Ending(LeaseOutcome.Complete), Samples.Hard.AddSeconds(secondsLater)).State);
        ended = RegistryRules.EndLease(Reserve(Ten, "l1").State, "l1", Ending(LeaseOutcome.Complete), Now).State;
        Assert.Same(ended, RegistryRules.EndLease(ended, "l1", Ending(LeaseOutcome.Complete), Now).State);
    }

    [Fact]
    public void Ending_the_lease_of_an_unknown_prover_changes_nothing()
    {
        var (state, slashed) = RegistryRules.EndLease(Ten, "l1", Ending(LeaseOutcome.Miss) with { ProverId = "p2" }, Now);
        Assert.Same(Ten, state);
        Assert.Equal(Credits.Zero, slashed);
    }

    [Fact]
    public void Stake_is_added_once_an_entry()
    {
        var (state, refusal) = RegistryRules.AddStake(Ten, "p1", "e2", Credits.Whole(5), [], Samples.Now);
        Assert.Null(refusal);
        Assert.Equal(Credits.Whole(15), state.Provers["p1"].Stake);
        var again = RegistryRules.AddStake(state, "p1", "e2", Credits.Whole(5), [], Samples.Now);
        Assert.Null(again.Refusal);
        Assert.Same(state, again.State);
    }

    [Fact]
    public void Refuses_stake_that_contradicts_or_is_not_positive()
    {
        RefusesStake(Refusal.Of(ReasonCode.ProverUnknown, "proverId", "a registered prover", "p2"), "p2", "e", Credits.Whole(1));
        RefusesStake(Refusal.Of(ReasonCode.EntryConflict, "amount", "10 credits, as applied before under in", "9"), "p1", "in", Credits.Whole(9));
        RefusesStake(Refusal.Of(ReasonCode.AmountNotPositive, "amount", "above 0 credits", "0"), "p1", "e", Credits.Zero);
        RefusesStake(Refusal.Of(ReasonCode.AmountNotPositive, "amount", "above 0 credits", "-1"), "p1", "e", Credits.Whole(-1));
    }

    [Fact]
    public void Refuses_stake_beyond_what_can_be_counted()
    {
        var much = new Credits(MarketLimits.Amount.Micro + 1);
        RefusesStake(Refusal.Of(ReasonCode.OutOfRange, "amount", "at most 1000000000 credits", "1000000000.000001"), "p1", "e", much);
        var rich = Ten with { Provers = Ten.Provers.SetItem("p1", Ten.Provers["p1"] with { Stake = new Credits(long.MaxValue - 5) }) };
        var (state, refusal) = RegistryRules.AddStake(rich, "p1", "e", new Credits(6), [], Samples.Now);
        Assert.Equal(Refusal.Of(ReasonCode.BalanceOverflow, "amount", "a representable stake", "0.000006"), refusal);
        Assert.Same(rich, state);
        Assert.Null(RegistryRules.AddStake(rich, "p1", "e", new Credits(5), [], Samples.Now).Refusal);
    }

    [Fact]
    public void Violations_are_found_and_named()
    {
        var prover = Reserve(Ten, "l1", bond: 4).State.Provers["p1"];
        Assert.Null(RegistryRules.Violation(With(prover)));
        Assert.Equal(
            "prover p1 holds lease l1, which has ended",
            RegistryRules.Violation(With(prover) with { Ended = EndedLeases.None.Add("l1", Now) }));
        Assert.Equal("prover p1 has negative stake -1", RegistryRules.Violation(With(prover with { Stake = Credits.Whole(-1) })));
        Assert.Equal("prover p1 has bonds 4 over stake 3", RegistryRules.Violation(With(prover with { Stake = Credits.Whole(3) })));
        Assert.Equal("prover p1 holds 1 leases on 0 slots", RegistryRules.Violation(With(prover with { Offer = prover.Offer with { Slots = 0 } })));

        static RegistryState With(ProverRecord prover) => new() { Provers = RegistryState.Empty.Provers.Add("p1", prover) };
    }

    private static RegistryState Registered(ProverOffer offer) => RegistryRules.Register(RegistryState.Empty, offer).State;

    private static (RegistryState State, Lease? Lease, Refusal? Refusal) Reserve(RegistryState state, string leaseId, long bond = 0) =>
        RegistryRules.Reserve(state, Command(leaseId, bond), Samples.Present(), Now);

    private static ReserveCommand Command(string leaseId, long bond = 0) => new()
    {
        ProverId = "p1", Session = "s1", LeaseId = leaseId, ProgramId = Samples.ProgramId, Bond = Credits.Whole(bond), Deadline = Samples.Hard,
        Constraints = new RequestConstraints(),
        Work = Samples.Program().Work,
    };

    private static LeaseEnding Ending(LeaseOutcome outcome) => new()
    {
        ProverId = "p1", Outcome = outcome, Reason = ReasonCode.None, Bond = Credits.Whole(4), Deadline = Samples.Hard,
    };

    private static void Refuses(Refusal expected, RegistryState state, ReserveCommand command, ProverPresence? presence)
    {
        var answer = RegistryRules.Reserve(state, command, presence, Now);
        Assert.Equal(expected, answer.Refusal);
        Assert.Null(answer.Lease);
        Assert.Same(state, answer.State);
    }

    private static void RefusesStake(Refusal expected, string proverId, string entryId, Credits amount)
    {
        var (state, refusal) = RegistryRules.AddStake(Ten, proverId, entryId, amount, [], Samples.Now);
        Assert.Equal(expected, refusal);
        Assert.Same(Ten, state);
    }
}
