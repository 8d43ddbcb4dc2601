using System.Collections.Immutable;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Requests.Audits;

/// <summary>What an audit of a request has found.</summary>
/// <param name="Stages">How each stage was audited.</param>
/// <param name="Findings">What does not follow: the first of each stage, and all of the settlement. Empty when everything does.</param>
public sealed record RequestAuditReport(ImmutableArray<StageAudit> Stages, ImmutableArray<RequestFinding> Findings)
{
    /// <summary>Whether the outcome follows.</summary>
    public bool Follows => Findings.IsEmpty;
}

/// <summary>How a stage was audited.</summary>
/// <param name="Stage">The stage, from 0.</param>
/// <param name="Mechanism">Its mechanism.</param>
/// <param name="Entries">How many entries its transcript has.</param>
/// <param name="Depth">How far it was checked.</param>
public sealed record StageAudit(int Stage, string Mechanism, int Entries, AuditDepth Depth);

/// <summary>How far a stage is checked.</summary>
public enum AuditDepth
{
    /// <summary>Its run was never started: there is no transcript, and nothing may be paid.</summary>
    NotRun = 1,
    /// <summary>The auditor does not know the mechanism: only that the transcript is whole, ends, and belongs to the order.</summary>
    Chain = 2,
    /// <summary>The outcome was computed again from order and transcript.</summary>
    Outcome = 3,
}

/// <summary>Something that does not follow.</summary>
/// <param name="Stage">The stage, from 0; null when it is the request's own doing.</param>
/// <param name="Entry">The entry of the stage's transcript, from 0; the number of entries when one is missing at the end; null when it is no entry.</param>
/// <param name="Kind">What the entry says; null when it is missing or no entry.</param>
/// <param name="Finding">What does not follow, and what was expected.</param>
public sealed record RequestFinding(int? Stage, int? Entry, TranscriptKind? Kind, string Finding);
