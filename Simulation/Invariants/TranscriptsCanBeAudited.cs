using System.Globalization;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;
using ProvingMarket.Domain.Requests;
using ProvingMarket.Domain.Requests.Audits;
using ProvingMarket.Grains.Interfaces.Mechanisms;
using ProvingMarket.Grains.Requests;
using ProvingMarket.Simulation.Records;

namespace ProvingMarket.Simulation.Invariants;

/// <summary>A run's transcript only grows, and when the run has ended an audit computes the same outcome from order and transcript
/// alone: what the run pays is what the transcript says, and what the request settles what its transcripts say.</summary>
/// <remarks>Of mechanisms without an audit of their own it checks the chain: that nothing was changed, left out or put in, and that it begins with the
/// order and ends with the end.</remarks>
internal sealed class TranscriptsCanBeAudited : Invariant
{
    public override string Name => "transcripts-can-be-audited";

    public override void Changed(DurableChange change, MarketView market)
    {
        if (change is RequestChanged { Before: not { Phase: >= RequestPhase.Settling }, After: { Phase: >= RequestPhase.Settling and not RequestPhase.Rejected } request })
        {
            Settled(change.Key, request, market);
            return;
        }
        if (change is not RunChanged { Before: var before, After: var after }) return;
        var (earlier, later) = (before?.Run.Transcript ?? [], after.Run.Transcript);
        // Each entry's hash covers all before it.
        if (earlier.Length > later.Length || (earlier.Length > 0 && later[earlier.Length - 1].Hash != earlier[^1].Hash))
            Broken(market, $"the transcript of run {change.Key} to grow only", $"{later.Length} entries after {earlier.Length}");
        if (before?.Run.Report is not null && later.Length > earlier.Length)
            Broken(market, $"the transcript of run {change.Key} to be final once it has ended", $"{later[earlier.Length].Kind} after its end");
        if (after.Run.Report is not { } report || before?.Run.Report is not null) return;
        var paid = later.Where(entry => entry.Kind == TranscriptKind.Paid).Select(entry => $"{entry.ProverId} {entry.Value}");
        var reported = report.Payments.Select(payment => string.Create(CultureInfo.InvariantCulture, $"{payment.ProverId} {payment.Amount.Micro}"));
        if (!paid.SequenceEqual(reported)) Broken(market, $"run {change.Key} to pay what its transcript says: {string.Join(", ", paid)}", string.Join(", ", reported));
    }

    /// <summary>The outcome of every stage, and what the request pays, refunds and takes from bonds, from the transcripts of all its stages.</summary>
    private void Settled(string requestId, RequestState request, MarketView market)
    {
        if (market.Records.Bodies.GetValueOrDefault(requestId)?.Spec is not { } spec) return;
        var record = RequestRecords.Of(requestId, spec, request, (mechanism, runKey) => GrainId.Create(mechanism.Name, runKey));
        var evidence = record.ToEvidence(stage => market.Records.Runs.GetValueOrDefault(stage.RunKey)?.Run is { } run
            ? new TranscriptAnswer { Order = run.Order, Transcript = run.Transcript }
            : new TranscriptAnswer());
        foreach (var finding in RequestAudit.Check(evidence, BuiltInMechanisms.All).Findings)
            Broken(market, $"the settlement of request {requestId} to follow from its transcripts", $"stage {finding.Stage}, entry {finding.Entry}: {finding.Finding}");
    }
}
