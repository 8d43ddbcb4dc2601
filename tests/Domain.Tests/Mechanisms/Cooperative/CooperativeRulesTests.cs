using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.Elections;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Tests.Mechanisms.Cooperative;

public sealed class CooperativeRulesTests
{
    [Fact]
    public void The_worked_example()
    {
        // Eight statements for ten credits, f = 1: four members with four each, 1.25 credits a statement.
        var game = new Game(statements: 8, faults: 1).Draw(Game.Provers(4)).JoinAll();
        Assert.Equal(["0 4 6 2", "2 6 4 0", "1 5 7 3", "3 7 5 1"], game.State.Seats.Select(seat => string.Join(' ', seat.Statements)));
        Assert.Equal(Credits.Whole(5), CooperativeRules.RewardOf(game.State, game.Members[0]));
        Assert.Equal(new Credits(1_250_000), game.State.Parameters.Price);
    }

    [Fact]
    public void Rounding_loses_nothing_and_makes_nothing() => Property.Holds(
        from micro in Gen.Choose(1, 1_000_000_000) from statements in Gen.Choose(1, 64) where micro >= statements select (micro, statements),
        drawn =>
        {
            var order = Samples.Order() with { MaxPrice = new Credits(drawn.micro) };
            var price = CooperativeParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints, drawn.statements).Parameters!.Price;
            // Nothing above the ceiling; what does not divide is less than a micro-credit a statement, and stays with the requester.
            Assert.InRange(drawn.micro - (price.Micro * drawn.statements), 0, drawn.statements - 1);
        });

    [Fact]
    public void A_second_proof_of_a_statement_is_refused_and_so_is_one_that_was_not_given()
    {
        var game = new Game(4, 1).Draw(Game.Provers(4)).JoinAll();
        var (first, second) = (game.State.Seats[0].Statements[0], game.State.Seats.Single(seat => seat != game.State.Seats[0] && seat.Statements.Contains(game.State.Seats[0].Statements[0])).Members[^1]);
        game.Deliver(game.Members[0], first);
        Assert.Equal(ReasonCode.StatementDelivered, CooperativeRules.CheckStatement(game.State, second, first)!.Code);
        Assert.Equal(ReasonCode.StatementUnknown, CooperativeRules.CheckStatement(game.State, second, 4)!.Code);
        var others = Enumerable.Range(0, 4).Except(game.State.Seats.Single(seat => seat.Members[^1] == second).Statements).First(statement => statement != first);
        Assert.Equal(ReasonCode.StatementNotAssigned, CooperativeRules.CheckStatement(game.State, second, others)!.Code);
        Assert.Throws<InvalidOperationException>(() => game.Deliver(second, first));
    }

    [Fact]
    public void What_was_proved_is_paid_when_the_batch_is_not_complete()
    {
        var game = new Game(4, 0, ("bond", "2")).Draw(["p1"]).JoinAll();
        game.Deliver("p1", 0).Deliver("p1", 1).Conclude();
        var report = game.Run.Report!;
        Assert.Equal((ReasonCode.BatchIncomplete, false), (report.Reason, report.Succeeded));
        Assert.Equal<int>([0, 1], report.Statements.Select(proved => proved.Statement));
        Assert.Equal(Credits.Whole(5), Assert.Single(report.Payments).Amount);
        // It was late with the rest, which is no silence.
        Assert.Equal((LeaseOutcome.Complete, Credits.Zero), (Assert.Single(report.Leases).Outcome, report.Leases[0].Slashed));
        Assert.Empty(CooperativeEnd.SilentIn(game.State));
        Assert.Null(CooperativeAudit.Check(game.Order, game.Run.Transcript));
        Assert.Equal(FailureCause.Late, EscalationRules.CauseOf(report));
    }

    [Fact]
    public void Silence_at_the_deadline_costs_no_bond_but_counts()
    {
        var game = new Game(2, 0, ("bond", "2")).Draw(["p1"]).JoinAll().Conclude();
        var lease = Assert.Single(game.Run.Report!.Leases);
        Assert.Equal((LeaseOutcome.Miss, Credits.Zero, Credits.Whole(2)), (lease.Outcome, lease.Slashed, lease.Bond));
        Assert.Equal<string>(["p1"], CooperativeEnd.SilentIn(game.State));
        Assert.Equal(ReasonCode.NobodyDelivered, game.Run.Report.Reason);
    }

    [Fact]
    public void Whoever_is_overtaken_in_its_own_statements_without_a_word_was_silent()
    {
        var game = new Game(4, 1).Draw(Game.Provers(4)).JoinAll();
        var silent = game.Members[0];
        while (game.Run.Report is null)
        {
            foreach (var worker in game.Members.Where(member => member != silent))
            {
                if (game.Run.Report is null && CooperativeRules.LeftFor(game.State, worker) is [var next, ..]) game.Deliver(worker, next);
            }
        }
        Assert.Equal((ReasonCode.Won, LeaseOutcome.Cancel), (game.Run.Report.Reason, game.Run.Report.Leases.Single(lease => lease.ProverId == silent).Outcome));
        Assert.Equal<string>([silent], CooperativeEnd.SilentIn(game.State));
        Assert.Equal(silent, game.Run.Transcript.Single(entry => entry.Kind == TranscriptKind.Silent).Value);
    }

    [Fact]
    public void Whoever_was_silent_the_last_time_is_drawn_only_when_the_others_are_too_few()
    {
        var last = new CommitteeRecord { RunKey = "earlier/0", EndedAt = Samples.Now, Silent = ["p01", "p02"] };
        var game = new Game(4, 1).Draw(Game.Provers(6), last);
        Assert.Equal(4, game.Members.Length);
        Assert.DoesNotContain(game.Members.Concat(game.State.Election.Waiting), prover => last.Silent.Contains(prover));
        Assert.Equal("earlier/0 p01 p02", game.Run.Transcript.Single(entry => entry.Kind == TranscriptKind.Absent).Value);

        var few = new Game(4, 1).Draw(Game.Provers(5), last);
        Assert.Equal(["p03", "p04", "p05"], few.Members.Take(3).Order());
        Assert.Contains(few.Members[3], last.Silent);
    }

    [Fact]
    public void The_next_drawn_takes_a_seat_with_what_is_left_of_it()
    {
        var game = new Game(4, 0, ("backups", "2")).Draw(Game.Provers(3)).JoinAll();
        var cheat = game.Members[0];
        game.Deliver(cheat, 0).Cheat(cheat);
        Assert.Equal<int>([0], CooperativeRules.FreeSeats(game.State));
        game.State = CooperativeRules.Called(game.State, game.Now);
        var next = game.Members[0];
        Assert.NotEqual(cheat, next);
        Assert.Equal<int>([1, 2, 3], CooperativeRules.LeftFor(game.State, next));
        Assert.Equal(new WorkUnits(3 * Samples.Program().Work.Milli), game.Run.Participants[next].Terms!.Work);
        Assert.Equal("0: 1 2 3", game.Run.Transcript.Last(entry => entry.Kind == TranscriptKind.Seated).Value);
        // What the cheat had proved is paid, and its bond is slashed all the same.
        game.JoinAll().Deliver(next, 1).Deliver(next, 2).Deliver(next, 3);
        Assert.Equal([cheat, next], game.Run.Report!.Payments.Select(payment => payment.ProverId));
        Assert.Equal(LeaseOutcome.Miss, game.Run.Report.Leases.Single(lease => lease.ProverId == cheat).Outcome);
    }

    [Fact]
    public void Whoever_was_refused_a_lease_may_be_drawn_for_another_seat_and_has_only_that_one()
    {
        var game = new Game(8, 1, ("backups", "0")).Draw(Game.Provers(4));
        var (first, last) = (game.Members[0], game.Members[3]);
        foreach (var refused in new[] { first, last })
            game.State = game.State.With(ElectionRules.NotReserved(game.Run, refused, Refusal.Of(ReasonCode.SlotsFull, "slots"), game.Now, game.Now));
        game.Offer();
        Assert.Equal<int>([0, 3], CooperativeRules.FreeSeats(game.State));
        game.Now += TimeSpan.FromSeconds(1);
        game.Draw([last]);
        Assert.Equal(last, game.Members[0]);
        Assert.Equal<int>([3], CooperativeRules.FreeSeats(game.State));
        game.JoinAll().Conclude(ReasonCode.CancelledByRequester);
        Assert.Null(CooperativeAudit.Check(game.Order, game.Run.Transcript));
    }

    [Fact]
    public void Parameters_are_refused_by_field_limit_and_value()
    {
        static Refusal? Read(int statements, Credits price, int redundancy, params (string Name, string Value)[] values) => CooperativeParameters.Read(
            Samples.Choice(values).Parameters, price, new RequestConstraints { MinRedundancy = redundancy }, statements).Refusal;
        Assert.Null(Read(64, Samples.Price, 22));
        Assert.Equal((ReasonCode.OutOfRange, "constraints.minRedundancy"), Of(Read(1, Samples.Price, 23)));
        Assert.Equal((ReasonCode.OutOfRange, "maxPrice"), Of(Read(64, new Credits(63), 1)));
        Assert.Equal((ReasonCode.ParameterInvalid, "mechanism.price"), Of(Read(4, Samples.Price, 1, ("price", "2.500001"))));
        Assert.Equal((ReasonCode.ParameterInvalid, "mechanism.faults"), Of(Read(4, Samples.Price, 3, ("faults", "1"))));
        Assert.Equal((ReasonCode.ParameterUnknown, "mechanism.reward"), Of(Read(4, Samples.Price, 1, ("reward", "1"))));
        var mechanism = new CooperativeMechanism();
        var most = new WorkUnits(MarketLimits.Work.Milli);
        Assert.Equal((ReasonCode.OutOfRange, "statements"), Of(mechanism.CheckBatch(Samples.Choice(), Samples.Price, new RequestConstraints(), 64, most)));
        Assert.Null(mechanism.CheckBatch(Samples.Choice(), Samples.Price, new RequestConstraints(), 2, most));

        static (ReasonCode, string) Of(Refusal? refusal) => (refusal!.Code, refusal.Field);
    }

    [Fact]
    public void Of_two_runs_the_one_that_ended_last_is_remembered_in_whatever_order_they_are_told()
    {
        var earlier = new CommitteeRecord { RunKey = "b/0", EndedAt = Samples.Now, Silent = ["p1"] };
        var later = new CommitteeRecord { RunKey = "a/0", EndedAt = Samples.Now.AddTicks(1) };
        Assert.Same(later, CommitteeRecord.Later(CommitteeRecord.Later(null, earlier), later));
        Assert.Same(later, CommitteeRecord.Later(later, earlier));
        Assert.Same(later, CommitteeRecord.Later(later, later with { }));
    }
}
