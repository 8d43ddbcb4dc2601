using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Registry;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Registry;

public sealed class TrackRulesTests
{
    private static readonly DateTimeOffset Now = Samples.Now;

    private static readonly ProverRecord Prover = new() { Offer = Samples.Offer(), Stake = Credits.Whole(10) };

    [Fact]
    public void Nothing_is_held_against_a_new_prover()
    {
        Assert.Equal(0.5, TrackRecord.Empty.Reputation);
        Assert.Null(TrackRules.CheckPause(Prover, Now));
    }

    [Fact]
    public void Reputation_is_the_mean_of_a_Beta_distribution_that_forgets()
    {
        var once = After(TrackRecord.Empty, LeaseOutcome.Complete);
        Assert.Equal(2.0 / 3, once.Reputation, 12);
        var missed = After(once, LeaseOutcome.Miss);
        Assert.Equal((0.986 + 1) / (0.986 + 1 + 2), missed.Reputation, 12);
        foreach (var outcome in new[] { LeaseOutcome.Decline, LeaseOutcome.Cancel }) Assert.Same(missed, After(missed, outcome));
    }

    [Fact]
    public void Who_leaves_because_it_cannot_be_proved_has_neither_succeeded_nor_failed()
    {
        var claim = Ending(LeaseOutcome.Miss) with { Reason = ReasonCode.InputRejected, Penalty = Credits.Whole(1) };
        var state = new RegistryState { Provers = RegistryState.Empty.Provers.Add("p1", Prover) };
        for (var i = 0; i < TrackRules.FailuresBeforePause; i++)
        {
            state = RegistryRules.EndLease(Reserve(state, $"l{i}", Now).State, $"l{i}", claim, Now).State;
        }
        var prover = state.Provers["p1"];
        Assert.Equal((Prover.Track, 0L, 0L, 0L), (prover.Track, prover.Missed, prover.Completed, prover.Lapsed));
        Assert.Equal(Prover.Stake - prover.Slashed, prover.Stake);
        Assert.NotEqual(TrackRecord.Empty, RegistryRules.EndLease(Reserve(state, "last", Now).State, "last", claim with { Reason = ReasonCode.ProvingFailed }, Now).State.Provers["p1"].Track);
    }

    [Fact]
    public void What_was_long_ago_counts_little()
    {
        var bad = Repeat(TrackRecord.Empty, LeaseOutcome.Miss, 500);
        Assert.InRange(bad.Reputation, 0, 0.02);
        var good = Repeat(bad, LeaseOutcome.Complete, 500);
        Assert.InRange(good.Reputation, 0.98, 1);
    }

    [Fact]
    public void Reputation_stays_a_probability_and_a_success_never_harms() => Property.Holds(
        Property.Sequences(Gen.Elements(Enum.GetValues<LeaseOutcome>()), longest: 200),
        outcomes =>
        {
            var record = TrackRecord.Empty;
            foreach (var outcome in outcomes)
            {
                var next = After(record, outcome);
                Assert.InRange(next.Reputation, 0.0001, 0.9999);
                Assert.InRange(next.Successes + next.Failures, 0, 1 / (1 - 0.986));
                if (outcome == LeaseOutcome.Complete) Assert.True(After(record, LeaseOutcome.Miss).Reputation < next.Reputation);
                record = next;
            }
        });

    [Theory]
    [InlineData(1, null)]
    [InlineData(2, null)]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    [InlineData(5, 4)]
    [InlineData(8, 32)]
    [InlineData(9, 60)]
    [InlineData(100, 60)]
    public void Misses_in_a_row_pause_for_twice_as_long_each_time(int misses, int? minutes)
    {
        var prover = Prover with { Track = Repeat(TrackRecord.Empty, LeaseOutcome.Miss, misses) };
        if (minutes is null)
        {
            Assert.Null(TrackRules.CheckPause(prover, Now));
            return;
        }
        var until = Now.AddMinutes(minutes.Value);
        Assert.Equal(
            Refusal.Of(ReasonCode.ProverPaused, "proverId", $"a prover that is not paused; this one is until {until:O}", "p1"),
            TrackRules.CheckPause(prover, until.AddTicks(-1)));
        Assert.Null(TrackRules.CheckPause(prover, until));
    }

