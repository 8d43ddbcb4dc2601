using System.Collections.Immutable;
using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Requests;

public sealed class SettlementRulesTests
{
    private const string Requester = "bot";

    private static readonly SlashSplit Usual = new();

    [Fact]
    public void A_won_request_pays_the_reward_and_refunds_the_rest()
    {
        var settlement = Settle(Credits.Whole(10), Report([Payment("p1", 7)], [Lease("p1", LeaseOutcome.Complete, 3)]), Usual);
        Assert.Equal(Credits.Whole(7), settlement.Captured);
        Assert.Equal<SettlementCredit>([Credit("r/reward/p1", "p1-account", 7_000_000, CreditKind.Reward)], settlement.Credits);
        Assert.Equal(LeaseOutcome.Complete, Assert.Single(settlement.Leases).Outcome);
    }

    [Fact]
    public void A_failed_request_costs_nothing()
    {
        var settlement = Settle(Credits.Whole(10), Report([], [Lease("p1", LeaseOutcome.Decline, 3), Lease("p2", LeaseOutcome.Cancel, 3)]), Usual);
        Assert.Equal(Credits.Zero, settlement.Captured);
        Assert.Empty(settlement.Credits);
        Assert.Equal(2, settlement.Leases.Length);
    }

    [Fact]
    public void A_slashed_bond_is_split_between_requester_rescuer_and_treasury()
    {
        var report = Report([Payment("p1", 1)], [Lease("p1", LeaseOutcome.Complete, 10), Lease("p2", LeaseOutcome.Miss, 10)]);
        Assert.Equal<SettlementCredit>(
            [
                Credit("r/reward/p1", "p1-account", 1_000_000, CreditKind.Reward),
                Credit("r/compensation/p2", Requester, 5_000_000, CreditKind.Compensation),
                Credit("r/rescue/p2", "p1-account", 3_000_000, CreditKind.Rescue),
                Credit("r/treasury/p2", "treasury", 2_000_000, CreditKind.Treasury),
            ],
            Settle(Credits.Whole(10), report, Usual).Credits);
    }

    [Fact]
    public void Nobody_is_paid_for_his_own_rescue()
    {
        // Of a batch somebody may have delivered a part first, and cheated with another.
        var report = Report([Payment("p1", 1), Payment("p2", 2)], [Lease("p1", LeaseOutcome.Miss, 10), Lease("p2", LeaseOutcome.Complete, 10)]);
        Assert.Equal("p2-account", Settle(Credits.Whole(10), report, Usual).Credits.Single(credit => credit.Kind == CreditKind.Rescue).Account);
        var alone = Report([Payment("p1", 1)], [Lease("p1", LeaseOutcome.Miss, 10)]);
        Assert.DoesNotContain(Settle(Credits.Whole(10), alone, Usual).Credits, credit => credit.Kind == CreditKind.Rescue);
    }

    [Fact]
    public void Another_prover_of_the_same_account_rescues_nothing()
    {
        var slashed = Lease("p1", LeaseOutcome.Miss, 10) with { Account = "owner" };
        var own = Payment("p2", 1) with { Account = "owner" };
        Assert.Equal<SettlementCredit>(
            [
                Credit("r/reward/p2", "owner", 1_000_000, CreditKind.Reward),
                Credit("r/compensation/p1", Requester, 5_000_000, CreditKind.Compensation),
                Credit("r/treasury/p1", "treasury", 5_000_000, CreditKind.Treasury),
            ],
            Settle(Credits.Whole(10), Report([own], [slashed]), Usual).Credits);
        // Of several that are paid it is the first who is not of that account.
        var others = Report([own, Payment("p3", 1), Payment("p4", 1)], [slashed]);
        Assert.Equal("p3-account", Settle(Credits.Whole(10), others, Usual).Credits.Single(credit => credit.Kind == CreditKind.Rescue).Account);
    }

