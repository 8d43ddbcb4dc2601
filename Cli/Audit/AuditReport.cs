using System.Globalization;
using ProvingMarket.Cli.Commands;
using ProvingMarket.Domain.Requests.Audits;

namespace ProvingMarket.Cli.Audit;

/// <summary>What <c>market audit</c> prints.</summary>
internal static class AuditReport
{
    /// <summary>One JSON object.</summary>
    public static string ToJson(RequestEvidence evidence, RequestAuditReport report) => PrintedJson.Of(
        new { evidence.RequestId, evidence.Phase, evidence.Outcome, report.Follows, report.Stages, report.Findings });

    /// <summary>Lines for people.</summary>
    public static IEnumerable<string> ToText(RequestEvidence evidence, RequestAuditReport report)
    {
        foreach (var stage in report.Stages) yield return string.Create(CultureInfo.InvariantCulture, $"stage {stage.Stage}, {stage.Mechanism}: {TextOf(stage)}");
        foreach (var finding in report.Findings) yield return $"{PlaceOf(finding)}: {finding.Finding}";
        yield return report.Follows
            ? $"{evidence.RequestId} is {evidence.Phase}, {evidence.Outcome}: everything follows"
            : $"{evidence.RequestId} is {evidence.Phase}, {evidence.Outcome}: not everything follows";
    }

    private static string TextOf(StageAudit stage) => stage.Depth switch
    {
        AuditDepth.NotRun => "it was never run",
        AuditDepth.Chain => string.Create(
            CultureInfo.InvariantCulture, $"{stage.Entries} entries; this program does not know the mechanism and has checked only that they are whole and belong to the order"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{stage.Entries} entries, computed again"),
    };

    private static string PlaceOf(RequestFinding finding) => finding switch
    {
        { Stage: null } => "settlement",
        { Kind: null } => string.Create(CultureInfo.InvariantCulture, $"stage {finding.Stage}, entry {finding.Entry} (missing)"),
        _ => string.Create(CultureInfo.InvariantCulture, $"stage {finding.Stage}, entry {finding.Entry} ({finding.Kind})"),
    };
}
