using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Cooperative;
using ProvingMarket.Domain.Mechanisms.DutchAuction;
using ProvingMarket.Domain.Mechanisms.ElectedRace;
using ProvingMarket.Domain.Mechanisms.OrderBook;
using ProvingMarket.Domain.Mechanisms.Race;
using ProvingMarket.Domain.Mechanisms.RandomElection;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Mechanisms.SealedBidAuction;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>A run's transcript only grows, and when the run has ended an audit computes the same outcome from order and transcript
/// alone: what the run pays is what the transcript says.</summary>
/// <remarks>Of mechanisms without an audit of their own it checks the chain: that nothing was changed, left out or put in, and that it begins with the
/// order and ends with the end.</remarks>
internal sealed class TranscriptsCanBeAudited : Invariant
{
    public override string Name => "transcripts-can-be-audited";

    public override void Changed(DurableChange change, MarketView market)
    {
        if (change is not RunChanged { Before: var before, After: var after }) return;
        var (earlier, later) = (before?.Run.Transcript ?? [], after.Run.Transcript);
        // Each entry's hash covers all before it.
        if (earlier.Length > later.Length || (earlier.Length > 0 && later[earlier.Length - 1].Hash != earlier[^1].Hash))
            Broken(market, $"the transcript of run {change.Key} to grow only", $"{later.Length} entries after {earlier.Length}");
        if (after.Run.Report is not { } report || before?.Run.Report is not null) return;
        if (Audit(after) is { } finding) Broken(market, $"the outcome of run {change.Key} to follow from its transcript", $"entry {finding.Entry}: {finding.Finding}");
        var paid = later.Where(entry => entry.Kind == TranscriptKind.Paid).Select(entry => $"{entry.ProverId} {entry.Value}");
        var reported = report.Payments.Select(payment => string.Create(CultureInfo.InvariantCulture, $"{payment.ProverId} {payment.Amount.Micro}"));
        if (!paid.SequenceEqual(reported)) Broken(market, $"run {change.Key} to pay what its transcript says: {string.Join(", ", paid)}", string.Join(", ", reported));
    }

    private static AuditFinding? Audit(IMechanismState run) => run.Run.Order.Mechanism.Name switch
    {
        RaceParameters.MechanismName => RaceAudit.Check(run.Run.Order, run.Run.Transcript),
        ElectedRaceParameters.MechanismName => ElectedRaceAudit.Check(run.Run.Order, run.Run.Transcript),
        RandomElectionParameters.MechanismName => RandomElectionAudit.Check(run.Run.Order, run.Run.Transcript),
        DutchAuctionParameters.MechanismName => DutchAuctionAudit.Check(run.Run.Order, run.Run.Transcript),
        SealedBidParameters.MechanismName => SealedBidAudit.Check(run.Run.Order, run.Run.Transcript),
        CooperativeParameters.MechanismName => CooperativeAudit.Check(run.Run.Order, run.Run.Transcript),
        OrderBookParameters.MechanismName => OrderBookAudit.Check(run.Run.Order, run.Run.Transcript),
        _ => RunAudit.CheckChain(run.Run.Order, run.Run.Transcript),
    };
}