    [Fact]
    public void What_earlier_stages_have_proved_of_a_batch_is_paid_from_the_same_price()
    {
        var earlier = new EndedStage { Stage = 0, Cause = FailureCause.Late, Leases = [], Payments = [Payment("p1", 3), Payment("p2", 1)] };
        var settlement = SettlementRules.Of("r", Requester, Credits.Whole(10), Report([Payment("p1", 6)], []), Usual, Samples.Now, [earlier]);
        Assert.Equal(Credits.Whole(10), settlement.Captured);
        Assert.Equal(["r/reward/0/p1", "r/reward/0/p2", "r/reward/p1"], settlement.Credits.Select(credit => credit.EntryId));
        Assert.Throws<InvalidOperationException>(() => SettlementRules.Of("r", Requester, Credits.Whole(9), Report([Payment("p1", 6)], []), Usual, Samples.Now, [earlier]));
    }

    [Fact]
    public void Without_a_rescuer_its_share_is_the_treasurys() => Assert.Equal<SettlementCredit>(
        [
            Credit("r/reward/p2", "p2-account", 1_000_000, CreditKind.Reward),
            Credit("r/compensation/p2", Requester, 5_000_000, CreditKind.Compensation),
            Credit("r/treasury/p2", "treasury", 5_000_000, CreditKind.Treasury),
        ],
        Settle(Credits.Whole(10), Report([Payment("p2", 1)], [Lease("p2", LeaseOutcome.Miss, 10)]), Usual).Credits);

    [Fact]
    public void Of_a_request_that_nobody_proved_all_that_is_slashed_is_the_treasurys()
    {
        var earlier = new EndedStage { Stage = 0, Cause = FailureCause.Late, Leases = [Lease("p1", LeaseOutcome.Miss, 4)] };
        var report = Report([], [Lease("p2", LeaseOutcome.Miss, 10)]);
        Assert.Equal<SettlementCredit>(
            [Credit("r/treasury/0/p1", "treasury", 4_000_000, CreditKind.Treasury), Credit("r/treasury/p2", "treasury", 10_000_000, CreditKind.Treasury)],
            SettlementRules.Of("r", Requester, Credits.Whole(10), report, Usual, Samples.Now, [earlier]).Credits);
    }

    [Fact]
    public void A_batch_that_was_proved_in_part_pays_no_compensation_and_nobody_has_rescued_it()
    {
        var report = Report([Payment("p1", 1)], [Lease("p2", LeaseOutcome.Miss, 10)]) with { Reason = ReasonCode.BatchIncomplete };
        Assert.Equal<SettlementCredit>(
            [Credit("r/reward/p1", "p1-account", 1_000_000, CreditKind.Reward), Credit("r/treasury/p2", "treasury", 10_000_000, CreditKind.Treasury)],
            Settle(Credits.Whole(10), report, Usual).Credits);
    }

    [Fact]
    public void Who_said_that_it_cannot_be_proved_has_its_penalty_back_when_nobody_proved_it()
    {
        var earlier = new EndedStage { Stage = 0, Cause = FailureCause.Late, Leases = [Claim("p1", 3)] };
        var report = Report([], [Claim("p1", 2), Lease("p2", LeaseOutcome.Miss, 10)]);
        Assert.Equal<SettlementCredit>(
            [
                Credit("r/returned/0/p1", "p1-account", 3_000_000, CreditKind.Returned),
                Credit("r/returned/p1", "p1-account", 2_000_000, CreditKind.Returned),
                Credit("r/treasury/p2", "treasury", 10_000_000, CreditKind.Treasury),
            ],
            SettlementRules.Of("r", Requester, Credits.Whole(10), report, Usual, Samples.Now, [earlier]).Credits);
    }

    [Fact]
    public void What_a_claim_cost_that_turned_out_false_goes_to_the_treasury_as_a_whole()
    {
        var report = Report([Payment("p2", 1)], [Claim("p1", 2)]);
        Assert.Equal(
            [("r/reward/p2", 1_000_000L), ("r/treasury/p1", 2_000_000)],
            Settle(Credits.Whole(10), report, Usual).Credits.Select(credit => (credit.EntryId, credit.Amount.Micro)));
    }

    [Fact]
    public void What_nobody_can_be_given_back_is_the_treasurys() => Assert.Equal<SettlementCredit>(
        [Credit("r/treasury/p1", "treasury", 2_000_000, CreditKind.Treasury)],
        Settle(Credits.Whole(10), Report([], [Claim("p1", 2) with { Account = "" }]), Usual).Credits);