    [Fact]
    public void After_a_pause_one_lease_at_a_time_until_one_is_completed()
    {
        var paused = new RegistryState { Provers = RegistryState.Empty.Provers.Add("p1", Prover with { Track = Repeat(TrackRecord.Empty, LeaseOutcome.Miss, 3) }) };
        var later = Now.AddMinutes(1);
        Assert.Equal(ReasonCode.ProverPaused, Reserve(paused, "l1", Now).Refusal?.Code);
        var (tried, lease, _) = Reserve(paused, "l1", later);
        Assert.NotNull(lease);
        Assert.Equal(
            Refusal.Of(ReasonCode.ProverPaused, "proverId", "one lease at a time until one is completed", "p1"), Reserve(tried, "l2", later).Refusal);

        var completed = RegistryRules.EndLease(tried, "l1", Ending(LeaseOutcome.Complete), later).State;
        (completed, lease, _) = Reserve(completed, "l2", later);
        Assert.NotNull(lease);
        Assert.NotNull(Reserve(completed, "l3", later).Lease);

        var missed = RegistryRules.EndLease(tried, "l1", Ending(LeaseOutcome.Miss), later).State;
        Assert.Equal(ReasonCode.ProverPaused, Reserve(missed, "l2", later.AddMinutes(2).AddTicks(-1)).Refusal?.Code);
        Assert.NotNull(Reserve(missed, "l2", later.AddMinutes(2)).Lease);
    }

    [Fact]
    public void The_measurement_counts_instead_of_the_declaration_after_three_leases()
    {
        // It declares 1 unit a second and takes 3 seconds for 1.5.
        var record = TrackRecord.Empty;
        foreach (var expected in new[] { 1.5, 1.5, 1.5, 3 })
        {
            Assert.Equal(expected, TrackRules.ExpectedTime(Prover with { Track = record }, Samples.ProgramId, new WorkUnits(1500)).TotalSeconds, 6);
            record = After(record, LeaseOutcome.Complete, deliveredAfter: TimeSpan.FromSeconds(3));
        }
        Assert.Equal(500, record.Throughput[Samples.ProgramId].MilliUnitsPerSecond, 6);
        Assert.Equal(4, record.Throughput[Samples.ProgramId].Leases);
        // Another program has not been measured.
        Assert.Equal(1.5, TrackRules.ExpectedTime(Prover with { Track = record }, new string('c', 64), new WorkUnits(1500)).TotalSeconds, 6);
    }

    [Fact]
    public void The_measured_mean_is_geometric_and_follows_a_change()
    {
        var record = TrackRecord.Empty;
        foreach (var seconds in new[] { 1.0, 4.0 }) record = After(record, LeaseOutcome.Complete, TimeSpan.FromSeconds(seconds));
        Assert.Equal(Math.Sqrt(1500.0 * 375), record.Throughput[Samples.ProgramId].MilliUnitsPerSecond, 6);
        for (var i = 0; i < 40; i++) record = After(record, LeaseOutcome.Complete, TimeSpan.FromSeconds(15));
        Assert.InRange(record.Throughput[Samples.ProgramId].MilliUnitsPerSecond, 100, 101);
    }

    [Fact]
    public void A_clock_that_was_set_back_says_nothing_about_speed()
    {
        var record = After(TrackRecord.Empty, LeaseOutcome.Complete, TimeSpan.FromSeconds(-5));
        Assert.Empty(record.Throughput);
        Assert.Equal(1, record.Successes);
    }

