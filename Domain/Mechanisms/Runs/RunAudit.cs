using System.Collections.Immutable;
using System.Globalization;

namespace ProvingMarket.Domain.Mechanisms.Runs;

/// <summary>Something in a transcript that does not follow from what comes before it.</summary>
/// <param name="Entry">The entry, from 0; the number of entries when one is missing at the end.</param>
/// <param name="Finding">What does not follow.</param>
public sealed record AuditFinding(int Entry, string Finding);

/// <summary>Computes a run's outcome again from its order and its transcript, and finds the first entry that does not follow.</summary>
public static class RunAudit
{
    /// <summary>What holds for every mechanism: the chain is whole, it begins with this order, and it ends with the end of the run.</summary>
    public static AuditFinding? CheckChain(RunOrder order, ImmutableArray<TranscriptEntry> transcript)
    {
        if (TranscriptRules.FirstBroken(transcript) is { } broken) return new AuditFinding(broken, "the hash does not follow from the entry and the one before");
        if (transcript.IsEmpty || transcript[0].Kind != TranscriptKind.Opened) return new AuditFinding(0, "the run was not opened");
        if (transcript[0].Value != RunOrderRules.DigestOf(order)) return new AuditFinding(0, "the run was opened with another order");
        for (var i = 1; i < transcript.Length; i++)
        {
            if (IsOfProver(transcript[i].Kind) && string.IsNullOrEmpty(transcript[i].ProverId)) return new AuditFinding(i, "the entry names no prover");
            if (transcript[i].Kind == TranscriptKind.Opened) return new AuditFinding(i, "the run was opened twice");
            if (transcript[i - 1].Kind == TranscriptKind.Closed) return new AuditFinding(i, "the run goes on after its end");
        }
        return transcript[^1].Kind == TranscriptKind.Closed ? null : new AuditFinding(transcript.Length, "the run has not ended");
    }

    /// <summary>Also computes payments: who had a lease and delivered in time is paid what the mechanism says, and nobody else anything.</summary>
    /// <param name="order">The order.</param>
    /// <param name="transcript">The transcript.</param>
    /// <param name="rewardOf">What the proof in a place, from 1, that arrived at a time is paid.</param>
    public static AuditFinding? Check(RunOrder order, ImmutableArray<TranscriptEntry> transcript, Func<int, DateTimeOffset, Credits> rewardOf)
    {
        if (CheckChain(order, transcript) is { } finding) return finding;
        var leased = new HashSet<string>(StringComparer.Ordinal);
        var owed = new Queue<(string ProverId, Credits Amount)>();
        var places = 0;
        for (var i = 1; i < transcript.Length; i++)
        {
            if (Follow(transcript[i], leased, owed, ref places, order, rewardOf) is { } wrong) return new AuditFinding(i, wrong);
        }
        return null;
    }

    private static string? Follow(
        TranscriptEntry entry, HashSet<string> leased, Queue<(string ProverId, Credits Amount)> owed, ref int places, RunOrder order, Func<int, DateTimeOffset, Credits> rewardOf)
    {
        var prover = entry.ProverId ?? "";
        switch (entry.Kind)
        {
            case TranscriptKind.Leased:
                leased.Add(prover);
                return null;
            case TranscriptKind.Missed when entry.Value.Length > 0:
                return $"{prover} missed its lease, and loses {entry.Value} instead of its bond";
            case TranscriptKind.Returned or TranscriptKind.Lapsed or TranscriptKind.Missed or TranscriptKind.Resumed:
                leased.Remove(prover);
                return null;
            case TranscriptKind.ProofRefused:
                return leased.Remove(prover) ? null : $"{prover} delivered without a lease";
            case TranscriptKind.Proof:
                if (!leased.Remove(prover)) return $"{prover} delivered without a lease";
                if (ReceivedAt(entry.Value) is not { } receivedAt) return "the proof has no time";
                if (receivedAt > entry.At || receivedAt > order.HardDeadline) return $"a proof that came at {receivedAt:O} was accepted";
                var reward = rewardOf(++places, receivedAt);
                if (reward > Credits.Zero) owed.Enqueue((prover, reward));
                return null;
            case TranscriptKind.Paid:
                if (!owed.TryDequeue(out var due)) return $"{prover} is paid and owed nothing";
                var paid = due.Amount.Micro.ToString(CultureInfo.InvariantCulture);
                return due.ProverId == prover && paid == entry.Value ? null : $"{due.ProverId} is owed {paid}, and {prover} is paid {entry.Value}";
            case TranscriptKind.Closed:
                if (owed.TryPeek(out var unpaid)) return $"{unpaid.ProverId} is owed {unpaid.Amount} credits and not paid";
                return places > 0 == (entry.Value == nameof(ReasonCode.Won)) ? null : $"it ends as {entry.Value} with {places} valid proofs";
            default:
                return null;
        }
    }

    private static bool IsOfProver(TranscriptKind kind) => kind is TranscriptKind.Committed or TranscriptKind.Revealed or TranscriptKind.Offered
        or TranscriptKind.Leased or TranscriptKind.Returned or TranscriptKind.Lapsed or TranscriptKind.Missed or TranscriptKind.NotReserved
        or TranscriptKind.Locked or TranscriptKind.Awarded or TranscriptKind.Matched or TranscriptKind.Penalised
        or TranscriptKind.Proof or TranscriptKind.ProofRefused or TranscriptKind.Paid;

    internal static DateTimeOffset? ReceivedAt(string value)
    {
        var ticks = value[(value.LastIndexOf(' ') + 1)..];
        return long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTimeOffset.MaxValue.UtcTicks
            ? new DateTimeOffset(at, TimeSpan.Zero)
            : null;
    }
}
