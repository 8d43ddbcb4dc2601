using System.Collections.Immutable;
using ProvingMarket.Domain.Requests;

namespace ProvingMarket.Domain.Mechanisms.Runs;

/// <content>How a run comes to its end: valid proofs, what they are paid, and what becomes of each lease.</content>
public static partial class RunRules
{
    /// <summary>Whether anybody still holds a lease, or is about to take one, who has delivered nothing.</summary>
    public static bool IsAnybodyIn(RunState run) => run.Participants.Values.Any(participant => participant.IsIn);

    /// <summary>How many valid proofs the run has.</summary>
    public static int Deliveries(RunState run) => run.Participants.Values.Count(participant => participant.Delivery is not null);

    /// <summary>A valid proof, which takes the next place. The run stays open until <see cref="Finished"/>; no proof leaves it before, so every proof
    /// that is paid was there, bound to its prover, before any was released.</summary>
    /// <param name="run">The run.</param>
    /// <param name="proof">The proof.</param>
    /// <param name="reward">What it is paid.</param>
    public static RunState Delivered(RunState run, AcceptedProof proof, Credits reward)
    {
        var participant = Require(run, proof.ProverId, ParticipantStatus.Proving);
        var delivery = new ProofDelivery { Place = Deliveries(run) + 1, ReceivedAt = proof.ReceivedAt, Reward = reward };
        var delivered = With(run, participant with { Status = ParticipantStatus.Delivered, Delivery = delivery });
        var noted = Note(delivered, RequestPhase.Verifying, proof.VerifiedAt, ReasonCode.Won, proof.ProverId, $"reward {reward} credits");
        var digest = TranscriptRules.DigestOf(proof.ProverId, proof.Proof);
        var entered = Enter(noted, TranscriptKind.Proof, proof.VerifiedAt, proof.ProverId, $"{digest} {proof.ReceivedAt.UtcTicks}");
        return entered with { First = run.First ?? proof };
    }

    /// <summary>Ends a run with the proofs it has: pays them in the order of their places and releases the first.</summary>
    /// <exception cref="InvalidOperationException">There is none, or the run has ended.</exception>
    public static RunState Finished(RunState run, DateTimeOffset now)
    {
        RequireOpen(run);
        var first = run.First ?? throw new InvalidOperationException("The transition does not fit a run without a valid proof.");
        return End(run with { First = null }, now, new RunReport
        {
            Reason = ReasonCode.Won,
            EndedAt = now,
            Proof = first,
            Payments = PaymentsOf(run),
            Leases = [.. run.Participants.Values.Select(participant => EndingOf(run, participant, hasProof: true, deadlinePassed: false))],
        });
    }

    /// <summary>Ends a run: as won when it has a valid proof; else with <see cref="ReasonCode.None"/> because the hard deadline has passed, otherwise
    /// for the cause the request gives, which no prover pays for. A run that has ended stays as it is, and one whose deadline has not passed needs a
    /// cause.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The cause is <see cref="ReasonCode.Won"/>.</exception>
    public static RunState Concluded(RunState run, ReasonCode cause, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(cause, ReasonCode.Won);
        var deadlinePassed = cause == ReasonCode.None;
        if (run.Report is not null || (deadlinePassed && now < run.Order.HardDeadline)) return run;
        if (run.First is not null) return Finished(run, now);
        var reason = deadlinePassed ? ReasonAtDeadline(run) : cause;
        return End(run, now, new RunReport
        {
            Reason = reason,
            EndedAt = now,
            Leases = [.. run.Participants.Values.Select(participant => EndingOf(run, participant, hasProof: false, deadlinePassed))],
        });
    }

    /// <summary>Why a run without a valid proof ends at its deadline: provers have held the work and none delivered, or nobody ever held it. Who bid, was called, or asked for a lock has not
    /// held it yet; who gave it back has.</summary>
    public static ReasonCode ReasonAtDeadline(RunState run) =>
        run.Transcript.Any(entry => entry.Kind == TranscriptKind.Leased) ? ReasonCode.NobodyDelivered : ReasonCode.NobodyJoined;

