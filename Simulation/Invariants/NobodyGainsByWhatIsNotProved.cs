using ProvingMarket.Domain;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Grains.Interfaces;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>By a request that was not proved, a batch not all of it, nobody gains: its requester pays for the statements that were proved and gets nothing of anybody's bond; provers
/// get what they have earned with such statements, or have back what it cost them to say that there is nothing to prove, and no more than that; everything else is the
/// treasury's. Judged from what the runs report, when the settlement is decided; that it is carried out as decided is an invariant of its own.</summary>
internal sealed class NobodyGainsByWhatIsNotProved : Invariant
{
    public override string Name => "nobody-gains-by-what-is-not-proved";

    public override void Changed(DurableChange change, MarketView market)
    {
        if (change is not RequestChanged { Before: not { Settlement: not null }, After: { Settlement: { } settlement } request } || request.Outcome == ReasonCode.Won) return;
        var reports = request.Ended.Select(stage => stage.Stage).Append(request.Stage)
            .Select(stage => market.Records.Runs.GetValueOrDefault(GrainKeys.Run(change.Key, stage))?.Run.Report).OfType<RunReport>().ToArray();
        var earned = Sum(reports.SelectMany(report => report.Payments).Select(payment => payment.Amount));
        if (settlement.Captured != earned)
            Broken(market, $"the requester of {change.Key}, which ended as {request.Outcome}, to pay {earned} credits", $"{settlement.Captured}");
        foreach (var credits in settlement.Credits.Where(credit => credit.Account != SettlementRules.TreasuryAccount).GroupBy(credit => credit.Account, StringComparer.Ordinal))
        {
            var (due, got) = (Sum(reports.Select(report => DueOf(credits.Key, report))), Sum(credits.Select(credit => credit.Amount)));
            if (got > due) Broken(market, $"at most {due} credits for {credits.Key} by request {change.Key}, which ended as {request.Outcome}", $"{got}");
        }
    }

    private static Credits DueOf(string account, RunReport report) =>
        Sum(report.Payments.Where(payment => payment.Account == account).Select(payment => payment.Amount))
        + Sum(report.Leases.Where(lease => lease.IsDisputed && lease.Account == account).Select(lease => lease.Slashed));

    private static Credits Sum(IEnumerable<Credits> amounts) => amounts.Aggregate(Credits.Zero, (sum, amount) => sum + amount);
}
