using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.DutchAuction;

/// <summary>Computes the outcome of a Dutch auction again.</summary>
public static class DutchAuctionAudit
{
    /// <summary>The first entry of the transcript that does not follow from the order and the entries before; null when all do: every lock has the
    /// price and the deadline of its moment, giving it back costs what it does by then, the rescue opens only after a lock was lost, and the proof is paid
    /// by its lock or as a rescue.</summary>
    public static AuditFinding? Check(RunOrder order, ImmutableArray<TranscriptEntry> transcript)
    {
        if (RunAudit.CheckChain(order, transcript) is { } broken) return broken;
        var startedAt = transcript[0].At;
        var (parameters, refusal) = DutchAuctionParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints, order.SoftDeadline - startedAt);
        if (parameters is null) return new AuditFinding(0, $"the run was opened although its parameters are refused: {refusal}");

        var ramp = DutchAuctionTimes.RampOf(parameters, startedAt);
        var (holder, price, lost, reward) = ((string?)null, Credits.Zero, false, Credits.Zero);
        var (lockedAt, heldUntil, isLeased, penalties) = (startedAt, startedAt, false, new PenaltyAudit());
        for (var i = 1; i < transcript.Length; i++)
        {
            var entry = transcript[i];
            if (penalties.Follow(entry) is { } wrong) return new AuditFinding(i, wrong);
            switch (entry.Kind)
            {
                case TranscriptKind.Locked:
                    if (lost) return new AuditFinding(i, "a lock was taken after one was lost");
                    (holder, price, lockedAt, isLeased) = (entry.ProverId, ramp.PriceAt(entry.At), entry.At, false);
                    heldUntil = DutchAuctionTimes.LockDeadline(parameters, entry.At, order.SoftDeadline, order.HardDeadline);
                    var expected = string.Create(CultureInfo.InvariantCulture, $"{price.Micro} {heldUntil.UtcTicks}");
                    if (entry.Value != expected) return new AuditFinding(i, $"the lock is {entry.Value}, and the price and deadline of that moment are {expected}");
                    break;
                case TranscriptKind.Leased when entry.ProverId == holder:
                    isLeased = true;
                    break;
                case TranscriptKind.Returned when holder is not null && entry.ProverId == holder:
                    if (isLeased) penalties.Expect(holder, ReturnPenalty.At(parameters.Bond, lockedAt, heldUntil, entry.At));
                    holder = null;
                    break;
                case TranscriptKind.Lapsed when entry.ProverId == holder:
                    holder = null;
                    break;
                case TranscriptKind.Missed or TranscriptKind.ProofRefused when entry.ProverId == holder:
                    (holder, lost) = (null, true);
                    break;
                case TranscriptKind.RescueOpened when !lost:
                    return new AuditFinding(i, "the rescue opens although no lock was lost");
                case TranscriptKind.Proof:
                    if (entry.ProverId != holder && !lost) return new AuditFinding(i, $"{entry.ProverId} delivered without the lock");
                    reward = entry.ProverId == holder ? price : parameters.RescueReward;
                    break;
            }
        }
        return RunAudit.Check(order, transcript, (place, _) => place == 1 ? reward : Credits.Zero);
    }
}