    /// <summary>What a run owes to those who have delivered, in the order in which they first did.</summary>
    public static ImmutableArray<RunPayment> PaymentsOf(RunState run) =>
    [
        .. run.Participants.Values
            .Where(participant => participant.Delivery?.Reward > Credits.Zero)
            .OrderBy(participant => participant.Delivery!.Place)
            .Select(participant => new RunPayment { ProverId = participant.ProverId, Account = participant.Account, Amount = participant.Delivery!.Reward }),
    ];

    /// <summary>How a participant's lease ends if the run ends now.</summary>
    public static LeaseEnding EndingOf(RunState run, RunParticipant participant, bool hasProof, bool deadlinePassed)
    {
        var (outcome, reason) = participant.Status switch
        {
            ParticipantStatus.Delivered => (LeaseOutcome.Complete, ReasonCode.Won),
            ParticipantStatus.Proving when deadlinePassed => (LeaseOutcome.Miss, ReasonCode.LeaseMissed),
            ParticipantStatus.Proving => (LeaseOutcome.Cancel, hasProof ? ReasonCode.Outraced : ReasonCode.RunClosed),
            ParticipantStatus.Disqualified or ParticipantStatus.Missed => (LeaseOutcome.Miss, participant.Reason),
            ParticipantStatus.Left when participant.Penalty > Credits.Zero => (LeaseOutcome.Miss, participant.Reason),
            ParticipantStatus.Left => (LeaseOutcome.Decline, participant.Reason),
            ParticipantStatus.Released => (LeaseOutcome.Cancel, ReasonCode.StatementDelivered),
            ParticipantStatus.Lapsed => (LeaseOutcome.Lapse, participant.Reason),
            _ => (LeaseOutcome.Cancel, ReasonCode.RunClosed),
        };
        var terms = TermsOf(run, participant);
        // Of a batch it says nothing about speed: statements are proved side by side, and others are stopped.
        var delivery = run.Order.IsBatch ? null : participant.Delivery;
        return new LeaseEnding
        {
            ProverId = participant.ProverId,
            Outcome = outcome,
            Reason = reason,
            Bond = terms.Bond,
            Deadline = terms.Deadline,
            DeliveredAt = delivery?.ReceivedAt,
            StartedAt = delivery is null ? null : LeasedAt(run, participant.ProverId),
            Penalty = outcome == LeaseOutcome.Miss ? participant.Penalty : null,
            Account = participant.Account,
        };
    }

    /// <summary>What provers have lost of their bonds in the run so far that is shared if the request is proved.</summary>
    public static ImmutableArray<LostBond> LostIn(RunState run) => SettlementRules.SharedOf(
        run.Participants.Values
            .Where(participant => participant.Status is ParticipantStatus.Disqualified or ParticipantStatus.Missed or ParticipantStatus.Left)
            .Select(participant => EndingOf(run, participant, hasProof: false, deadlinePassed: false)));

    /// <summary>When a prover was given the lease it has: not when its slot was reserved, which may be long before a bid has won.</summary>
    private static DateTimeOffset? LeasedAt(RunState run, string proverId) =>
        run.Transcript.LastOrDefault(entry => entry.Kind == TranscriptKind.Leased && entry.ProverId == proverId)?.At;

    /// <summary>Ends a run with a report: enters what it pays and why it ends.</summary>
    /// <exception cref="InvalidOperationException">The run has ended.</exception>
    internal static RunState End(RunState run, DateTimeOffset now, RunReport report)
    {
        RequireOpen(run);
        foreach (var payment in report.Payments) run = Enter(run, TranscriptKind.Paid, now, payment.ProverId, Micro(payment.Amount));
        var closed = Enter(run, TranscriptKind.Closed, now, value: report.Reason.ToString());
        return closed with { Report = report with { TranscriptHash = closed.Transcript[^1].Hash } };
    }
}
