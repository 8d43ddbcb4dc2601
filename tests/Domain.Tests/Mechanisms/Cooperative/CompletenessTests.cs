using FsCheck.Fluent;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Tests.Mechanisms.Cooperative;

/// <summary>With any f members silent or wrong the batch is complete, without anybody taking a seat later.</summary>
public sealed class CompletenessTests
{
    private enum Fault
    {
        NeverAnswers,
        TakesTheLeaseAndIsSilent,
        DeliversGarbage,
        DeliversOneAndThenGarbage,
        LeavesAfterOne,
    }

    private static readonly FsCheck.Gen<(int Statements, int Faults, int[] Order, Fault[] Kinds, int Turns)> Cases =
        from faults in Gen.Choose(0, 6)
        from statements in Gen.Choose(1, 40)
        from order in Gen.Shuffle(Enumerable.Range(0, CommitteeShares.SeatsFor(faults)).ToArray())
        from kinds in Gen.ArrayOf(Gen.Elements(Enum.GetValues<Fault>()), faults)
        from turns in Gen.Choose(0, 1_000)
        select (statements, faults, order, kinds, turns);

    [Fact]
    public void Any_f_members_may_fail_in_any_way() => Property.Holds(Cases, drawn =>
    {
        var game = new Game(drawn.Statements, drawn.Faults, ("bond", "3"), ("backups", "0")).Draw(Game.Provers(CommitteeShares.SeatsFor(drawn.Faults))).Offer();
        var members = game.Members;
        var faulty = drawn.Order.Where(seat => seat < members.Length).Take(drawn.Faults).Select((seat, n) => (Member: members[seat], Kind: drawn.Kinds[n])).ToDictionary(f => f.Member, f => f.Kind);
        foreach (var member in members.Where(member => faulty.GetValueOrDefault(member, (Fault)99) != Fault.NeverAnswers)) game.Join(member);
        foreach (var (member, kind) in faulty) Fail(game, member, kind);

        // The honest ones work in their order, in rounds, beginning with any of them.
        var honest = members.Where(member => !faulty.ContainsKey(member)).ToArray();
        for (var turn = drawn.Turns; game.Run.Report is null; turn++)
        {
            var worker = honest[turn % honest.Length];
            if (CooperativeRules.LeftFor(game.State, worker) is [var next, ..]) game.Deliver(worker, next);
            Assert.True(turn < drawn.Turns + (honest.Length * drawn.Statements * 2), "the honest members have nothing to do, and the batch is not complete");
        }

        var report = game.Run.Report;
        Assert.Equal(ReasonCode.Won, report.Reason);
        Assert.Equal(Enumerable.Range(0, drawn.Statements), report.Statements.Select(proved => proved.Statement));
        Assert.Null(CooperativeAudit.Check(game.Order, game.Run.Transcript));
        AssertPaidByTheStatement(game, report);
        foreach (var lease in report.Leases)
        {
            var cheated = faulty.TryGetValue(lease.ProverId, out var kind) && kind is Fault.DeliversGarbage or Fault.DeliversOneAndThenGarbage
                && game.Run.Participants[lease.ProverId].Status == ParticipantStatus.Disqualified;
            Assert.Equal(cheated ? Credits.Whole(3) : Credits.Zero, lease.Slashed);
        }
        // Nobody who delivered is silent, and nobody who did not need to.
        Assert.DoesNotContain(CooperativeEnd.SilentIn(game.State), member => report.Payments.Any(payment => payment.ProverId == member));
    });

    private static void Fail(Game game, string member, Fault kind)
    {
        if (game.Run.Report is not null) return;
        var atWork = game.Run.Participants[member].Status == ParticipantStatus.Proving;
        if (kind is Fault.DeliversOneAndThenGarbage or Fault.LeavesAfterOne && atWork && CooperativeRules.LeftFor(game.State, member) is [var one, ..]) game.Deliver(member, one);
        if (game.Run.Report is not null || game.Run.Participants[member].Status != ParticipantStatus.Proving) return;
        if (kind is Fault.DeliversGarbage or Fault.DeliversOneAndThenGarbage) game.Cheat(member);
        if (kind == Fault.LeavesAfterOne) game.State = game.State.With(RunRules.Declined(game.Run, member, "s1", ReasonCode.ProvingFailed, game.Now));
    }

    internal static void AssertPaidByTheStatement(Game game, RunReport report)
    {
        var price = game.State.Parameters.Price;
        foreach (var payment in report.Payments)
            Assert.Equal(new Credits(price.Micro * report.Statements.Count(proved => proved.ProverId == payment.ProverId)), payment.Amount);
        Assert.Equal(price.Micro * report.Statements.Length, report.Payments.Sum(payment => payment.Amount.Micro));
        Assert.InRange(report.Payments.Sum(payment => payment.Amount.Micro), 0, game.Order.MaxPrice.Micro);
        Assert.Equal(report.Statements.Length, report.Statements.Select(proved => proved.Statement).Distinct().Count());
    }
}