    [Fact]
    public void Only_what_is_slashed_of_a_bond_is_shared()
    {
        var report = Report([Payment("p1", 1)], [Lease("p2", LeaseOutcome.Miss, 10) with { Penalty = Credits.Whole(2) }]);
        Assert.Equal([1_000_000L, 1_000_000, 600_000, 400_000], Settle(Credits.Whole(10), report, Usual).Credits.Select(credit => credit.Amount.Micro));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(-1)]
    public void A_penalty_beyond_the_bond_is_a_broken_mechanism(int penalty)
    {
        var report = Report([], [Lease("p2", LeaseOutcome.Miss, 10) with { Penalty = Credits.Whole(penalty) }]);
        Assert.Contains("of the bond 10 of prover p2", Assert.Throws<InvalidOperationException>(() => Settle(Credits.Whole(10), report, Usual)).Message);
    }

    [Fact]
    public void What_rounding_leaves_is_the_treasurys()
    {
        var report = Report([Payment("p1", 1)], [Lease("p2", LeaseOutcome.Miss, new Credits(3))]);
        Assert.Equal([1L, 2L], Settle(Credits.Whole(1), report, Usual).Credits.Skip(1).Select(credit => credit.Amount.Micro));
    }

    [Fact]
    public void Credits_are_exactly_what_is_captured_and_slashed() => Property.Holds(Cases, item =>
    {
        var settlement = Settle(item.Held, item.Report, item.Split);
        var paid = Sum(item.Report.Payments.Select(payment => payment.Amount));
        var slashed = Sum(item.Report.Leases.Where(lease => lease.Outcome == LeaseOutcome.Miss).Select(lease => lease.Penalty ?? lease.Bond));

        Assert.Equal(paid, settlement.Captured);
        Assert.True(settlement.Captured <= item.Held);
        Assert.Equal(paid + slashed, Sum(settlement.Credits.Select(credit => credit.Amount)));
        Assert.All(settlement.Credits, credit => Assert.True(credit.Amount > Credits.Zero));
        Assert.Equal(settlement.Credits.Length, settlement.Credits.Select(credit => credit.EntryId).Distinct().Count());
        Assert.Equal<LeaseEnding>(item.Report.Leases, settlement.Leases);
        Assert.All(settlement.Credits, credit => Assert.Equal(credit.Kind switch
        {
            CreditKind.Compensation => Requester,
            CreditKind.Treasury => SettlementRules.TreasuryAccount,
            CreditKind.Returned => $"{credit.EntryId["r/returned/".Length..]}-account",
            CreditKind.Rescue => item.Report.Payments.First(payment => payment.ProverId != credit.EntryId["r/rescue/".Length..]).Account,
            _ => $"{credit.EntryId["r/reward/".Length..]}-account",
        }, credit.Account));
    });

    [Fact]
    public void A_request_that_was_not_proved_pays_its_requester_nothing_and_takes_nothing_from_who_said_so() => Property.Holds(Cases, item =>
    {
        var settlement = Settle(item.Held, item.Report, item.Split);
        if (item.Report.Succeeded)
        {
            // A claim that turned out false: the requester may have proved the request itself.
            var untrue = item.Report.Leases.Where(lease => lease.IsDisputed && lease.Slashed > Credits.Zero).Select(lease => lease.ProverId).ToHashSet();
            Assert.DoesNotContain(
                settlement.Credits,
                credit => credit.Kind == CreditKind.Returned
                    || (credit.Kind is CreditKind.Compensation or CreditKind.Rescue && untrue.Contains(credit.EntryId.Split('/')[^1])));
            return;
        }
        Assert.DoesNotContain(settlement.Credits, credit => credit.Account == Requester || credit.Kind is CreditKind.Compensation or CreditKind.Rescue);
        var claims = item.Report.Leases.Where(lease => lease.IsDisputed && lease.Slashed > Credits.Zero).Select(lease => (lease.Account, lease.Slashed));
        Assert.Equal(claims, settlement.Credits.Where(credit => credit.Kind == CreditKind.Returned).Select(credit => (credit.Account, credit.Amount)));
    });

