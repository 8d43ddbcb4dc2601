using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Registry;

public sealed class UnbondingRulesTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromDays(1);
    private static readonly DateTimeOffset Now = Samples.Now;
    private static readonly DateTimeOffset Free = Now + Delay;

    private static readonly RegistryState Ten = RegistryRules.AddStake(
        RegistryRules.Register(RegistryState.Empty, Samples.Offer("p1") with { Slots = 2 }).State, "p1", "in", Credits.Whole(10), [], Now).State;

    [Fact]
    public void Stake_that_is_to_leave_is_still_there_and_cannot_be_bonded()
    {
        var state = Begin(Ten, "out", 7);
        var prover = state.Provers["p1"];
        Assert.Equal((10, 7, 3, 3), (Whole(prover.Stake), Whole(prover.UnbondingStake), Whole(prover.StayingStake), Whole(prover.FreeStake)));
        Assert.Equal(
            Refusal.Of(ReasonCode.StakeInsufficient, "bond", "at most the free stake of 3 credits", "4"),
            RegistryRules.Reserve(state, Command("l1", 4), Samples.Present(), Now).Refusal);
        Assert.Null(RegistryRules.Reserve(state, Command("l1", 3), Samples.Present(), Now).Refusal);
    }

    [Fact]
    public void It_leaves_after_its_delay_and_not_before()
    {
        var state = Begin(Ten, "out", 7);
        var early = UnbondingRules.Release(state, "p1", "out", Free - TimeSpan.FromTicks(1));
        Assert.Equal((ReasonCode.StakeUnbonding, "time"), (early.Refusal!.Code, early.Refusal.Field));
        Assert.Same(state, early.State);
        var released = UnbondingRules.Release(state, "p1", "out", Free);
        Assert.Equal((Credits.Whole(7), Credits.Whole(3)), (released.Unbonding!.Released, released.State.Provers["p1"].Stake));
        Assert.Equal(3, Whole(released.State.Provers["p1"].FreeStake));
    }

    [Fact]
    public void Every_step_can_be_repeated_and_changes_nothing_the_second_time()
    {
        var state = Begin(Ten, "out", 7);
        Assert.Same(state, UnbondingRules.Begin(state, "p1", "out", Credits.Whole(7), Now + Delay, Delay).State);
        state = UnbondingRules.Release(state, "p1", "out", Free).State;
        Assert.Same(state, UnbondingRules.Release(state, "p1", "out", Free + Delay).State);
        state = UnbondingRules.Paid(state, "p1", "out", Free);
        Assert.Same(state, UnbondingRules.Paid(state, "p1", "out", Free));
        var again = UnbondingRules.Begin(state, "p1", "out", Credits.Whole(7), Free, Delay);
        Assert.Same(state, again.State);
        Assert.True(again.Unbonding!.IsPaid);
    }

    [Fact]
    public void What_is_slashed_meanwhile_does_not_leave()
    {
        var leased = RegistryRules.Reserve(Ten, Command("l1", 4), Samples.Present(), Now).State;
        var state = Begin(leased, "out", 10);
        var locked = UnbondingRules.Release(state, "p1", "out", Free);
        Assert.Equal((ReasonCode.StakeUnbonding, "bonds"), (locked.Refusal!.Code, locked.Refusal.Field));
        state = RegistryRules.EndLease(state, "l1", Ending(LeaseOutcome.Miss), Free).State;
        Assert.Null(RegistryRules.Violation(state));
        var released = UnbondingRules.Release(state, "p1", "out", Free);
        Assert.Equal((Credits.Whole(6), Credits.Zero), (released.Unbonding!.Released, released.State.Provers["p1"].Stake));
    }

    [Fact]
    public void A_bond_that_needs_only_what_stays_does_not_keep_it()
    {
        var leased = RegistryRules.Reserve(Ten, Command("l1", 4), Samples.Present(), Now).State;
        var released = UnbondingRules.Release(Begin(leased, "out", 6), "p1", "out", Free);
        Assert.Equal(Credits.Whole(6), released.Unbonding!.Released);
        Assert.Null(RegistryRules.Violation(released.State));
    }

    [Fact]
    public void Two_that_leave_do_not_take_more_than_there_is()
    {
        var leased = RegistryRules.Reserve(Ten, Command("l1", 5), Samples.Present(), Now).State;
        var state = Begin(Begin(leased, "a", 6), "b", 4);
        Assert.Equal(0, Whole(state.Provers["p1"].FreeStake));
        state = RegistryRules.EndLease(state, "l1", Ending(LeaseOutcome.Miss), Now).State;
        state = UnbondingRules.Release(state, "p1", "a", Free).State;
        var second = UnbondingRules.Release(state, "p1", "b", Free);
        Assert.Equal(Credits.Zero, second.Unbonding!.Released);
        Assert.Equal((0, 0), (Whole(second.State.Provers["p1"].Stake), Whole(second.State.Provers["p1"].FreeStake)));
    }

    [Theory]
    [InlineData("p2", "out", 1, ReasonCode.ProverUnknown, "proverId")]
    [InlineData("p1", "out", 0, ReasonCode.AmountNotPositive, "amount")]
    [InlineData("p1", "out", -1, ReasonCode.AmountNotPositive, "amount")]
    [InlineData("p1", "out", 1_000_000_001, ReasonCode.OutOfRange, "amount")]
    [InlineData("p1", "out", 8, ReasonCode.StakeInsufficient, "amount")]
    [InlineData("p1", "known", 4, ReasonCode.EntryConflict, "amount")]
    public void Refuses_and_changes_nothing(string prover, string entry, long amount, ReasonCode code, string field)
    {
        var state = Begin(Ten, "known", 3);
        var (after, _, refusal) = UnbondingRules.Begin(state, prover, entry, Credits.Whole(amount), Now, Delay);
        Assert.Equal((code, field), (refusal!.Code, refusal.Field));
        Assert.Same(state, after);
    }

    [Fact]
    public void What_was_not_asked_for_is_not_released()
    {
        Assert.Equal(ReasonCode.UnbondingUnknown, UnbondingRules.Release(Ten, "p1", "out", Free).Refusal?.Code);
        Assert.Equal(ReasonCode.ProverUnknown, UnbondingRules.Release(Ten, "p2", "out", Free).Refusal?.Code);
        Assert.Same(Ten, UnbondingRules.Paid(Ten, "p1", "out", Free));
        var begun = Begin(Ten, "out", 1);
        Assert.Same(begun, UnbondingRules.Paid(begun, "p1", "out", Free));
    }

    private static RegistryState Begin(RegistryState state, string entry, long amount)
    {
        var (after, unbonding, refusal) = UnbondingRules.Begin(state, "p1", entry, Credits.Whole(amount), Now, Delay);
        Assert.Null(refusal);
        Assert.Equal(Free, unbonding!.FreeAt);
        return after;
    }

    private static long Whole(Credits credits) => credits.Micro / Credits.MicroPerCredit;

    private static ReserveCommand Command(string leaseId, long bond) => new()
    {
        ProverId = "p1", Session = "s1", LeaseId = leaseId, ProgramId = Samples.ProgramId, Bond = Credits.Whole(bond), Deadline = Samples.Hard,
        Constraints = new RequestConstraints(), Work = Samples.Program().Work,
    };

    private static LeaseEnding Ending(LeaseOutcome outcome) => new()
    {
        ProverId = "p1", Outcome = outcome, Reason = ReasonCode.LeaseMissed, Bond = Credits.Zero, Deadline = Samples.Hard,
    };
}
