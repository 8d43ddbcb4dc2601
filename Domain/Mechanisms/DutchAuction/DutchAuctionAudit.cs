using System.Collections.Immutable;
using System.Globalization;
using ProvingMarket.Domain.Mechanisms.Runs;

namespace ProvingMarket.Domain.Mechanisms.DutchAuction;

/// <summary>Computes the outcome of a Dutch auction again.</summary>
public static class DutchAuctionAudit
{
    /// <summary>The first entry of the transcript that does not follow from the order and the entries before; null when all do: every lock has the
    /// price and the deadline of its moment, the rescue opens only after a lock was lost, and the proof is paid by its lock or as a rescue.</summary>
    public static AuditFinding? Check(RunOrder order, ImmutableArray<TranscriptEntry> transcript)
    {
        if (RunAudit.CheckChain(order, transcript) is { } broken) return broken;
        var startedAt = transcript[0].At;
        var (parameters, refusal) = DutchAuctionParameters.Read(order.Mechanism.Parameters, order.MaxPrice, order.Constraints, order.SoftDeadline - startedAt);
        if (parameters is null) return new AuditFinding(0, $"the run was opened although its parameters are refused: {refusal}");

        var ramp = DutchAuctionTimes.RampOf(parameters, startedAt);
        var (holder, price, lost, reward) = ((string?)null, Credits.Zero, false, Credits.Zero);
        for (var i = 1; i < transcript.Length; i++)
        {
            var entry = transcript[i];
            switch (entry.Kind)
            {
                case TranscriptKind.Locked:
                    if (lost) return new AuditFinding(i, "a lock was taken after one was lost");
                    (holder, price) = (entry.ProverId, ramp.PriceAt(entry.At));
                    var deadline = DutchAuctionTimes.LockDeadline(parameters, entry.At, order.SoftDeadline, order.HardDeadline);
                    var expected = string.Create(CultureInfo.InvariantCulture, $"{price.Micro} {deadline.UtcTicks}");
                    if (entry.Value != expected) return new AuditFinding(i, $"the lock is {entry.Value}, and the price and deadline of that moment are {expected}");
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