    [Fact]
    public void The_same_report_settles_the_same_way() => Property.Holds(Cases, item => Assert.Equal<SettlementCredit>(
        Settle(item.Held, item.Report, item.Split).Credits, Settle(item.Held, item.Report, item.Split).Credits));

    [Fact]
    public void Payments_above_the_hold_are_a_broken_mechanism()
    {
        var report = Report([Payment("p1", 6), Payment("p2", 4)], []);
        Assert.Equal(Credits.Whole(10), Settle(Credits.Whole(10), report, Usual).Captured);
        var thrown = Assert.Throws<InvalidOperationException>(() => Settle(new Credits(9_999_999), report, Usual));
        Assert.Contains("payments 10 that exceed the hold 9.999999", thrown.Message);
    }

    [Theory]
    [InlineData(80, 30)] // 110 %: the treasury's share would be negative, and ten per cent more credited than slashed
    [InlineData(-1, 50)]
    [InlineData(50, -1)]
    [InlineData(101, 0)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void A_split_beyond_the_whole_is_refused(int requester, int rescuer) => Assert.Throws<ArgumentOutOfRangeException>(() => Settle(
        Credits.Whole(10), Report([], [Lease("p1", LeaseOutcome.Miss, 10)]), new SlashSplit { RequesterPercent = requester, RescuerPercent = rescuer }));

    [Fact]
    public void Two_payments_to_one_prover_are_a_broken_mechanism()
    {
        // Both would have the same entry id, and the second would be taken for a repetition of the first.
        var report = Report([Payment("p1", 1), Payment("p1", 1)], []);
        Assert.Contains("pays prover p1 twice", Assert.Throws<InvalidOperationException>(() => Settle(Credits.Whole(10), report, Usual)).Message);
    }

    [Fact]
    public void Two_endings_of_one_lease_are_a_broken_mechanism()
    {
        var report = Report([], [Lease("p1", LeaseOutcome.Miss, 1), Lease("p1", LeaseOutcome.Complete, 1)]);
        Assert.Contains("ends the lease of prover p1 twice", Assert.Throws<InvalidOperationException>(() => Settle(Credits.Whole(10), report, Usual)).Message);
    }

    [Fact]
    public void A_negative_payment_is_a_broken_mechanism()
    {
        // It would lower what is captured below what is credited.
        var report = Report([Payment("p1", 5), Payment("p2", -4)], []);
        Assert.Contains("prover p2", Assert.Throws<InvalidOperationException>(() => Settle(Credits.Whole(1), report, Usual)).Message);
    }

    [Fact]
    public void A_negative_bond_is_a_broken_mechanism() => Assert.Throws<InvalidOperationException>(
        () => Settle(Credits.Whole(1), Report([], [Lease("p1", LeaseOutcome.Miss, -1)]), Usual));

    [Fact]
    public void A_payment_to_nobody_is_a_broken_mechanism() => Assert.Throws<InvalidOperationException>(
        () => Settle(Credits.Whole(1), Report([Payment("p1", 1) with { Account = "" }], []), Usual));

    private static readonly FsCheck.Gen<(Credits Held, RunReport Report, SlashSplit Split)> Cases =
        from count in Gen.Choose(0, 6)
        from payers in Gen.Choose(0, count)
        from amounts in Gen.ArrayOf(Gen.Frequency((1, Gen.Constant(0)), (6, Gen.Choose(1, int.MaxValue))), count)
        from bonds in Gen.ArrayOf(Gen.Frequency((1, Gen.Constant(0)), (3, Gen.Choose(1, 300)), (3, Gen.Choose(1, int.MaxValue))), count)
        from outcomes in Gen.ArrayOf(Gen.Elements(LeaseOutcome.Complete, LeaseOutcome.Decline, LeaseOutcome.Miss, LeaseOutcome.Miss, LeaseOutcome.Cancel), count)
        from claims in Gen.ArrayOf(Gen.Elements(false, false, true), count)
        from isProved in Gen.Elements(true, true, false)
        from spare in Gen.Choose(0, 1000)
        from requester in Gen.Choose(0, 100)
        from rescuer in Gen.Choose(0, 100 - requester)
        let payments = Enumerable.Range(0, payers).Select(i => Payment($"p{i}", new Credits(amounts[i]))).ToArray()
        let leases = Enumerable.Range(0, count)
            .Select(i => claims[i] ? Claim($"p{i}", new Credits(bonds[i]), new Credits(bonds[i] / 3)) : Lease($"p{i}", outcomes[i], new Credits(bonds[i]))).ToArray()
        let held = Sum(payments.Select(payment => payment.Amount)) + new Credits(spare)
        let report = Report(payments, leases)
        // A batch may be proved, and paid, in part.
        select (held, isProved ? report : report with { Reason = payers > 0 ? ReasonCode.BatchIncomplete : ReasonCode.NobodyDelivered }, new SlashSplit { RequesterPercent = requester, RescuerPercent = rescuer });

    [Fact]
    public void What_was_won_without_a_slashed_bond_is_settled_the_same_whenever_it_is_computed()
    {
        var clean = Report([Payment("p1", 1)], [Lease("p1", LeaseOutcome.Complete, 10), Lease("p2", LeaseOutcome.Cancel, 10), Lease("p3", LeaseOutcome.Miss, 0)]);
        Assert.True(SettlementRules.FollowsFrom(clean, []));
        Assert.Equal<SettlementCredit>(Settle(Credits.Whole(10), clean, Usual).Credits, Settle(Credits.Whole(10), clean, new SlashSplit { RequesterPercent = 1, RescuerPercent = 2 }).Credits);
    }

    [Fact]
    public void What_was_not_won_or_slashes_a_bond_is_settled_by_what_was_decided()
    {
        Assert.False(SettlementRules.FollowsFrom(Report([], [Lease("p1", LeaseOutcome.Decline, 3)]), []));
        Assert.False(SettlementRules.FollowsFrom(Report([Payment("p1", 1)], [Lease("p2", LeaseOutcome.Miss, 10)]), []));
        var slashed = new EndedStage { Stage = 0, Cause = FailureCause.Late, Leases = [Lease("p2", LeaseOutcome.Miss, 10)] };
        Assert.False(SettlementRules.FollowsFrom(Report([Payment("p1", 1)], [Lease("p1", LeaseOutcome.Complete, 10)]), [slashed]));
    }

    private static Settlement Settle(Credits held, RunReport report, SlashSplit split) => SettlementRules.Of("r", Requester, held, report, split, Samples.Now);

    private static RunReport Report(RunPayment[] payments, LeaseEnding[] leases) => new()
    {
        Reason = payments.Length > 0 ? ReasonCode.Won : ReasonCode.NobodyDelivered,
        EndedAt = Samples.Now,
        Payments = ImmutableArray.Create(payments),
        Leases = ImmutableArray.Create(leases),
    };

    private static RunPayment Payment(string prover, long whole) => Payment(prover, Credits.Whole(whole));

    private static RunPayment Payment(string prover, Credits amount) => new() { ProverId = prover, Account = $"{prover}-account", Amount = amount };

    private static LeaseEnding Lease(string prover, LeaseOutcome outcome, long whole) => Lease(prover, outcome, Credits.Whole(whole));

    private static LeaseEnding Lease(string prover, LeaseOutcome outcome, Credits bond) => new()
    {
        ProverId = prover, Outcome = outcome, Reason = ReasonCode.None, Bond = bond, Deadline = Samples.Hard,
    };

    /// <summary>Left because it cannot be proved, for a part of its bond.</summary>
    private static LeaseEnding Claim(string prover, long penalty) => Claim(prover, Credits.Whole(10), Credits.Whole(penalty));

    private static LeaseEnding Claim(string prover, Credits bond, Credits penalty) =>
        Lease(prover, LeaseOutcome.Miss, bond) with { Reason = ReasonCode.InputRejected, Penalty = penalty, Account = $"{prover}-account" };

    private static SettlementCredit Credit(string entry, string account, long micro, CreditKind kind) => new()
    {
        EntryId = entry, Account = account, Amount = new Credits(micro), Kind = kind,
    };

    private static Credits Sum(IEnumerable<Credits> amounts) => amounts.Aggregate(Credits.Zero, (sum, amount) => sum + amount);
}
