using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Requests.Audits;

/// <summary>Computes a request's outcome again: every stage from its order and transcript, then the settlement from the transcripts.</summary>
public static class RequestAudit
{
    private const string Uncountable = "an amount or a time in it cannot be counted with";

    /// <summary>Audits a request. What no market writes because it cannot be counted with, such as a sum that no amount can hold, does not follow.</summary>
    /// <param name="evidence">What is known of it.</param>
    /// <param name="mechanisms">The mechanisms the auditor knows; a stage of another one is checked for its chain only, and the report says so.</param>
    public static RequestAuditReport Check(RequestEvidence evidence, IEnumerable<IMechanism> mechanisms)
    {
        var known = mechanisms.ToDictionary(mechanism => mechanism.Name, StringComparer.Ordinal);
        var stages = ImmutableArray.CreateBuilder<StageAudit>();
        var findings = ImmutableArray.CreateBuilder<RequestFinding>();
        foreach (var stage in evidence.Stages)
        {
            var mechanism = known.GetValueOrDefault(stage.Mechanism.Name);
            var depth = stage.Order is null ? AuditDepth.NotRun : mechanism is null ? AuditDepth.Chain : AuditDepth.Outcome;
            stages.Add(new StageAudit(stage.Stage, stage.Mechanism.Name, stage.Transcript.Length, depth));
            if (Counted(() => CheckStage(evidence, stage, mechanism), new AuditFinding(0, Uncountable)) is { } finding) findings.Add(OfStage(stage, finding));
        }
        // What does not follow in a transcript is not compared with the settlement: that finding would only repeat it.
        if (findings.Count == 0) findings.AddRange(Counted(() => SettlementAudit.Check(evidence).ToArray(), [Uncountable]).Select(finding => new RequestFinding(null, null, null, finding)));
        return new RequestAuditReport(stages.ToImmutable(), findings.ToImmutable());
    }

    private static T Counted<T>(Func<T> check, T uncountable)
    {
        try
        {
            return check();
        }
        catch (Exception exception) when (exception is OverflowException or ArgumentOutOfRangeException)
        {
            return uncountable;
        }
    }

    private static AuditFinding? CheckStage(RequestEvidence evidence, StageEvidence stage, IMechanism? mechanism)
    {
        if (stage.Order is not { } order)
            return stage.TranscriptHash.Length == 0 ? null : new AuditFinding(0, $"the transcript that ended with {Hex(stage.TranscriptHash)} is missing");
        if (Differs(evidence, stage, order) is { } other) return new AuditFinding(0, other);
        if ((mechanism is null ? RunAudit.CheckChain(order, stage.Transcript) : mechanism.Audit(order, stage.Transcript)) is { } finding) return finding;
        var last = stage.Transcript[^1];
        if (last.Hash != stage.TranscriptHash)
        {
            return new AuditFinding(stage.Transcript.Length - 1, stage.TranscriptHash.Length == 0
                ? "the run has ended, and its request has not noted that"
                : $"the transcript ends with {Hex(last.Hash)}, and the request noted that it ended with {Hex(stage.TranscriptHash)}: it is another one");
        }
        return null;
    }

    /// <summary>The order is the request's own.</summary>
    private static string? Differs(RequestEvidence evidence, StageEvidence stage, RunOrder order)
    {
        if (order.RequestId != evidence.RequestId || order.Stage != stage.Stage)
            return $"the order is that of {order.RequestId}, stage {order.Stage}, expected {evidence.RequestId}, stage {stage.Stage}";
        if (order.Account != evidence.Account) return $"the order is paid by {order.Account}, expected {evidence.Account}";
        var left = evidence.MaxPrice - PaidBefore(evidence, stage);
        if (order.MaxPrice != left) return $"the order pays up to {order.MaxPrice} credits, expected {left}";
        return order.Mechanism.Name == stage.Mechanism.Name && order.Mechanism.Parameters.SequenceEqual(stage.Mechanism.Parameters)
            ? null
            : $"the order is for {TextOf(order.Mechanism)}, expected {TextOf(stage.Mechanism)}";
    }

    /// <summary>What the stages before pay for statements of a batch; what follows proves the others, for the rest of the price.</summary>
    private static Credits PaidBefore(RequestEvidence evidence, StageEvidence stage) => evidence.Stages
        .TakeWhile(before => before.Stage < stage.Stage)
        .SelectMany(before => RunMoney.Of(before.Transcript).Paid)
        .Aggregate(Credits.Zero, (sum, paid) => sum + paid.Amount);

    private static RequestFinding OfStage(StageEvidence stage, AuditFinding finding) => new(
        stage.Stage, finding.Entry, finding.Entry < stage.Transcript.Length ? stage.Transcript[finding.Entry].Kind : null, finding.Finding);

    private static string TextOf(MechanismChoice choice) =>
        string.Join(' ', choice.Parameters.Select(parameter => $"{parameter.Key}={parameter.Value}").Prepend(choice.Name));

    private static string Hex(Bytes hash) => Convert.ToHexStringLower(hash.Span);
}