    [Fact]
    public void What_counts_is_the_time_since_the_work_began_and_not_since_the_slot_was_reserved()
    {
        var reserved = new Lease
        {
            LeaseId = "l", ProgramId = Samples.ProgramId, Bond = Credits.Zero, GrantedAt = Now.AddSeconds(-20), Deadline = Samples.Hard, Work = new WorkUnits(1500),
        };
        var ending = Ending(LeaseOutcome.Complete) with { StartedAt = Now, DeliveredAt = Now.AddSeconds(2) };
        Assert.Equal(750, TrackRules.After(TrackRecord.Empty, reserved, ending, Now).Throughput[Samples.ProgramId].MilliUnitsPerSecond, 6);
        Assert.Empty(TrackRules.After(TrackRecord.Empty, reserved, ending with { StartedAt = null }, Now).Throughput);
    }

    [Fact]
    public void Who_cannot_finish_in_time_gets_no_lease()
    {
        var state = new RegistryState { Provers = RegistryState.Empty.Provers.Add("p1", Prover) };
        var exactly = Command("l1") with { Deadline = Now + TimeSpan.FromMilliseconds(1500) };
        Assert.NotNull(RegistryRules.Reserve(state, exactly, Samples.Present(), Now).Lease);
        var refusal = RegistryRules.Reserve(state, exactly with { Deadline = Now + TimeSpan.FromMilliseconds(1400) }, Samples.Present(), Now).Refusal;
        Assert.Equal(
            Refusal.Of(ReasonCode.DeadlineTooSoon, "deadline", "at least 00:00:01.5000000 from now, which this prover needs", "00:00:01.4000000"), refusal);
    }

    [Fact]
    public void Work_of_years_is_expected_to_take_the_whole_horizon() => Assert.Equal(
        MarketLimits.DeadlineHorizon,
        TrackRules.ExpectedTime(Prover with { Offer = Samples.Offer() with { MilliUnitsPerSecond = 1 } }, Samples.ProgramId, new WorkUnits(long.MaxValue)));

    [Fact]
    public void Throughput_of_programs_no_longer_offered_is_forgotten()
    {
        var measured = Prover with { Track = After(TrackRecord.Empty, LeaseOutcome.Complete, TimeSpan.FromSeconds(1)) };
        var state = new RegistryState { Provers = RegistryState.Empty.Provers.Add("p1", measured) };
        Assert.Single(RegistryRules.Register(state, Samples.Offer()).State.Provers["p1"].Track.Throughput);
        var other = Samples.Offer() with { Programs = [new string('c', 64)] };
        Assert.Empty(RegistryRules.Register(state, other).State.Provers["p1"].Track.Throughput);
    }

    private static TrackRecord Repeat(TrackRecord record, LeaseOutcome outcome, int times)
    {
        for (var i = 0; i < times; i++) record = After(record, outcome);
        return record;
    }

    private static TrackRecord After(TrackRecord record, LeaseOutcome outcome, TimeSpan? deliveredAfter = null)
    {
        var lease = new Lease
        {
            LeaseId = "l", ProgramId = Samples.ProgramId, Bond = Credits.Zero, GrantedAt = Now, Deadline = Samples.Hard, Work = new WorkUnits(1500),
        };
        return TrackRules.After(record, lease, Ending(outcome) with { StartedAt = Now, DeliveredAt = Now + deliveredAfter }, Now);
    }

    private static (RegistryState State, Lease? Lease, Refusal? Refusal) Reserve(RegistryState state, string leaseId, DateTimeOffset now) =>
        RegistryRules.Reserve(state, Command(leaseId) with { Deadline = now.AddMinutes(1) }, Samples.Present(), now);

    private static ReserveCommand Command(string leaseId) => new()
    {
        ProverId = "p1",
        Session = "s1",
        LeaseId = leaseId,
        ProgramId = Samples.ProgramId,
        Bond = Credits.Zero,
        Deadline = Samples.Hard,
        Constraints = new RequestConstraints(),
        Work = new WorkUnits(1500),
    };

    private static LeaseEnding Ending(LeaseOutcome outcome) => new()
    {
        ProverId = "p1", Outcome = outcome, Reason = ReasonCode.None, Bond = Credits.Zero, Deadline = Samples.Hard,
    };
}
